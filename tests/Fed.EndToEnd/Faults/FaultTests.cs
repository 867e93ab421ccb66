using System.Collections.Immutable;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster.Local;
using Xunit;

namespace Fed.EndToEnd.Faults;

/// <summary>What a federation of real processes meets in a bad week, in one job: each fault strikes in a phase that a gate in the journal holds.</summary>
[Collection(SharedClusterGroup.Name)]
public sealed class FaultTests(SharedCluster shared, ITestOutputHelper testOutput)
{
    private static readonly string[] Settings = ["job.rounds = 14", "simulation.baselines = false"];

    private readonly CaseLines _output = new(testOutput);

    [Fact]
    public void Job_survives_each_fault_of_a_node_and_of_the_servers_with_the_models_of_a_run_without_any()
    {
        FaultyCluster cluster = shared.Cluster;
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, Settings);
        Strikes strikes = new(cluster, _output, Settings);
        using (strikes)
        {
            TimeSpan?[] took =
            [
                strikes.Strike(Victim.Coordinator, Fault.Kill, "collecting"),
                strikes.Strike(Victim.Coordinator, Fault.Stop, "opening"),
                strikes.Strike(Victim.Coordinator, Fault.CutFromDatabase, "training"),
                strikes.Strike(Victim.Site, Fault.Cut, "collecting"),
            ];
            _output.Write($"the next event of the round after {string.Join(", ", took.Select(static time => $"{time?.TotalSeconds:0.0} s"))}");
            strikes.Crash(cluster.CrashBroker, "sealed");
            strikes.Crash(cluster.CrashDatabase, "committed");
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
        Assert.Contains("has rehearsed to lead", string.Concat(new[] { LocalFolder.Coordinator, LocalFolder.Standby }.Select(node => File.ReadAllText(cluster.Folder.Log(node)))), StringComparison.Ordinal);
    }
}
