using Fed.Actors.Ports;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>Blobs over a real broker keep what every bulk transfer promises: an aggregator fetches from a site.</summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitBulkSpec(RabbitFixture fixture) : BulkTransferSpec, IAsyncLifetime
{
    private readonly ThreadWorkerPool _workers = new(threads: 2);
    private readonly List<RabbitNode> _nodes = [];
    private RabbitBulk? _bulk, _source;

    protected override IBulkTransfer Bulk => _bulk!.As(NodeAddress.Aggregator);

    public async ValueTask InitializeAsync()
    {
        _ = fixture.Server;   // skips where there is none
        await WireFederation.PurgeAsync(fixture);
        _bulk = Open("sums");
        _source = Open("north");
        foreach (RabbitNode node in _nodes) await node.ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _bulk?.Dispose();
        _source?.Dispose();
        foreach (RabbitNode node in _nodes) await node.DisposeAsync();
        _workers.Dispose();
    }

    protected override void Register(NodeAddress address, IBlobStore store) => _source!.Register(address, store);

    private RabbitBulk Open(string name)
    {
        RabbitNode node = fixture.Federation.Connect(name, fixture.Server);
        _nodes.Add(node);
        return new RabbitBulk(node, _workers, new BulkOptions { RepairAfter = TimeSpan.FromMilliseconds(500), GiveUpAfter = TimeSpan.FromSeconds(8) });
    }
}
