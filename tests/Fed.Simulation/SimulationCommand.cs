using System.Diagnostics;
using Fed.Actors.Protocol.Job;
using Fed.Simulation.Mutants;
using Fed.TestKit.Federation;

namespace Fed.Simulation;

/// <summary><c>./test.sh sim</c>: runs whole federations from seeds, in as many threads as there are processors, and prints one line that replays each violation.</summary>
internal static class SimulationCommand
{
    private const int ShownMax = 20;
    private const int ShrinkingRunsMax = 300;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(30);

    /// <summary>0 when no promise was broken, 1 when one was, 2 for arguments that make no sense.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (SimulationOptions.Parse(args, out string? problem) is not { } options)
        {
            error.WriteLine($"sim: {problem}\n{SimulationOptions.Usage}");
            return 2;
        }

        if (options.IsHelp)
        {
            output.WriteLine(SimulationOptions.Usage);
            return 0;
        }

        if (options.IsMutants) return MutantTable.Run(options.Protection switch { SecAggPlan.Name => KnownCeremonyMutants.All, CkksPlan.Name => KnownEncryptionMutants.All, _ => KnownMutants.All }, output);
        if (options.IsDeaths) return DeathSweep.RunAll(options.Protection, output, error);
        try
        {
            options.Scenario(options.First);
        }
        catch (FormatException cut)
        {
            error.WriteLine($"sim: --shrunk: {cut.Message}");
            return 2;
        }

        return options.Seed is { } seed ? RunOne(seed, options, output, error) : RunMany(options, output, error);
    }

    private static int RunOne(ulong seed, SimulationOptions options, TextWriter output, TextWriter error)
    {
        FederationScenario scenario = options.Scenario(seed);
        output.WriteLine($"seed {seed}: {scenario}");
        try
        {
            Print(seed, SimulatedFederation.Run(scenario, options.IsTraced ? output.WriteLine : null, stores: ProductionStores.For(scenario)), output);
            return 0;
        }
        catch (FederationViolationException violation)
        {
            error.WriteLine($"seed {seed}: {violation.Check}: {violation.Message}");
            if (options.Shrunk.Length == 0) Shrink(violation, error);
            return 1;
        }
    }

    private static int RunMany(SimulationOptions options, TextWriter output, TextWriter error)
    {
        if (options.First != 1) output.WriteLine($"seeds {options.First} to {options.First + (ulong)options.Count - 1}");
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan shown = TimeSpan.Zero;
        Lock gate = new();
        SimulationSummary summary = new(options.Protection);
        List<FederationViolationException> first = [];
        Parallel.For(0L, options.Count, index =>
        {
            ulong seed = options.First + (ulong)index;
            FederationScenario scenario = options.Scenario(seed);
            try
            {
                FederationResult result = SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario));
                lock (gate) summary.Add(scenario, result);
            }
            catch (Exception failure)
            {
                lock (gate)
                {
                    summary.AddViolation();
                    if (failure is FederationViolationException violation && first.Count == 0) first.Add(violation);
                    if (summary.Violations <= ShownMax) error.WriteLine($"seed {seed}: {(failure is FederationViolationException known ? $"{known.Check}: {known.Violation}" : failure)}\n  replay: {scenario.Replay} --trace");
                }
            }

            lock (gate)
            {
                if (watch.Elapsed - shown < ProgressEvery) return;
                shown = watch.Elapsed;
                output.WriteLine($"{summary.Schedules} of {options.Count} schedules, {summary.Violations} violations, {summary.Schedules / watch.Elapsed.TotalMinutes:0} a minute");
            }
        });
        output.WriteLine(summary.ToText(watch.Elapsed));
        if (first.Count > 0) Shrink(first[0], error);
        return summary.Violations == 0 ? 0 : 1;
    }

    /// <summary>Prints a smaller schedule that breaks the same promise.</summary>
    private static void Shrink(FederationViolationException violation, TextWriter error)
    {
        FederationViolationException smallest = new ScheduleShrinker(Violation, ShrinkingRunsMax).Shrink(violation);
        error.WriteLine($"shrunken: {smallest.Check}: {smallest.Violation}\n  {smallest.Scenario}\n  replay: {smallest.Scenario.Replay} --trace");
    }

    private static FederationViolationException? Violation(FederationScenario scenario)
    {
        try
        {
            SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario));
            return null;
        }
        catch (FederationViolationException violation)
        {
            return violation;
        }
    }

    private static void Print(ulong seed, FederationResult result, TextWriter output) => output.WriteLine(
        $"seed {seed}: {(result.IsCompleted ? "completed" : "failed")} ({result.Reason}) after {result.Rounds} rounds, {result.Steps} steps, {result.Crashes} crashes, "
        + $"{result.Faults.Total} faults, {result.Elapsed.TotalSeconds:0.000} virtual seconds\nstate {result.State}\ntrace {result.TraceHash}");
}
