using Fed.Actors.Protocol.Aggregation;
using Fed.Vectors;

namespace Fed.Actors.Protocol.Job;

/// <summary>
/// Looks for the nearest plan that keeps all rules: first by what costs no protection (who is invited), then by what the plan asks beyond its own assumption, then by a smaller assumption, and last by
/// another mode. Of what was changed on the way everything is taken back that need not be.
/// </summary>
internal static class NearestPlan
{
    private const int Whole = 1_000_000;

    /// <summary>The nearest plan that holds; null where none of these changes makes one.</summary>
    public static JobPlan? Of(JobPlan plan) => Softer(plan).FirstOrDefault(ProtectionRules.Hold) is { } held ? TakenBack(plan, held) : null;

    private static IEnumerable<JobPlan> Softer(JobPlan plan)
    {
        foreach (string mode in Modes(plan.Protection))
        {
            JobPlan at = Completed(Under(plan, mode));
            yield return at;
            at = at with { Participation = at.Participation with { OverSelectionPpm = Whole } };
            yield return at;
            foreach (int wanted in Enumerable.Range(1, plan.Roster.Length))
                if (at.Participation.FractionPpm < Share(wanted, plan.Roster.Length))
                    yield return at with { Participation = at.Participation with { FractionPpm = Share(wanted, plan.Roster.Length) } };
            at = at with { Participation = at.Participation with { FractionPpm = Whole } };
            yield return at = WithLeast(at, minimum: false);
            yield return at = WithLeast(at, minimum: true);
            yield return at = WithOpenings(at);
            if (at.Ckks is not null)
                for (int attempts = Math.Min(at.MaxAttempts, 1_000) - 1; attempts >= 1; attempts--) yield return at with { MaxAttempts = attempts };
            for (int colluding = Math.Min(Colluding(at), plan.Roster.Length) - 1; colluding >= 0; colluding--) yield return WithLeast(WithColluding(at, colluding), minimum: true);
        }
    }

    private static string[] Modes(string mode) => mode switch
    {
        ProtectionRules.Plain => [mode],
        SecAggPlan.Name => [mode, ProtectionRules.Plain],
        _ => [CkksPlan.Name, SecAggPlan.Name, ProtectionRules.Plain],
    };

    private static JobPlan Under(JobPlan plan, string mode)
    {
        int colluding = Colluding(plan), threshold = plan.SecAgg?.Threshold ?? plan.Ckks?.Threshold ?? 0, minimum = plan.SecAgg?.MinimumContributors ?? plan.Ckks?.MinimumContributors ?? 0;
        return plan with
        {
            Protection = mode,
            SecAgg = mode == SecAggPlan.Name ? plan.SecAgg ?? new SecAggPlan(colluding, threshold, minimum) : null,
            Ckks = mode == CkksPlan.Name ? plan.Ckks ?? new CkksPlan(colluding, threshold, minimum, SumCheckLevel.Fingerprint) : null,
        };
    }

    /// <summary>With what is missing or too little filled up.</summary>
    private static JobPlan Completed(JobPlan plan)
    {
        int colluding = Math.Clamp(Colluding(plan), 0, plan.Roster.Length);
        ParticipationRule who = plan.Participation;
        return plan with
        {
            Rounds = Math.Max(1, plan.Rounds),
            MaxAttempts = Math.Max(1, plan.MaxAttempts),
            Participation = who with
            {
                FractionPpm = Math.Clamp(who.FractionPpm, 1, Whole),
                OverSelectionPpm = Math.Clamp(who.OverSelectionPpm, Whole, 1_000 * Whole),
                QuorumCount = Math.Max(0, who.QuorumCount),
                QuorumPpm = Math.Clamp(who.QuorumPpm, 0, Whole),
            },
            Timings = plan.Timings.Completed(),
            Aggregators = AggregatorTree.Refusal(plan) is null ? plan.Aggregators : AggregatorTree.Nearest(plan),
            RetainContributions = plan.Protection == ProtectionRules.Plain ? plan.RetainContributions : 0,
            StartSums = [.. plan.StartSums.Select(sum => Narrowed(sum, plan))],
            RoundSums = [.. plan.RoundSums.Select(sum => Narrowed(sum, plan))],
            SecAgg = plan.SecAgg is not { } masks ? null : masks with
            {
                Colluding = Math.Max(0, masks.Colluding),
                Threshold = Math.Max(0, masks.Threshold),
                MinimumContributors = Math.Max(masks.MinimumContributors, SecAggPlan.MinimumFor(colluding)),
            },
            Ckks = plan.Ckks is not { } key ? null : key with
            {
                Colluding = Math.Max(0, key.Colluding),
                Threshold = Math.Max(key.Threshold, CkksPlan.ThresholdMin(colluding)),
                MinimumContributors = Math.Max(key.MinimumContributors, CkksPlan.ContributorsMinOf(colluding)),
                Verification = Enum.IsDefined(key.Verification) ? key.Verification : SumCheckLevel.Fingerprint,
            },
        };
    }

