using System.Collections.Immutable;
using Fed.Actors.Persistence;

namespace Fed.Host.Policy;

/// <summary>Which jobs a site lets pass.</summary>
internal enum PolicyAllowance
{
    /// <summary>Those whose plan's hash is listed.</summary>
    Listed,

    /// <summary>Those too which all rules let pass.</summary>
    Rules,
}

/// <summary>Who says yes to a job that the rules let pass.</summary>
internal enum ApprovalMode
{
    /// <summary>The rules alone.</summary>
    Rule,

    /// <summary>A person, after the rules.</summary>
    Person,
}

/// <summary>How contributions must at least be protected, weakest first.</summary>
internal enum ProtectionFloor
{
    /// <summary>Any protection.</summary>
    Plain,

    /// <summary>Masked, or under a common key.</summary>
    Secagg,

    /// <summary>Under a common key.</summary>
    Ckks,
}

/// <summary>A site's policy, as its file has it.</summary>
/// <param name="Allow">Which jobs pass.</param>
/// <param name="Plans">Hashes of plans that pass, whatever the rules say; a person has read them.</param>
/// <param name="Rules">What other plans must hold.</param>
/// <param name="Egress">What may leave.</param>
/// <param name="Approval">Who says yes.</param>
/// <param name="Jobs">How many at once.</param>
/// <param name="Disk">How much room.</param>
internal sealed record PolicyOptions(
    PolicyAllowance Allow, ImmutableHashSet<Digest> Plans, PolicyRules Rules, EgressLimits Egress, ApprovalMode Approval, JobLimits Jobs, DiskLimits Disk);

/// <summary>What a plan must hold; null, and an empty list, hold for every plan.</summary>
/// <param name="Algorithms">Names of algorithms.</param>
/// <param name="Models">Names of models.</param>
/// <param name="ProtectionMin">How contributions must at least be protected.</param>
/// <param name="ColludingMin">c at least, for a protected plan.</param>
/// <param name="ContributorsMin">Sites in every sum that is opened, at least.</param>
/// <param name="SitesMin">Sites in the roster, at least.</param>
/// <param name="RowsMin">Training rows of this site, at least: a model of few rows tells of each.</param>
/// <param name="RoundsMax">Rounds, at most.</param>
/// <param name="Windows">When a job may begin; empty for always.</param>
internal sealed record PolicyRules(
    ImmutableArray<string> Algorithms, ImmutableArray<string> Models, ProtectionFloor ProtectionMin, int ColludingMin, int ContributorsMin, int SitesMin, long? RowsMin, int? RoundsMax, ImmutableArray<TimeWindow> Windows)
{
    /// <summary>True where a plan may say itself who contributes to which round: two jobs whose contributors differ by one site tell of that site by their difference.</summary>
    public bool ContributorsStated { get; init; }

    /// <summary>Epsilon of the whole job, at most; null for any. Plans state no differential privacy yet, so that none of them holds a number.</summary>
    public double? EpsilonMax { get; init; }
}

/// <summary>What may leave the site: vectors that the plan declares, of these sums and of this size at most.</summary>
/// <param name="Sums">Names of sums; empty for all that the plan declares.</param>
/// <param name="ValuesMax">Values of a vector, at most.</param>
/// <param name="TotalMax">Values that leave over all rounds (the first attempts), at most.</param>
internal sealed record EgressLimits(ImmutableArray<string> Sums, long? ValuesMax, long? TotalMax);

/// <summary>How many jobs at once.</summary>
/// <param name="AtOnce">At most; further ones wait.</param>
/// <param name="IdleAfter">A job of which nothing was heard for so long does not count.</param>
internal sealed record JobLimits(int AtOnce, TimeSpan IdleAfter);

/// <summary>How much room jobs may take.</summary>
/// <param name="Quota">Bytes of the site's data folder, at most; null for no limit.</param>
/// <param name="FreeMin">Bytes that must be free on its disk.</param>
internal sealed record DiskLimits(long? Quota, long FreeMin);
