using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Tests.Identity;
using Fed.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>A small federation at the tests' broker: three sites, two coordinators, an aggregator and one of a part, with keys, certificates and the broker's definitions as production makes them.</summary>
internal sealed class WireFederation : IDisposable
{
    public const string Name = "wire";
    private static readonly (NodeRole Role, string Name)[] All =
    [
        (NodeRole.Silo, "north"), (NodeRole.Silo, "south"), (NodeRole.Silo, "west"), (NodeRole.Coordinator, "node-1"), (NodeRole.Coordinator, "node-2"), (NodeRole.Aggregator, "sums"), (NodeRole.Aggregator, "sums-1"),
    ];

    private readonly TestFederation _federation = new(Name, TimeProvider.System);
    private readonly Dictionary<string, TestNode> _nodes;

    public WireFederation() => _nodes = All.ToDictionary(static node => node.Name, node => _federation.Enrol(node.Role, node.Name), StringComparer.Ordinal);

    /// <summary>For the broker.</summary>
    public static string Definitions => BrokerDefinitions.Write(Name, [.. All.Select(static node => new NodeIdentity(Name, node.Role, node.Name))], parts: 1, static _ => BrokerDefinitions.HashPassword(RabbitServer.Password));

    public Membership Members => _federation.Members;

    public TestNode this[string name] => _nodes[name];

    /// <summary>A node's connection, perhaps over a network that can be cut.</summary>
    public RabbitNode Connect(string name, RabbitServer server, TcpProxy? network = null, Func<RabbitOptions, RabbitOptions>? change = null, WireVersions? versions = null)
    {
        RabbitOptions options = new() { Host = "127.0.0.1", Port = network?.Port ?? server.Port, Password = RabbitServer.Password };
        return new RabbitNode(_nodes[name].Identity, _nodes[name].Keys, Members, change?.Invoke(options) ?? options, TimeProvider.System, NullLogger.Instance, versions);
    }

    /// <summary>Empties all queues, so that no test sees what another has left.</summary>
    public static async Task PurgeAsync(RabbitFixture fixture)
    {
        await using IConnection connection = await fixture.ConnectAsync(host: Name);
        await using IChannel channel = await connection.CreateChannelAsync();
        foreach (string queue in System.Text.Json.Nodes.JsonNode.Parse(Definitions)!["queues"]!.AsArray().Select(static queue => queue!["name"]!.GetValue<string>())) await channel.QueuePurgeAsync(queue);
    }

    public void Dispose() => _federation.Dispose();
}

/// <summary>Waits for what a node says of itself, without asking again and again.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task ReadyAsync(this RabbitNode node, bool isReady = true)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object? sender, EventArgs nothing)
        {
            if (node.IsReady == isReady) done.TrySetResult();
        }

        node.ReadinessChanged += Look;
        Look(null, EventArgs.Empty);
        await done.Task.WaitAsync(Limit);
        node.ReadinessChanged -= Look;
    }
}
