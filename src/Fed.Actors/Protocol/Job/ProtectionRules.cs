using Fed.Actors.Protocol.Aggregation;
using Fed.Vectors;

namespace Fed.Actors.Protocol.Job;

/// <summary>
/// Plans whose parts cannot hold together are refused before anything begins: by the host that would submit them, and again by every site that is asked to approve them. One table, in which each rule
/// is a pure function of the plan; the nearest plan that keeps them all is looked for by <see cref="NearestPlan"/>.
/// </summary>
public static class ProtectionRules
{
    /// <summary>The plan's word for no protection.</summary>
    public const string Plain = "plain";

    private const int Whole = 1_000_000;

    /// <summary>The rules in the order in which they are checked.</summary>
    public static ImmutableArray<PlanRule> All { get; } =
    [
        new("name", Name, "give the job another name"),
        new("rounds", Rounds),
        new("deadlines", Deadlines),
        new("roster", Roster, "have each site once in the roster, under a key of its own, in the order of their names"),
        new("sums", Sums, "declare each sum once, with segments that a vector can have"),
        new("ring", Ring),
        new("aggregators", AggregatorTree.Refusal),
        new("mode", Mode),
        new("one-site", OneSite, "use another algorithm"),
        new("sites", Sites, "add sites"),
        new("key-holders", KeyHolders),
        new("collusion", Collusion),
        new("minimum", Minimum),
        new("threshold", Threshold),
        new("verification", Verification),
        new("key-use", KeyUse),
        new("retained", Retained),
        new("survivors", Survivors, "have more sites take part"),
        new("contributors", FixedContributors.Refusal, "name another job with --contributors-from, or none"),
    ];

    /// <summary>Why a plan is refused, without looking for another: what a site answers to a plan of somebody else's; null where it may begin.</summary>
    public static string? Reason(JobPlan plan) => All.Select(rule => rule.Check(plan)).FirstOrDefault(static reason => reason is not null);

    /// <summary>Why a plan is refused, and what to do, as one sentence; null where it may begin.</summary>
    public static string? Refusal(JobPlan plan) => Examine(plan)?.Sentence;

    /// <summary>Why a plan is refused, and the nearest that would not be; null where it may begin.</summary>
    public static PlanRefusal? Examine(JobPlan plan)
    {
        foreach (PlanRule rule in All)
        {
            if (rule.Check(plan) is not { } reason) continue;
            JobPlan? nearest = NearestPlan.Of(plan);
            return new PlanRefusal(rule.Name, reason, rule.Advice, nearest, nearest is null ? [] : PlanChanges.Between(plan, nearest));
        }

        return null;
    }

    /// <summary>True where every rule is kept.</summary>
    internal static bool Hold(JobPlan plan) => All.All(rule => rule.Check(plan) is null);

    /// <summary>Sites name files and folders for a job; who proposes it might lead out of them. The name itself is nobody's to repeat.</summary>
    private static string? Name(JobPlan plan) => JobId.IsName(plan.Job.Value) ? null : $"the plan's job is not called by {JobId.Form}";

    private static string? Rounds(JobPlan plan)
    {
        ParticipationRule rule = plan.Participation;
        if (plan.Rounds < 1) return $"the plan has {plan.Rounds} rounds";
        if (plan.MaxAttempts < 1) return $"the plan allows {plan.MaxAttempts} attempts at a sum";
        if (rule.FractionPpm is < 1 or > Whole) return $"a round wants {rule.FractionPpm} millionths of the sites; 1 to {Whole} are possible";
        if (rule.OverSelectionPpm is < Whole or > 1_000 * Whole) return $"a round invites {rule.OverSelectionPpm} millionths of the sites that it wants; {Whole} to {1_000 * Whole} are possible";
        return rule.QuorumCount < 0 || rule.QuorumPpm is < 0 or > Whole ? "the quorum is neither a number of sites nor a share of them" : null;
    }

