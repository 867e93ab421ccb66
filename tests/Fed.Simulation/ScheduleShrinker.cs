using Fed.TestKit;
using Fed.TestKit.Federation;

namespace Fed.Simulation;

/// <summary>
/// Makes a schedule that breaks a promise smaller, as long as it breaks the same one: switches kinds of faults off, takes jobs, rounds and sites away, ends the faults earlier, and leaves
/// single strikes out. Deterministic; tries at most as many runs as it is given.
/// </summary>
internal sealed class ScheduleShrinker(Func<FederationScenario, FederationViolationException?> run, int runsMax)
{
    private static readonly FaultKind[] Events =
    [
        FaultKind.Crash, FaultKind.CrashAfterAppend, FaultKind.TornAppend, FaultKind.TornWork, FaultKind.Partition, FaultKind.OneWayPartition, FaultKind.Pause, FaultKind.ClockJump,
        FaultKind.FullDisk, FaultKind.Replay, FaultKind.Stranger, FaultKind.SiteLeaves, FaultKind.ChangedKey, FaultKind.ConnectionLoss, FaultKind.BrokerRestart,
    ];

    private int _runs;

    /// <summary>The smallest schedule found that breaks the same promise.</summary>
    public FederationViolationException Shrink(FederationViolationException violation)
    {
        _runs = 0;
        FederationViolationException smallest = violation;
        for (bool isSmaller = true; isSmaller && _runs < runsMax;)
        {
            FederationViolationException before = smallest;
            foreach (string cut in Cuts(smallest.Scenario)) smallest = Try(smallest, cut);
            smallest = LeaveStrikesOut(smallest);
            isSmaller = !ReferenceEquals(before, smallest);
        }

        return smallest;
    }

    /// <summary>Cuts that make sense for a scenario, the ones that take most first.</summary>
    private static IEnumerable<string> Cuts(FederationScenario scenario)
    {
        foreach (FaultKind kind in scenario.Kinds()) yield return $"no={kind}";
        if (scenario.Jobs > 1) yield return "jobs=1";
        if (scenario.Aggregators is not null) yield return "aggregators=1";
        foreach (int sites in Smaller(scenario.Sites.Length, 2)) yield return $"sites={sites}";
        foreach (int rounds in Smaller(scenario.Rounds, 1)) yield return $"rounds={rounds}";
        foreach (int window in Smaller((int)scenario.FaultsFor.TotalMilliseconds, 500)) yield return $"window={window}";
    }

    /// <summary>Half, three quarters, and one less.</summary>
    private static IEnumerable<int> Smaller(int from, int least) => new[] { from / 2, from * 3 / 4, from - 1 }.Where(value => value >= least && value < from).Distinct();

    /// <summary>For kinds that still strike: only the first strikes, by halves, then without each of the few that are left.</summary>
    private FederationViolationException LeaveStrikesOut(FederationViolationException smallest)
    {
        foreach (FaultKind kind in smallest.Scenario.Kinds().Intersect(Events).ToArray())
        {
            if (!smallest.Scenario.Only.ContainsKey(kind))
            {
                for (int count = 1; count <= 64 && !smallest.Scenario.Only.ContainsKey(kind); count *= 4) smallest = Try(smallest, $"{kind}={string.Join(',', Enumerable.Range(0, count))}");
            }

            if (!smallest.Scenario.Only.TryGetValue(kind, out var kept)) continue;
            for (int half = kept.Count / 2; half >= 1; half /= 2)
            {
                foreach (int[] part in smallest.Scenario.Only[kind].Chunk(half).ToArray())
                {
                    int[] without = [.. smallest.Scenario.Only[kind].Except(part)];
                    if (without.Length < smallest.Scenario.Only[kind].Count && without.Length > 0) smallest = Try(smallest, $"{kind}={string.Join(',', without)}");
                }
            }
        }

        return smallest;
    }

    private FederationViolationException Try(FederationViolationException smallest, string cut)
    {
        if (_runs >= runsMax) return smallest;
        FederationScenario scenario = smallest.Scenario.Cut(cut);
        if (scenario.HasSameFaults(smallest.Scenario)) return smallest;
        _runs++;
        return run(scenario) is { } again && again.Check == smallest.Check ? again : smallest;
    }
}
