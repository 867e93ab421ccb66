using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit;
using Fed.TestKit.Servers;
using Fed.TestKit.Stores;
using RabbitMQ.Client;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>Blobs over a real broker that cuts and restarts in the middle of them, and whose operator looks and meddles.</summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitBulkTests(RabbitFixture fixture) : IAsyncLifetime
{
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south"), West = NodeAddress.Silo("west");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly ThreadWorkerPool _workers = new(threads: 2);
    private readonly Stack<IDisposable> _bulks = [];
    private readonly List<RabbitNode> _nodes = [];
    private readonly SimulatedBlobStore _store = new(new SeededSimulation(seed: 1));

    public async ValueTask InitializeAsync()
    {
        _ = fixture.Server;   // skips where there is none
        await WireFederation.PurgeAsync(fixture);
    }

    public async ValueTask DisposeAsync()
    {
        while (_bulks.TryPop(out IDisposable? bulk)) bulk.Dispose();
        foreach (RabbitNode node in _nodes) await node.DisposeAsync();
        _workers.Dispose();
    }

    [Fact]
    public async Task Blob_arrives_whole_although_both_networks_are_cut_on_the_way()
    {
        using TcpProxy toSource = new(fixture.Server.Port), toReceiver = new(fixture.Server.Port);
        (_, RabbitBulk source) = Open("node-1", toSource);
        (_, RabbitBulk bulk) = Open("north", toReceiver);
        source.Register(NodeAddress.Coordinator, _store);
        byte[] content = Content(20 * IBulkTransfer.PieceBytes);
        Digest hash = _store.Store(content);
        int pieces = 0;
        toSource.Watch = bytes =>
        {
            bool isPieceSeen = bytes.Length > 1000 && Interlocked.Increment(ref pieces) is 5 or 60;   // places of the stream, not of the clock
            return isPieceSeen ? ProxyVerdict.CutAfter : ProxyVerdict.Pass;
        };
        (byte[]? bytes, string? failure) = await FetchAsync(bulk, North, NodeAddress.Coordinator, hash);
        Assert.Null(failure);
        Assert.Equal(content, bytes);
        toReceiver.CutAll();
        Digest second = _store.Store(Content(9 * IBulkTransfer.PieceBytes, seed: 9));
        Assert.Null((await FetchAsync(bulk, North, NodeAddress.Coordinator, second)).Failure);
    }

    [Fact]
    public async Task Blob_arrives_whole_although_the_broker_restarts_and_forgets_the_pieces_on_the_way()
    {
        (_, RabbitBulk source) = Open("node-1");
        (_, RabbitBulk bulk) = Open("north");
        source.Register(NodeAddress.Coordinator, _store);
        Digest hash = _store.Store(Content(30 * IBulkTransfer.PieceBytes));
        Task<(byte[]? Bytes, string? Failure)> fetching = FetchAsync(bulk, North, NodeAddress.Coordinator, hash);
        await Task.Run(fixture.Server.Crash);
        Assert.Null((await fetching).Failure);
    }

    [Fact]
    public async Task Piece_that_several_fetch_at_a_time_is_published_fewer_times_than_they_are()
    {
        (_, RabbitBulk source) = Open("node-1");
        (RabbitBulk Bulk, NodeAddress Self)[] sites = [(Open("north").Bulk, North), (Open("south").Bulk, South), (Open("west").Bulk, West)];
        foreach (RabbitNode node in _nodes) await node.ReadyAsync();
        byte[] content = Content(16 * IBulkTransfer.PieceBytes);
        Digest hash = _store.Store(content);
        Task<(byte[]? Bytes, string? Failure)>[] fetching = [.. sites.Select(site => FetchAsync(site.Bulk, site.Self, NodeAddress.Coordinator, hash))];
        source.Register(NodeAddress.Coordinator, _store);   // now: all have asked
        foreach (Task<(byte[]? Bytes, string? Failure)> fetch in fetching) Assert.Equal(content, (await fetch).Bytes);
        Assert.InRange(source.PiecesPublished, 16, (3 * 16) - 1);
    }

    [Fact]
    public async Task Whoever_carries_a_blob_sees_nothing_of_it_and_pieces_that_are_changed_on_the_way_are_asked_for_again()
    {
        (_, RabbitBulk source) = Open("node-1");
        (RabbitNode receiver, RabbitBulk bulk) = Open("north");
        await receiver.ReadyAsync();
        byte[] content = [.. Enumerable.Repeat("a vector that nobody on the way shall read "u8.ToArray(), 40_000).SelectMany(static text => text)];
        Digest hash = _store.Store(content);

        // The operator stands between: the node's queue is fed by another one's hand.
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.QueueUnbindAsync(RabbitNames.Data("north"), RabbitNames.Down, "*." + RabbitNames.Data("north"));
        string tap = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(tap, RabbitNames.Down, "*." + RabbitNames.Data("north"));
        int seen = 0, changed = 0;
        AsyncDefaultBasicConsumer meddler = new Meddler(channel, async frame =>
        {
            Assert.Equal(-1, frame.AsSpan().IndexOf("nobody on the way"u8));
            if (PieceFrame.IsPiece(frame) && seen++ == 0)
            {
                frame[1000] ^= 1;
                changed++;
            }

            await channel.BasicPublishAsync("", RabbitNames.Data("north"), mandatory: false, new BasicProperties(), frame);
        });
        await channel.BasicConsumeAsync(tap, autoAck: true, meddler);
        source.Register(NodeAddress.Coordinator, _store);
        (byte[]? bytes, string? failure) = await FetchAsync(bulk, North, NodeAddress.Coordinator, hash);
        await channel.QueueBindAsync(RabbitNames.Data("north"), RabbitNames.Down, "*." + RabbitNames.Data("north"));
        Assert.Null(failure);
        Assert.Equal(content, bytes);
        Assert.Equal(1, changed);
        Assert.InRange(seen, 3, 100);   // two pieces, and one of them again
    }

    [Fact]
    public async Task Site_does_not_fetch_from_a_site()
    {
        (RabbitNode serving, RabbitBulk source) = Open("south");
        (_, RabbitBulk bulk) = Open("north", giveUp: TimeSpan.FromSeconds(4));
        source.Register(South, _store);
        await serving.ReadyAsync();
        Digest hash = _store.Store(Content(100));

        // The broker lets no site name another's queue; past it, the other refuses.
        byte[] request = new EnvelopeSealer(fixture.Federation["north"].Keys, fixture.Federation.Members, new WireVersions())
            .Seal(BulkContent.Job, North, South, BulkContent.Of(new BulkRequest(Guid.NewGuid(), hash.ToString(), null, WantsGrant: true, [0])))!;
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync("", RabbitNames.Requests(South), mandatory: true, new BasicProperties(), request);
        Assert.Contains("not connected", (await FetchAsync(bulk, North, South, hash)).Failure, StringComparison.Ordinal);
        Assert.Equal(1, serving.Counters.Refusals[EnvelopeRefusal.NotAllowed]);
        Assert.Equal(0, source.PiecesPublished);
    }

    private (RabbitNode Node, RabbitBulk Bulk) Open(string name, TcpProxy? network = null, TimeSpan? giveUp = null)
    {
        RabbitNode node = fixture.Federation.Connect(name, fixture.Server, network, static options => options with { RetryMin = TimeSpan.FromMilliseconds(20), RetryMax = TimeSpan.FromMilliseconds(500) });
        _nodes.Add(node);
        RabbitBulk bulk = new(node, _workers, new BulkOptions { RepairAfter = TimeSpan.FromMilliseconds(500), GiveUpAfter = giveUp ?? TimeSpan.FromMinutes(1) });
        _bulks.Push(bulk);
        return (node, bulk);
    }

    private static Task<(byte[]? Bytes, string? Failure)> FetchAsync(RabbitBulk bulk, NodeAddress self, NodeAddress from, Digest hash)
    {
        TaskCompletionSource<(byte[]? Bytes, string? Failure)> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bulk.As(self).FetchToMemory(from, hash, (bytes, failure) => outcome.SetResult((bytes, failure)));
        return outcome.Task.WaitAsync(Limit);
    }

    private static byte[] Content(int count, ulong seed = 6)
    {
        byte[] bytes = new byte[count];
        new SeededRandomness(seed).Fill(bytes);
        return bytes;
    }

    private sealed class Meddler(IChannel channel, Func<byte[], Task> handle) : AsyncDefaultBasicConsumer(channel)
    {
        public override Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
            handle(body.ToArray());
    }
}
