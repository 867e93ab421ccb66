using Fed.Actors.Protocol.Job;

namespace Fed.Host.Configuration;

/// <summary>The <c>job.protection</c> block. Each setting is explained in reference.conf.</summary>
/// <param name="Mode">How contributions travel.</param>
/// <param name="Colluding">Sites that are assumed to collude with the server: c.</param>
/// <param name="Threshold">Sites without which nothing is opened, where the plan asks for more than follows from c; null where it does not.</param>
/// <param name="MinimumContributors">Contributors without which nothing is opened; null for the least that hides a site.</param>
/// <param name="Verification">How openers of an encrypted sum make sure that it is one.</param>
/// <param name="OpeningsPerKey">Ciphertexts that one key opens before another is made: tau.</param>
internal sealed record ProtectionOptions(ProtectionChoice Mode, int Colluding, int? Threshold, int? MinimumContributors, SumCheckLevel Verification, long OpeningsPerKey = CkksPlan.OpeningsMax)
{
    /// <summary>The mode's name in plans.</summary>
    public string Name => Kebab.From(Mode.ToString());

    /// <summary>Parameters of secure aggregation; null in another mode.</summary>
    public SecAggPlan? SecAgg => Mode == ProtectionChoice.Secagg ? new SecAggPlan(Colluding, Threshold ?? 0, MinimumContributors ?? SecAggPlan.MinimumFor(Colluding)) : null;

    /// <summary>Parameters of sums under a common key, but for the number of ciphertexts, which the size of the model decides; null in another mode.</summary>
    public CkksPlan? Ckks => Mode == ProtectionChoice.Ckks
        ? new CkksPlan(Colluding, Threshold ?? CkksPlan.ThresholdMin(Colluding), MinimumContributors ?? CkksPlan.ContributorsMinOf(Colluding), Verification, OpeningsPerKey)
        : null;

    /// <summary>Rounds whose single contributions stay on disk: none where a contribution is protected, since only sums are ever opened.</summary>
    /// <param name="asked">What the plan asks for.</param>
    public int Retained(int asked) => Mode == ProtectionChoice.Plain ? asked : 0;
}

/// <summary>How contributions travel.</summary>
internal enum ProtectionChoice
{
    /// <summary>As they are.</summary>
    Plain,

    /// <summary>Under masks that cancel in the sum.</summary>
    Secagg,

    /// <summary>Encrypted under a key that the sites hold together.</summary>
    Ckks,
}
