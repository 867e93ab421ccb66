using System.Collections.Immutable;
using Fed.EndToEnd.Running;
using Fed.Host.Configuration;
using Fed.Host.Simulation;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Whole runs over RabbitMQ and PostgreSQL: no bit of a model depends on what carries messages and blobs, and on where the journal lies.</summary>
public sealed class ServerTests
{
    private static readonly string[] Settings = ["job.rounds = 2", "simulation.baselines = false"];

    [Fact]
    public void Run_over_real_servers_gives_every_rounds_model_of_the_run_within_a_process_under_each_protection()
    {
        if (!ServersHere.AreInstalled) Assert.Skip("RabbitMQ and PostgreSQL are not installed (apt-get install rabbitmq-server postgresql)");
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, Settings);
        using ServersHere servers = new(SimulatedFederation.Load(FedConfig.Load(Repository.Quickstart)).Sites.Select(static site => site.Site));
        long messages = 0;
        foreach (string protection in (string[])["plain", "secagg", "ckks"])
        {
            using Workspace workspace = new();
            string conf = workspace.Conf(Repository.Quickstart, [.. Settings, $"job.protection = {protection}", $"job.name = over-{protection}"]);
            Assert.Equal(expected, RunHere.Hashes(new RunHere { Hooks = servers.Hooks }.Run(workspace, conf)));
            Assert.InRange(servers.MessagesTaken, messages + 50, long.MaxValue);
            messages = servers.MessagesTaken;
            Assert.Contains($"rounds/over-{protection}-1", servers.Logs);
        }

        Assert.Equal(0, servers.Refusals);
        Assert.InRange(servers.PiecesPublished, 3 * 2 * 5, long.MaxValue);
    }
}
