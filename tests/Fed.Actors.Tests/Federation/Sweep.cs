using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Fed.Simulation;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Many runs of whole federations side by side; what is wrong with any of them is told of all.</summary>
internal static class Sweep
{
    /// <summary>Runs every case.</summary>
    /// <param name="cases">What is run.</param>
    /// <param name="name">What a case is called where it is wrong.</param>
    /// <param name="run">What is wrong with it; null for nothing. A broken promise is wrong too.</param>
    public static void Over<T>(IEnumerable<T> cases, Func<T, string> name, Func<T, string?> run)
    {
        ConcurrentBag<string> wrong = [];
        Parallel.ForEach(cases, one =>
        {
            try
            {
                if (run(one) is { } complaint) wrong.Add($"{name(one)}: {complaint}");
            }
            catch (FederationViolationException violation)
            {
                wrong.Add($"{name(one)}: {violation.Check}: {violation.Message}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong));
    }

    /// <summary>Schedules drawn from seeds break no promise.</summary>
    public static void OverSeeds(IEnumerable<ulong> seeds, Func<ulong, FederationScenario> draw) => Over(seeds, static seed => $"seed {seed}", seed =>
    {
        Run(draw(seed));
        return null;
    });

    /// <summary>Seeds that nobody has seen, or those from FED_SIM_SEED on; which ones, is told.</summary>
    public static IEnumerable<ulong> FreshSeeds(int count, ITestOutputHelper output)
    {
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("FED_SIM_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : (ulong)Random.Shared.NextInt64(1, 1L << 48);
        output.WriteLine($"seeds {first} to {first + (ulong)count - 1}; the same again: FED_SIM_SEED={first}");
        return Enumerable.Range(0, count).Select(i => first + (ulong)i);
    }

    /// <summary>The first seeds give the same trace twice.</summary>
    public static void SameTraces(int seeds, Func<ulong, FederationScenario> draw)
    {
        for (ulong seed = 1; seed <= (ulong)seeds; seed++) Assert.Equal(Run(draw(seed)).TraceHash, Run(draw(seed)).TraceHash);
    }

    /// <summary>A node dies before each step, or before every so many from a random one on, up to a little after the first round is committed; the rest shows that it goes on as before.</summary>
    public static void OverDeaths(FederationScenario scenario, DeathSweep sweep, ITestOutputHelper output, int every = 1)
    {
        int offset = every == 1 ? 0 : (int)(FreshSeeds(1, output).First() % (ulong)every);
        (int runs, ImmutableArray<string> wrong) = sweep.Run(scenario, every, offset);
        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong));
        Assert.NotEqual(0, runs);
    }

    /// <summary>Which site leaves when, but for which of them it is: so many before each phase.</summary>
    public static IEnumerable<ImmutableArray<TPhase>> Patterns<TPhase>(int sites, TPhase from = default)
        where TPhase : struct, Enum
    {
        if (sites == 0) return [[]];
        return Enum.GetValues<TPhase>().Where(phase => Comparer<TPhase>.Default.Compare(phase, from) >= 0).SelectMany(phase => Patterns(sites - 1, phase).Select(rest => rest.Insert(0, phase)));
    }

    private static FederationResult Run(FederationScenario scenario) => SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario));
}
