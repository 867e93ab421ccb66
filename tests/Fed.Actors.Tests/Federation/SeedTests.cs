using System.Globalization;
using Fed.Actors.Tests.Architecture;
using Fed.Simulation;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Whole federations from seeds: fresh ones in every run, those that once found a bug, and a few whose traces must never change by accident.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private const int FreshSeeds = 60;

    private static readonly string Folder = Repository.PathOf("tests", "Fed.Actors.Tests", "Federation");

    [Fact]
    public void Fresh_seeds_keep_every_promise() => Sweep.OverSeeds(Sweep.FreshSeeds(FreshSeeds, output), static seed => FederationScenario.FromSeed(seed));

    [Fact]
    public void Saved_seeds_keep_every_promise() => Sweep.OverSeeds(SavedSeeds(), static seed => FederationScenario.FromSeed(seed));

    /// <summary>The same seed gives the same trace on every machine. A change of protocol, kernel or simulator that changes what happens changes the file (FED_UPDATE_GOLDEN=1).</summary>
    [Fact]
    public void Traces_of_a_few_seeds_are_the_checked_in_ones()
    {
        string[] lines = new string[12];
        Parallel.For(0, lines.Length, i =>
        {
            FederationScenario scenario = FederationScenario.FromSeed((ulong)i + 1);
            lines[i] = $"{i + 1} {SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario)).TraceHash}";
        });
        string actual = string.Join('\n', lines) + "\n";
        Assert.Equal(Repository.Golden(Path.Combine(Folder, "trace-hashes.txt"), actual), actual);
    }

    [Fact]
    public void Scenarios_have_the_size_that_is_promised()
    {
        FederationScenario[] drawn = [.. Enumerable.Range(1, 2000).Select(static seed => FederationScenario.FromSeed((ulong)seed))];
        int[] sites = [.. drawn.Select(static scenario => scenario.Sites.Length).Order()];
        Assert.Equal((2, 8), (sites[0], sites[1000]));
        Assert.InRange(sites[^1], 48, 64);
        Assert.All(drawn, static scenario => Assert.InRange(scenario.Rounds, 3, 5));
        Assert.All(drawn, static scenario => Assert.InRange(scenario.Jobs, 1, 3));
    }

    /// <summary>One seed a line, with what it found behind it.</summary>
    private static IEnumerable<ulong> SavedSeeds() => File.ReadLines(Path.Combine(Folder, "saved-seeds.txt"))
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => ulong.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture));
}
