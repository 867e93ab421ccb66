using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>Control messages over a real broker that restarts, cuts, closes channels, refuses and carries rubbish.</summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitTransportTests(RabbitFixture fixture) : IAsyncLifetime
{
    private static readonly JobId Job = new("wire-1");
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Stack<IAsyncDisposable> _owned = [];

    public async ValueTask InitializeAsync()
    {
        _ = fixture.Server;   // skips where there is none
        await WireFederation.PurgeAsync(fixture);
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out IAsyncDisposable? owned)) await owned.DisposeAsync();
    }

    [Fact]
    public async Task What_is_said_while_the_network_is_cut_arrives_when_it_is_mended_and_readiness_tells()
    {
        using TcpProxy network = new(fixture.Server.Port);
        (RabbitNode receiver, RabbitTransport at) = Open("north");
        (RabbitNode sender, RabbitTransport from) = Open("node-1", network);
        Received received = new(at, North);
        await sender.ReadyAsync();
        await receiver.ReadyAsync();
        from.Send(NodeAddress.Coordinator, North, Message(0));
        Assert.Equal(Message(0), await received.NextNewAsync());

        network.Refuse();
        await sender.ReadyAsync(isReady: false);
        for (int i = 1; i <= 50; i++) from.Send(NodeAddress.Coordinator, North, Message(i));
        await network.RefusedAsync(1);
        network.Accept();
        Assert.Equal(Enumerable.Range(1, 50).Select(Message), await received.NewAsync(50));
        await sender.ReadyAsync();
        Assert.InRange(sender.Counters.FailedCount, 1, long.MaxValue);
    }

    [Fact]
    public async Task Nothing_is_missing_when_the_network_is_cut_again_and_again_in_the_middle()
    {
        using TcpProxy toSender = new(fixture.Server.Port), toReceiver = new(fixture.Server.Port);
        (_, RabbitTransport at) = Open("north", toReceiver);
        (_, RabbitTransport from) = Open("node-1", toSender);
        Received received = new(at, North);
        const int Count = 300;
        for (int i = 0; i < Count; i++) from.Send(NodeAddress.Coordinator, North, Message(i));
        HashSet<ProtocolMessage> seen = [];
        while (seen.Count < Count)
        {
            seen.Add(await received.NextNewAsync());
            if (seen.Count % 60 == 30) toSender.CutAll();      // at places of the stream and not of the clock
            if (seen.Count % 60 == 0) toReceiver.CutAll();
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(Message).ToHashSet(), seen);
    }

    [Fact]
    public async Task Broker_that_restarts_has_what_it_confirmed_and_everybody_comes_back()
    {
        (RabbitNode sender, RabbitTransport from) = Open("node-1");
        for (int i = 0; i < 20; i++) from.Send(NodeAddress.Coordinator, North, Message(i));
        (RabbitNode receiver, RabbitTransport at) = Open("south");
        Received other = new(at, South);
        from.Send(NodeAddress.Coordinator, South, Message(99));
        Assert.Equal(Message(99), await other.NextNewAsync());      // sent after the twenty: the broker has taken them
        await sender.ReadyAsync();
        await Task.Run(fixture.Server.Crash);
        from.Send(NodeAddress.Coordinator, South, Message(100));
        Assert.Equal(Message(100), await other.NextNewAsync());
        (_, RabbitTransport late) = Open("north");
        Assert.Equal(Enumerable.Range(0, 20).Select(Message), await new Received(late, North).NewAsync(20));
        await receiver.ReadyAsync();
    }

    [Fact]
    public async Task Queue_that_is_deleted_ends_the_consumer_and_not_the_node_which_comes_back_with_it()
    {
        (RabbitNode receiver, RabbitTransport at) = Open("north");
        Received received = new(at, North);
        await receiver.ReadyAsync();
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(RabbitNames.Inbox(North));
        await receiver.ReadyAsync(isReady: false);
        (RabbitNode sender, RabbitTransport from) = Open("node-1");
        from.Send(NodeAddress.Coordinator, North, Message(1));     // confirmed, since it is mandatory also returned: nobody believes that it has arrived
        (_, RabbitTransport southern) = Open("south");
        Received south = new(southern, South);
        from.Send(NodeAddress.Coordinator, South, Message(2));
        Assert.Equal(Message(2), await south.NextAsync());
        Assert.True(SpinWait.SpinUntil(() => sender.Counters.ReturnedCount == 1, Limit));   // its sender hears of it by another connection, so in no order

        await channel.QueueDeclareAsync(RabbitNames.Inbox(North), durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-single-active-consumer"] = true, ["x-max-length"] = 10_000 });
        await channel.QueueBindAsync(RabbitNames.Inbox(North), RabbitNames.Down, "*." + RabbitNames.Inbox(North));
        await receiver.ReadyAsync();
        from.Send(NodeAddress.Coordinator, North, Message(3));
        Assert.Equal(Message(3), await received.NextAsync());
    }

    [Fact]
    public async Task Rubbish_in_a_queue_is_refused_counted_and_gone_and_what_follows_arrives()
    {
        (RabbitNode receiver, RabbitTransport at) = Open("north");
        (_, RabbitTransport from) = Open("node-1");
        Received received = new(at, North);
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        byte[] forged = new EnvelopeSealer(fixture.Federation["south"].Keys, fixture.Federation.Members, new WireVersions()).Seal(Job, NodeAddress.Coordinator, North, MessageContent.Of(Message(7)))!;
        foreach (byte[] rubbish in (byte[][])[[], "not an envelope"u8.ToArray(), forged, new byte[EnvelopeForm.FrameBytesMax + 1]])
            await channel.BasicPublishAsync("", RabbitNames.Inbox(North), mandatory: true, new BasicProperties { Persistent = true }, rubbish);   // somebody who is past the broker's rights: its operator
        from.Send(NodeAddress.Coordinator, North, Message(1));
        Assert.Equal(Message(1), await received.NextAsync());
        Assert.Equal([(EnvelopeRefusal.Oversize, 1L), (EnvelopeRefusal.Malformed, 2L), (EnvelopeRefusal.WrongRole, 1L)], receiver.Counters.Refusals.Select(static pair => (pair.Key, pair.Value)));
        await channel.CloseAsync();
        at.Dispose();
        await receiver.DisposeAsync();
        await using IChannel after = await connection.CreateChannelAsync();
        Assert.Equal(0u, (await after.QueueDeclarePassiveAsync(RabbitNames.Inbox(North))).MessageCount);   // nothing comes again to poison the next node
    }

    [Fact]
    public async Task Message_at_which_the_receiver_fails_is_counted_and_does_not_come_again()
    {
        (RabbitNode receiver, RabbitTransport at) = Open("north");
        (_, RabbitTransport from) = Open("node-1");
        Channel<object> received = Channel.CreateUnbounded<object>();
        at.Register(North, (_, message) =>
        {
            if (message.Equals(Message(1))) throw new InvalidOperationException("as a test wants it");
            received.Writer.TryWrite(message);
        });
        for (int i = 1; i <= 2; i++) from.Send(NodeAddress.Coordinator, North, Message(i));
        Assert.Equal(Message(2), await received.Reader.ReadAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(1, receiver.Counters.FaultedCount);
        at.Dispose();
        await receiver.DisposeAsync();
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync();
        Assert.Equal(0u, (await channel.QueueDeclarePassiveAsync(RabbitNames.Inbox(North))).MessageCount);
    }

    [Fact]
    public async Task Replayed_envelope_is_delivered_as_before_and_a_message_edited_on_the_way_never()
    {
        await using IConnection connection = await fixture.ConnectAsync(host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        (RabbitNode leader, RabbitTransport from) = Open("node-1");
        from.Send(NodeAddress.Coordinator, North, Message(1));
        from.Send(NodeAddress.Coordinator, South, Message(0));
        (_, RabbitTransport southern) = Open("south");
        await new Received(southern, South).NextAsync();
        byte[] frame = (await channel.BasicGetAsync(RabbitNames.Inbox(North), autoAck: true))!.Body.ToArray();   // the operator takes it out
        byte[] edited = [.. frame];
        edited[^100] ^= 1;
        (RabbitNode receiver, RabbitTransport at) = Open("north");
        Received received = new(at, North);
        foreach (byte[] put in (byte[][])[edited, frame, frame]) await channel.BasicPublishAsync("", RabbitNames.Inbox(North), mandatory: true, new BasicProperties(), put);
        Assert.Equal([Message(1), Message(1)], [await received.NextAsync(), await received.NextAsync()]);
        Assert.Equal(1, receiver.Counters.Refusals[EnvelopeRefusal.BadSignature]);
    }

    [Fact]
    public async Task What_the_broker_s_rights_forbid_is_given_up_and_what_is_allowed_still_arrives()
    {
        (RabbitNode site, RabbitTransport from) = Open("north");
        (_, RabbitTransport leader) = Open("node-1");
        Received received = new(leader, NodeAddress.Coordinator);
        from.Send(North, South, Message(1));                       // no site may even name another's queue: the broker closes the channel
        for (int i = 2; i < 10; i++) from.Send(North, NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, i, new SiloId("north")));
        await received.NextAsync();
        await site.ReadyAsync();
        from.Send(North, NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 99, new SiloId("north")));
        while (await received.NextAsync() is not ProtocolMessage.RoundSettled { Round: 99 })
        {
            // What was on its way with the forbidden one may come twice.
        }

    }

    [Fact]
    public async Task Standby_is_heard_by_nobody_until_the_active_node_is_gone_and_reads_what_that_one_could()
    {
        (RabbitNode active, RabbitTransport first) = Open("node-1");
        (RabbitNode standby, RabbitTransport second) = Open("node-2");
        (_, RabbitTransport site) = Open("north");
        Received old = new(first, NodeAddress.Coordinator);
        await active.ReadyAsync();
        Received fresh = new(second, NodeAddress.Coordinator);
        await standby.ReadyAsync();
        site.Send(North, NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 1, new SiloId("north")));
        Assert.IsType<ProtocolMessage.RoundSettled>(await old.NextAsync());
        first.Dispose();
        await active.DisposeAsync();
        site.Send(North, NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 2, new SiloId("north")));
        object heard = await fresh.NextAsync();
        if (heard is ProtocolMessage.RoundSettled { Round: 1 }) heard = await fresh.NextAsync();   // its acknowledgement was not out when the active node went
        Assert.Equal(new ProtocolMessage.RoundSettled(Job, 2, new SiloId("north")), heard);
    }

    [Theory]
    [InlineData("north", "fed.up", "south.in.coordinator")]        // in another's name
    [InlineData("north", "fed.up", "north.in.silo.south")]         // to another site
    [InlineData("north", "fed.up", "north.in.aggregator.0")]
    [InlineData("north", "fed.down", "north.in.silo.south")]       // where servers publish
    [InlineData("north", "", "in.silo.south")]                     // past all exchanges
    [InlineData("north", "amq.topic", "north.in.coordinator")]
    [InlineData("sums", "fed.down", "node-1.in.silo.north")]
    [InlineData("node-1", "fed.up", "north.in.coordinator")]
    public async Task User_publishes_in_its_own_name_and_to_its_own_exchange_only(string user, string exchange, string key)
    {
        await using IConnection connection = await fixture.ConnectAsync(user: user, host: WireFederation.Name);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        OperationInterruptedException refused = await Assert.ThrowsAnyAsync<OperationInterruptedException>(() => channel.BasicPublishAsync(exchange, key, mandatory: true, new BasicProperties(), "x"u8.ToArray()).AsTask());
        Assert.Contains("ACCESS_REFUSED", refused.ShutdownReason!.ReplyText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("north", "in.silo.south")]
    [InlineData("north", "data.south")]
    [InlineData("north", "bulk.silo.south")]
    [InlineData("north", "in.coordinator")]
    [InlineData("sums", "in.coordinator")]
    [InlineData("node-1", "in.aggregator")]
    [InlineData("node-1", "data.node-2")]
    public async Task User_reads_its_own_queues_only_and_declares_nothing(string user, string queue)
    {
        await using IConnection connection = await fixture.ConnectAsync(user: user, host: WireFederation.Name);
        Func<IChannel, Task>[] tries =
        [
            channel => channel.BasicConsumeAsync(queue, autoAck: true, new AsyncDefaultBasicConsumer(channel)),
            channel => channel.BasicGetAsync(queue, autoAck: true),
            channel => channel.QueuePurgeAsync(queue),
            channel => channel.QueueDeleteAsync(queue),
            channel => channel.QueueDeclareAsync("mine." + user, durable: true, exclusive: false, autoDelete: false),
            channel => channel.QueueBindAsync(queue, RabbitNames.Down, "#"),
        ];
        foreach (Func<IChannel, Task> attempt in tries)
        {
            await using IChannel channel = await connection.CreateChannelAsync();
            Assert.Contains("ACCESS_REFUSED", (await Assert.ThrowsAnyAsync<OperationInterruptedException>(() => attempt(channel))).ShutdownReason!.ReplyText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Transport_speaks_and_listens_for_its_own_node_only()
    {
        (_, RabbitTransport site) = Open("north");
        Assert.Throws<ArgumentException>(() => site.Send(South, NodeAddress.Coordinator, Message(1)));
        Assert.Throws<ArgumentException>(() => site.Register(South, static (_, _) => { }));
        Assert.Throws<ArgumentException>(() => site.Send(North, NodeAddress.Coordinator, "hello"));
    }

    private static ProtocolMessage Message(int number) => new ProtocolMessage.CommitNonce(Job, Digest.Of(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))));

    private (RabbitNode Node, RabbitTransport Transport) Open(string name, TcpProxy? network = null)
    {
        RabbitNode node = fixture.Federation.Connect(name, fixture.Server, network, static options => options with { RetryMin = TimeSpan.FromMilliseconds(20), RetryMax = TimeSpan.FromMilliseconds(500) });
        _owned.Push(node);
        return (node, new RabbitTransport(node));
    }

    /// <summary>What arrives at an address.</summary>
    private sealed class Received
    {
        private readonly Channel<ProtocolMessage> _messages = Channel.CreateUnbounded<ProtocolMessage>();

        public Received(RabbitTransport at, NodeAddress address) => at.Register(address, (_, message) => _messages.Writer.TryWrite((ProtocolMessage)message));

        private readonly HashSet<ProtocolMessage> _seen = [];

        /// <summary>The next message that has not come before: what was on its way when something was lost may come twice.</summary>
        public async Task<ProtocolMessage> NextNewAsync()
        {
            while (true)
            {
                ProtocolMessage next = await NextAsync();
                if (_seen.Add(next)) return next;
            }
        }

        /// <summary>The next message.</summary>
        public Task<ProtocolMessage> NextAsync() => _messages.Reader.ReadAsync().AsTask().WaitAsync(Limit);

        /// <summary>So many new messages.</summary>
        public async Task<List<ProtocolMessage>> NewAsync(int count)
        {
            List<ProtocolMessage> found = [];
            while (found.Count < count) found.Add(await NextNewAsync());
            return found;
        }
    }
}