    /// <summary>A deadline that is missing would let a round that its sites have left wait for ever.</summary>
    private static string? Deadlines(JobPlan plan)
    {
        (string Name, TimeSpan Value)[] all = [("round", plan.Timings.RoundDeadline), ("opening", plan.Timings.OpeningDeadline), ("plan", plan.Timings.PlanDeadline)];
        if (all.FirstOrDefault(static deadline => !PlanTimings.IsDeadline(deadline.Value)) is { Name: { } name } wrong)
            return $"the plan's {name} deadline is {wrong.Value}, and without one of up to {PlanTimings.DeadlineMax.Days} days it would wait for ever where sites have left";
        return plan.Timings.RetryBackoff < TimeSpan.Zero || plan.Timings.RetryBackoff > PlanTimings.DeadlineMax ? $"the plan's pause between attempts is {plan.Timings.RetryBackoff}" : null;
    }

    /// <summary>One party under two names would be two contributors, and could open what two must open.</summary>
    private static string? Roster(JobPlan plan)
    {
        for (int i = 1; i < plan.Roster.Length; i++)
            if (string.CompareOrdinal(plan.Roster[i - 1].Silo.Value, plan.Roster[i].Silo.Value) >= 0)
                return $"'{plan.Roster[i].Silo}' follows '{plan.Roster[i - 1].Silo}' in the roster, which lists each site once in ordinal order";
        IGrouping<Persistence.Digest, RosterEntry>? shared = plan.Roster.GroupBy(static entry => entry.KeyId).FirstOrDefault(static group => group.Count() > 1);
        return shared is null ? null : $"{string.Join(" and ", shared.Select(static entry => $"'{entry.Silo}'"))} of the roster have the same key, so that one party would count as {shared.Count()}";
    }

