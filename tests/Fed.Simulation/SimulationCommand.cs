using System.Diagnostics;
using System.Globalization;
using Fed.TestKit.Federation;

namespace Fed.Simulation;

/// <summary><c>./test.sh sim</c>: runs whole federations from seeds, in as many threads as there are processors, and prints one line that replays each violation.</summary>
internal static class SimulationCommand
{
    private const string Usage = """
        usage: ./test.sh sim [--seeds N]             N scenarios (default 1000), from seeds 1 to N
               ./test.sh sim --seed S [--trace]      one scenario; --trace prints everything that happens
        """;

    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        ulong? seed = null;
        ulong seeds = 1000;
        bool isTraced = false;
        for (int i = 0; i < args.Length; i++)
        {
            bool hasNumber = i + 1 < args.Length && ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out _);
            switch (args[i])
            {
                case "--trace":
                    isTraced = true;
                    break;
                case "--seed" when hasNumber:
                    seed = ulong.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--seeds" when hasNumber:
                    seeds = ulong.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--help" or "-h":
                    output.WriteLine(Usage);
                    return 0;
                default:
                    error.WriteLine($"sim: '{args[i]}' is not an option, or its number is missing\n{Usage}");
                    return 2;
            }
        }

        return seed is { } one ? RunOne(one, isTraced, output, error) : RunMany(seeds, output, error);
    }

    private static int RunOne(ulong seed, bool isTraced, TextWriter output, TextWriter error)
    {
        FederationScenario scenario = FederationScenario.FromSeed(seed);
        output.WriteLine($"seed {seed}: {scenario}");
        try
        {
            Print(seed, SimulatedFederation.Run(scenario, isTraced ? output.WriteLine : null), output);
            return 0;
        }
        catch (FederationViolationException violation)
        {
            error.WriteLine($"seed {seed}: {violation.Message}");
            return 1;
        }
    }

    private static int RunMany(ulong seeds, TextWriter output, TextWriter error)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Lock gate = new();
        long steps = 0, crashes = 0, completed = 0, failed = 0, violations = 0;
        Parallel.For(1L, (long)seeds + 1, seed =>
        {
            try
            {
                FederationResult result = SimulatedFederation.Run(FederationScenario.FromSeed((ulong)seed));
                lock (gate)
                {
                    steps += result.Steps;
                    crashes += result.Crashes;
                    if (result.IsCompleted) completed++;
                    else failed++;
                }
            }
            catch (Exception violation)
            {
                lock (gate)
                {
                    violations++;
                    error.WriteLine($"seed {seed}: {(violation is FederationViolationException known ? known.Violation : violation)}\n  replay: ./test.sh sim --seed {seed} --trace");
                }
            }
        });
        double seconds = watch.Elapsed.TotalSeconds;
        output.WriteLine(
            $"{seeds} scenarios in {seconds:0.0} s ({seeds / seconds * 60:0} a minute): {completed} jobs completed, {failed} failed with a reason, "
            + $"{violations} violations; {steps} steps, {crashes} crashes");
        return violations == 0 ? 0 : 1;
    }

    private static void Print(ulong seed, FederationResult result, TextWriter output) => output.WriteLine(
        $"seed {seed}: {(result.IsCompleted ? "completed" : "failed")} ({result.Reason}) after {result.Rounds} rounds, {result.Steps} steps, {result.Crashes} crashes, "
        + $"{result.Elapsed.TotalSeconds:0.000} virtual seconds\nstate {result.State}\ntrace {result.TraceHash}");
}
