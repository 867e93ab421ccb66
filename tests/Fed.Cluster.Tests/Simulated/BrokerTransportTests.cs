using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;
using Xunit;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>What a broker does to messages that a plain link would lose, and to leaders that change.</summary>
public sealed class BrokerTransportTests
{
    private static readonly NodeAddress Leader = NodeAddress.Coordinator, Peer = NodeAddress.Silo("north");

    private readonly SeededSimulation _simulation = new(seed: 8);
    private readonly BrokerModel _broker;
    private readonly BrokerTransport _peer;

    public BrokerTransportTests()
    {
        _broker = new BrokerModel(_simulation) { Timings = new BrokerTimings { WireMax = TimeSpan.FromMilliseconds(20) } };
        _peer = Process();
    }

    [Fact]
    public void Message_to_a_process_that_is_away_waits_and_comes_late()
    {
        List<object> received = [];
        BrokerTransport first = Process();
        first.Register(Leader, (_, message) => received.Add(message));
        _simulation.Run();
        first.Abandon();
        _peer.Send(Peer, Leader, "old");
        _simulation.Run();
        Assert.Empty(received);
        Process().Register(Leader, (_, message) => received.Add(message));
        _simulation.Run();
        Assert.Equal(["old"], received);
    }

    [Fact]
    public void Lost_connection_is_made_again_and_what_was_not_acknowledged_comes_twice_and_nothing_is_missing()
    {
        int doubles = 0;
        for (ulong seed = 0; seed < 40; seed++)
        {
            SeededSimulation simulation = new(seed);
            BrokerModel broker = new(simulation) { Timings = new BrokerTimings { WireMax = TimeSpan.FromMilliseconds(20) } };
            BrokerTransport receiver = new(broker, simulation), sender = new(broker, simulation);
            List<int> received = [];
            receiver.Register(Leader, (_, message) =>
            {
                received.Add((int)message);
                if (received.Count == 5) receiver.Connection!.Kill();
            });
            simulation.Run();
            for (int i = 0; i < 10; i++) sender.Send(Peer, Leader, i);
            simulation.Run();
            Assert.Equal(Enumerable.Range(0, 10), received.Distinct().Order());
            Assert.Equal(received.Count, receiver.Delivered);
            if (receiver.Redelivered > 0) doubles++;
        }

        Assert.InRange(doubles, 1, 40);
    }

    [Fact]
    public void Leader_that_sleeps_keeps_the_messages_until_its_heartbeat_is_missed_and_may_still_send_when_it_wakes()
    {
        List<object> old = [], fresh = [], peer = [];
        BrokerTransport sleeper = Process(), successor = Process();
        _peer.Register(Peer, (from, message) => peer.Add($"{message} {from.Epoch}"));
        sleeper.Register(Leader, (_, message) => old.Add(message));
        _simulation.Run();
        sleeper.Connection!.Sleep();
        successor.Register(Leader, (_, message) => fresh.Add(message));
        _peer.Send(Peer, Leader, "update");
        _simulation.Advance(TimeSpan.FromSeconds(8));
        Assert.Empty(fresh);
        _simulation.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(["update"], fresh);

        sleeper.Send(new Origin(Leader, 1), Peer, "said before the end was noticed");
        sleeper.Connection!.Unblock();
        _simulation.Run();
        Assert.Equal(["update"], old);
        sleeper.Send(new Origin(Leader, 1), Peer, "old effect");
        successor.Send(new Origin(Leader, 2), Peer, "new effect");
        _simulation.Run();
        Assert.Equal(["new effect 2", "old effect 1"], peer.Order());
        _peer.Send(Peer, Leader, "to the new one");
        _simulation.Run();
        Assert.Equal("to the new one", fresh[^1]);
    }

    [Fact]
    public void Broker_that_restarts_gives_what_it_had_and_everybody_comes_back()
    {
        List<object> received = [];
        BrokerTransport receiver = Process();
        receiver.Register(Leader, (_, message) => received.Add(message));
        _simulation.Run();
        receiver.Connection!.Sleep();
        _peer.Send(Peer, Leader, "kept");
        _simulation.Advance(TimeSpan.FromSeconds(1));
        _broker.Restart(TimeSpan.FromSeconds(3));
        _peer.Send(Peer, Leader, "lost");
        _simulation.Run();
        _peer.Send(Peer, Leader, "later");
        _simulation.Run();
        Assert.Equal(["kept", "later"], received);
    }

    [Fact]
    public void Abandoned_transport_is_silent_for_ever()
    {
        List<object> received = [];
        BrokerTransport gone = Process();
        gone.Register(Leader, (_, message) => received.Add(message));
        _simulation.Run();
        gone.Abandon();
        gone.Send(Leader, Peer, "never");
        _peer.Send(Peer, Leader, "waits");
        _broker.Restart(TimeSpan.FromSeconds(1));
        _simulation.Run();
        Assert.Empty(received);
        Assert.Null(gone.Connection);
    }

    private BrokerTransport Process() => new(_broker, _simulation);
}
