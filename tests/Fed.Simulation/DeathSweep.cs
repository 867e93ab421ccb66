using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Fed.TestKit.Federation;

namespace Fed.Simulation;

/// <summary>Kills nodes of a quiet federation before each of its first steps, in a run of its own for each: whoever comes back goes on as if nothing had been.</summary>
/// <param name="Name">Who dies.</param>
/// <param name="Nodes">The nodes; where there are more, the second comes back a second after the first.</param>
internal sealed record DeathSweep(string Name, Func<SimulatedFederation, ImmutableArray<SimulatedIdentity>> Nodes)
{
    private const int StepsAfter = 20, ShownMax = 5;

    public static DeathSweep Job { get; } = new("job", static federation => [federation.Job]);

    public static DeathSweep Coordinator { get; } = new("coordinator", static federation => [federation.Coordinator]);

    public static DeathSweep Aggregator { get; } = new("aggregator", static federation => [federation.Aggregator]);

    public static DeathSweep Site { get; } = new("site", static federation => [federation.Silos[1]]);

    /// <summary>Everybody who may die in a federation without standbys, and both servers at once.</summary>
    public static ImmutableArray<DeathSweep> All { get; } =
    [
        Job,
        Coordinator,
        Aggregator,
        Site,
        new("aggregator and coordinator", static federation => [federation.Aggregator, federation.Coordinator]),
        new("coordinator and aggregator", static federation => [federation.Coordinator, federation.Aggregator]),
    ];

    /// <summary><c>./test.sh sim --deaths</c>: every node before every step. 0 where all went on as before, 1 where one did not.</summary>
    public static int RunAll(string protection, TextWriter output, TextWriter error)
    {
        int wrong = 0;
        foreach (DeathSweep sweep in All)
        {
            (int runs, ImmutableArray<string> complaints) = sweep.Run(FederationScenario.QuietUnder(protection));
            output.WriteLine($"{sweep.Name,-28} died before each of {runs} steps, {complaints.Length} times with a complaint");
            foreach (string complaint in complaints.Take(ShownMax)) error.WriteLine(complaint);
            wrong += complaints.Length;
        }

        return wrong == 0 ? 0 : 1;
    }

    /// <summary>Runs, one for each step up to a little after the first round is committed; the rest shows that the nodes go on as before.</summary>
    /// <param name="scenario">The quiet federation.</param>
    /// <param name="every">Every how many steps somebody dies.</param>
    /// <param name="offset">The first of them, below <paramref name="every"/>.</param>
    /// <returns>How many runs there were, and what is wrong with them.</returns>
    public (int Runs, ImmutableArray<string> Wrong) Run(FederationScenario scenario, int every = 1, int offset = 0)
    {
        List<string> trace = [];
        FederationResult undisturbed = SimulatedFederation.Run(scenario, trace.Add);
        int committed = int.Parse(trace.First(static line => line.Contains("coordinator RoundCommitted", StringComparison.Ordinal)).AsSpan(0, 6), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        int runs = Math.Max(0, (committed + StepsAfter - offset + every - 1) / every);
        ConcurrentBag<string> wrong = [];
        Parallel.For(0, runs, index =>
        {
            long step = offset + ((long)index * every);
            if (Complaint(scenario, undisturbed, step) is { } complaint) wrong.Add($"{Name} before step {step}: {complaint}");
        });
        return (runs, [.. wrong.Order(StringComparer.Ordinal)]);
    }

    private string? Complaint(FederationScenario scenario, FederationResult undisturbed, long step)
    {
        try
        {
            using SimulatedFederation federation = new(scenario);
            ImmutableArray<SimulatedIdentity> nodes = Nodes(federation);
            FederationResult result = federation.RunToEnd(step, nodes);
            bool isAsBefore = result.IsCompleted && result.State == undisturbed.State && result.Crashes == nodes.Length;
            return isAsBefore ? null : $"{result.Reason}, {result.Crashes} crashes, state {result.State}";
        }
        catch (FederationViolationException violation)
        {
            return $"{violation.Check}: {violation.Message}";
        }
    }
}
