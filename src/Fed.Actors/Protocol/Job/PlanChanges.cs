using System.Globalization;
using Fed.Vectors;

namespace Fed.Actors.Protocol.Job;

/// <summary>Puts the difference of two plans into words: the settings of the <c>job</c> block that differ, with the values of the second plan.</summary>
internal static class PlanChanges
{
    /// <summary>Settings and values, such as <c>job.protection.colluding = 1</c>, in the order of the block.</summary>
    public static ImmutableArray<string> Between(JobPlan asked, JobPlan nearest) =>
        [.. Pairs(asked).Zip(Pairs(nearest)).Where(static pair => pair.Second.Value is not null && pair.First.Value != pair.Second.Value).Select(static pair => $"job.{pair.Second.Setting} = {pair.Second.Value}")];

    private static IEnumerable<(string Setting, string? Value)> Pairs(JobPlan plan)
    {
        (PlanTimings times, ParticipationRule who, SecAggPlan? masks, CkksPlan? key) = (plan.Timings, plan.Participation, plan.SecAgg, plan.Ckks);
        yield return ("protection.mode", plan.Protection);
        yield return ("protection.colluding", Text(masks?.Colluding ?? key?.Colluding));
        yield return ("protection.threshold", masks is { Threshold: 0 } ? "null" : Text(masks?.Threshold ?? key?.Threshold));
        yield return ("protection.minimum-contributors", Text(masks?.MinimumContributors ?? key?.MinimumContributors));
        yield return ("protection.verification", key?.Verification.ToString().ToLowerInvariant());
        yield return ("protection.openings-per-key", key?.OpeningsPerKey.ToString(CultureInfo.InvariantCulture));
        yield return ("rounds", Text(plan.Rounds));
        yield return ("max-attempts", Text(plan.MaxAttempts));
        yield return ("selection.fraction", Share(who.FractionPpm));
        yield return ("selection.over-selection", Share(who.OverSelectionPpm));
        yield return ("quorum", who.QuorumCount > 0 ? Text(who.QuorumCount) : Share(who.QuorumPpm));
        yield return ("aggregators", Text(plan.Aggregators ?? 1));
        yield return ("retain-contributions", Text(plan.RetainContributions));
        yield return ("timing.round-deadline", Time(times.RoundDeadline));
        yield return ("timing.opening-deadline", Time(times.OpeningDeadline));
        yield return ("timing.retry-backoff", Time(times.RetryBackoff));
        yield return ("timing.plan-deadline", Time(times.PlanDeadline));
        yield return ("grid.bits", Text(Training(plan).Max(static segment => (int?)segment.Bits)));
        yield return ("grid.fraction-bits", Text(Training(plan).Max(static segment => (int?)segment.FractionBits)));
    }

    private static IEnumerable<Segment> Training(JobPlan plan) => plan.StartSums.Concat(plan.RoundSums).SelectMany(static sum => sum.Segments).Where(static segment => segment.Kind == SegmentKind.Training);

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Share(int ppm) => (ppm / 1_000_000m).ToString("0.######", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan value) => $"{value.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)}s";
}