    private static string? Sums(JobPlan plan)
    {
        foreach (ImmutableArray<SumPlan> sums in new[] { plan.StartSums, plan.RoundSums })
            if (sums.GroupBy(static sum => sum.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
                return $"the plan declares the sum '{twice.Key}' twice";
        foreach (SumPlan sum in Declared(plan))
            try
            {
                sum.ToSchema();
            }
            catch (Exception e) when (e is ArgumentException or OverflowException)
            {
                return $"the sum '{sum.Name}' is of no vector: {e.Message}";
            }

        return null;
    }

    private static string? Ring(JobPlan plan) =>
        Declared(plan).Select(sum => Capacity.Check(sum.ToSchema(), plan.Ring, plan.Roster.Length) is [string first, ..] ? $"sum '{sum.Name}': {first.TrimEnd('.')}" : null).FirstOrDefault(static reason => reason is not null);

    private static string? Mode(JobPlan plan) => (plan.Protection, plan.SecAgg, plan.Ckks) switch
    {
        (Plain, null, null) or (SecAggPlan.Name, not null, null) or (CkksPlan.Name, null, not null) => null,
        (Plain or SecAggPlan.Name or CkksPlan.Name, _, _) => $"the plan wants protection '{plan.Protection}' and states parameters that are not, or not only, those of it",
        _ => $"the plan wants protection '{plan.Protection}', which this version does not know; it knows '{Plain}', '{SecAggPlan.Name}' and '{CkksPlan.Name}'",
    };

    private static string? OneSite(JobPlan plan) =>
        plan.Protection != Plain && plan.Participation.IsCyclic ? $"protection '{plan.Protection}' hides a site in a sum of several, and in this plan each round has one site (cyclic transfer)" : null;

    private static string? Sites(JobPlan plan)
    {
        int sites = plan.Roster.Length;
        if (plan.Protection != Plain && sites < SecAggPlan.ContributorsMin) return $"protection '{plan.Protection}' hides a site among at least {SecAggPlan.ContributorsMin}, and there are {sites}";
        return plan.SecAgg is not null && sites > SecAggPlan.SitesMax ? $"protection '{plan.Protection}' takes at most {SecAggPlan.SitesMax} sites, and there are {sites}" : null;
    }

    private static string? KeyHolders(JobPlan plan) =>
        plan.Ckks is not null && plan.Roster.Length > CkksPlan.SitesMax ? $"under protection '{plan.Protection}' at most {CkksPlan.SitesMax} sites hold the key together, and there are {plan.Roster.Length}" : null;

    /// <summary>Also keeps what is computed from c within its numbers.</summary>
    private static string? Collusion(JobPlan plan)
    {
        if (Colluding(plan) is not { } colluding) return null;
        int others = plan.Ckks is null ? 2 : 3, most = Math.Max(0, plan.Roster.Length - others);
        return colluding < 0 || colluding > most ? $"{colluding} of {plan.Roster.Length} sites are assumed to collude with the server, and protection '{plan.Protection}' holds against at most {most} of so many" : null;
    }

    private static string? Minimum(JobPlan plan)
    {
        (int stated, int least) = plan switch
        {
            { SecAgg: { } secAgg } => (secAgg.MinimumContributors, SecAggPlan.MinimumFor(secAgg.Colluding)),
            { Ckks: { } ckks } => (ckks.MinimumContributors, CkksPlan.ContributorsMinOf(ckks.Colluding)),
            _ => (0, 0),
        };
        return stated < least ? $"at least {least} contributors hide a site where {Colluding(plan)} may collude with the server, and the plan's minimum is {stated}" : null;
    }

    private static string? Threshold(JobPlan plan)
    {
        if (plan.SecAgg is { Threshold: < 0 } odd) return $"the plan's threshold is {odd.Threshold}";
        return plan.Ckks is { } ckks && ckks.Threshold < CkksPlan.ThresholdMin(ckks.Colluding)
            ? $"where {ckks.Colluding} sites may collude with the server at least {CkksPlan.ThresholdMin(ckks.Colluding)} must open together, and the plan's threshold is {ckks.Threshold}"
            : null;
    }

    private static string? Verification(JobPlan plan) =>
        plan.Ckks is { } ckks && !Enum.IsDefined(ckks.Verification) ? $"the plan wants verification '{ckks.Verification}', which this version does not know" : null;

    /// <summary>A key is never changed within a round, so it must last for one with all its attempts.</summary>
    private static string? KeyUse(JobPlan plan)
    {
        if (plan.Ckks is not { } ckks) return null;
        if (ckks.StartCiphertexts < 0 || ckks.RoundCiphertexts < 0 || ckks.OpeningsPerKey < 1) return "the plan counts less than no ciphertexts, or a key that opens none";
        if (ckks.OpeningsPerKey > CkksPlan.OpeningsMax) return $"a key shall open {ckks.OpeningsPerKey} ciphertexts, and the noise that hides their errors is sized for at most {CkksPlan.OpeningsMax}";
        int heavier = ckks.StartCiphertexts > ckks.RoundCiphertexts ? 0 : 1;
        return ckks.LastRoundOf(heavier, plan.MaxAttempts) < heavier
            ? $"a key opens {ckks.OpeningsPerKey} ciphertexts, {CkksPlan.TrialOpenings} of them in its trials, and {plan.MaxAttempts} attempts at round {heavier} could need {ckks.OpeningsOf(heavier, plan.MaxAttempts)}"
            : null;
    }

    private static string? Retained(JobPlan plan) =>
        plan.Protection != Plain && plan.RetainContributions != 0 ? $"protection '{plan.Protection}' keeps no single contributions, and the plan retains those of {plan.RetainContributions} rounds" : null;

    /// <summary>A round closes with the sites that it wants: they must be enough to open its sum.</summary>
    private static string? Survivors(JobPlan plan)
    {
        foreach (SumPlan sum in Declared(plan))
        {
            int wanted = plan.Participation.Target(plan.Roster.Length, sum.Everyone), invited = plan.Participation.Invited(plan.Roster.Length, sum.Everyone);
            int needed = plan switch { { SecAgg: { } secAgg } => secAgg.Needed(invited, 1), { Ckks: { } ckks } => ckks.Needed(invited, 1), _ => 0 };
            if (needed > wanted)
                return $"the sum '{sum.Name}' wants {wanted} sites of {invited} that it invites, and {needed} would have to answer where {Colluding(plan)} may collude with the server";
        }

        return null;
    }

    private static int? Colluding(JobPlan plan) => plan.SecAgg?.Colluding ?? plan.Ckks?.Colluding;

    private static IEnumerable<SumPlan> Declared(JobPlan plan) => plan.StartSums.Concat(plan.RoundSums);
}