    /// <summary>Training entries no wider than the ring sums over the roster.</summary>
    private static SumPlan Narrowed(SumPlan sum, JobPlan plan)
    {
        int widest = Capacity.WidestBits(plan.Ring, Math.Max(1, plan.Roster.Length));
        return widest < 2 || sum.Segments.All(segment => segment.Kind != SegmentKind.Training || segment.Bits <= widest) ? sum : sum with
        {
            Segments = [.. sum.Segments.Select(segment => segment.Kind != SegmentKind.Training || segment.Bits <= widest ? segment : segment with { Bits = widest, FractionBits = Math.Min(segment.FractionBits, widest - 1) })],
        };
    }

    private static JobPlan WithColluding(JobPlan plan, int colluding) => plan with { SecAgg = plan.SecAgg is { } masks ? masks with { Colluding = colluding } : null, Ckks = plan.Ckks is { } key ? key with { Colluding = colluding } : null };

    /// <summary>With no higher threshold, and where asked no higher minimum, than follow from c.</summary>
    private static JobPlan WithLeast(JobPlan plan, bool minimum) => plan with
    {
        SecAgg = plan.SecAgg is not { } masks ? null : masks with { Threshold = 0, MinimumContributors = minimum ? SecAggPlan.MinimumFor(masks.Colluding) : masks.MinimumContributors },
        Ckks = plan.Ckks is not { } key ? null : key with
        {
            Threshold = CkksPlan.ThresholdMin(key.Colluding),
            MinimumContributors = minimum ? CkksPlan.ContributorsMinOf(key.Colluding) : key.MinimumContributors,
        },
    };

    /// <summary>With a key that lasts for the heaviest round, as far as keys may.</summary>
    private static JobPlan WithOpenings(JobPlan plan) => plan.Ckks is not { } key ? plan : plan with
    {
        Ckks = key with { OpeningsPerKey = Math.Min(Math.Max(key.OpeningsPerKey, key.OpeningsMin(plan.MaxAttempts)), CkksPlan.OpeningsMax) },
    };

    /// <summary>Change by change, each is taken back where the plan still holds without it.</summary>
    private static JobPlan TakenBack(JobPlan asked, JobPlan held)
    {
        while (Steps(asked, held).FirstOrDefault(ProtectionRules.Hold) is { } nearer) held = nearer;
        return held;
    }

    private static IEnumerable<JobPlan> Steps(JobPlan asked, JobPlan held)
    {
        (ParticipationRule was, ParticipationRule now) = (asked.Participation, held.Participation);
        if (asked.MaxAttempts != held.MaxAttempts) yield return held with { MaxAttempts = asked.MaxAttempts };
        if (was.FractionPpm != now.FractionPpm) yield return held with { Participation = now with { FractionPpm = was.FractionPpm } };
        if (was.OverSelectionPpm != now.OverSelectionPpm) yield return held with { Participation = now with { OverSelectionPpm = was.OverSelectionPpm } };
        if (asked.SecAgg is { } masks && held.SecAgg is { } mask)
        {
            if (masks.Colluding != mask.Colluding) yield return held with { SecAgg = mask with { Colluding = masks.Colluding } };
            if (masks.MinimumContributors != mask.MinimumContributors) yield return held with { SecAgg = mask with { MinimumContributors = masks.MinimumContributors } };
            if (masks.Threshold != mask.Threshold) yield return held with { SecAgg = mask with { Threshold = masks.Threshold } };
        }
        if (asked.Ckks is { } keys && held.Ckks is { } key)
        {
            if (keys.Colluding != key.Colluding) yield return held with { Ckks = key with { Colluding = keys.Colluding } };
            if (keys.MinimumContributors != key.MinimumContributors) yield return held with { Ckks = key with { MinimumContributors = keys.MinimumContributors } };
            if (keys.Threshold != key.Threshold) yield return held with { Ckks = key with { Threshold = keys.Threshold } };
            if (keys.OpeningsPerKey != key.OpeningsPerKey) yield return held with { Ckks = key with { OpeningsPerKey = keys.OpeningsPerKey } };
            if (keys.Verification != key.Verification) yield return held with { Ckks = key with { Verification = keys.Verification } };
        }
    }

    private static int Colluding(JobPlan plan) => plan.SecAgg?.Colluding ?? plan.Ckks?.Colluding ?? 0;

    // Rounded down: the rule takes the next whole number of sites.
    private static int Share(int wanted, int of) => (int)((long)wanted * Whole / of);
}
