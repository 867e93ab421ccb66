using Fed.TestKit;
using Fed.TestKit.Transport.Broker;
using Xunit;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>What the model may do either way, so that no specification of a real broker can assert it: each way is seen under some seed.</summary>
public sealed class BrokerModelTests
{
    private const int Seeds = 60;

    [Fact]
    public void Acknowledgement_on_its_way_when_the_connection_dies_arrives_under_some_seeds_and_not_under_others() =>
        Assert.Equal(["again", "done"], Outcomes(seed =>
        {
            (SeededSimulation simulation, BrokerModel broker) = Filled(seed, 1);
            BrokerConnection connection = broker.Connect()!;
            BrokerChannel channel = connection.OpenChannel();
            channel.Consume("work", 1, delivery =>
            {
                channel.Ack(delivery.Tag);
                connection.Kill();
            });
            simulation.Run();
            return broker.Waiting == 0 ? "done" : "again";
        }));

    [Fact]
    public void Unconfirmed_publish_of_a_lost_connection_is_in_the_queue_or_not_and_its_publisher_does_not_know() =>
        Assert.Equal(["Unknown 0", "Unknown 1"], Outcomes(seed =>
        {
            (SeededSimulation simulation, BrokerModel broker) = Filled(seed, 0);
            BrokerConnection connection = broker.Connect()!;
            PublishOutcome? outcome = null;
            connection.OpenChannel().Publish(new BrokerMessage("work", "?"), result => outcome = result);
            connection.Kill();
            simulation.Run();
            return $"{outcome} {broker.Waiting}";
        }));

    [Fact]
    public void Persistent_message_that_was_not_confirmed_before_a_restart_is_kept_or_lost() =>
        Assert.Equal(["0", "1"], Outcomes(seed =>
        {
            (SeededSimulation simulation, BrokerModel broker) = Filled(seed, 0);
            broker.Timings = broker.Timings with { WireMax = TimeSpan.Zero, SyncMax = TimeSpan.FromSeconds(1) };
            bool confirmed = false;
            broker.Connect()!.OpenChannel().Publish(new BrokerMessage("work", "?"), outcome => confirmed = outcome == PublishOutcome.Confirmed);
            simulation.RunOne();
            broker.Restart(TimeSpan.FromSeconds(5));
            Assert.Null(broker.Connect());
            simulation.Run();
            Assert.False(confirmed);
            Assert.NotNull(broker.Connect());
            return $"{broker.Waiting}";
        }));

    [Fact]
    public void Consumer_that_sleeps_past_the_heartbeat_is_replaced_and_wakes_up_with_old_messages_before_it_learns_of_its_end()
    {
        (SeededSimulation simulation, BrokerModel broker) = Filled(seed: 4, messages: 0, new BrokerQueueOptions { IsSingleActive = true });
        List<string> old = [], fresh = [];
        BrokerConnection sleeper = broker.Connect()!;
        sleeper.Closed = _ => old.Add("closed");
        sleeper.OpenChannel().Consume("work", 10, delivery => old.Add($"{delivery.Message.Body}"));
        simulation.Run();
        broker.Connect()!.OpenChannel().Consume("work", 10, delivery => fresh.Add($"{delivery.Message.Body} {delivery.IsRedelivered}"));
        simulation.Run();

        sleeper.Sleep();
        BrokerChannel publisher = broker.Connect()!.OpenChannel();
        publisher.Publish(new BrokerMessage("work", "1"));
        simulation.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(fresh);
        simulation.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["1 True"], fresh);
        Assert.Empty(old);
        sleeper.Unblock();
        simulation.Run();
        Assert.Equal(["1", "closed"], old);
    }

    [Fact]
    public void Block_shorter_than_the_heartbeat_delays_frames_and_loses_none()
    {
        (SeededSimulation simulation, BrokerModel broker) = Filled(seed: 5, messages: 0);
        List<object> received = [];
        BrokerConnection connection = broker.Connect()!;
        BrokerChannel channel = connection.OpenChannel();
        channel.Consume("work", 10, delivery => received.Add(delivery.Message.Body));
        simulation.Run();
        connection.Block(BrokerDirections.Both);
        for (int i = 0; i < 5; i++) channel.Publish(new BrokerMessage("work", i));
        simulation.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(received);
        connection.Unblock();
        simulation.Run();
        Assert.Equal([0, 1, 2, 3, 4], received);
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public void Block_longer_than_the_heartbeat_ends_the_connection_on_both_sides()
    {
        (SeededSimulation simulation, BrokerModel broker) = Filled(seed: 6, messages: 0);
        string? closed = null;
        BrokerConnection connection = broker.Connect()!;
        connection.Closed = reason => closed = reason;
        BrokerChannel channel = connection.OpenChannel();
        PublishOutcome? outcome = null;
        connection.Block(BrokerDirections.ToBroker);
        channel.Publish(new BrokerMessage("work", "never"), result => outcome = result);
        simulation.Advance(TimeSpan.FromSeconds(11));
        Assert.Contains("not heard of", closed, StringComparison.Ordinal);
        Assert.Equal((PublishOutcome.Unknown, 0), (outcome, broker.Waiting));
        connection.Unblock();
        simulation.Run();
        Assert.Equal(0, broker.Waiting);
        Assert.Throws<InvalidOperationException>(connection.OpenChannel);
    }

    [Fact]
    public void Client_that_is_gone_hears_nothing_and_its_messages_go_back()
    {
        (SeededSimulation simulation, BrokerModel broker) = Filled(seed: 7, messages: 3);
        int heard = 0;
        BrokerConnection connection = broker.Connect()!;
        connection.Closed = _ => heard++;
        BrokerChannel channel = connection.OpenChannel();
        channel.Closed = _ => heard++;
        channel.Consume("work", 2, _ => heard++);
        simulation.Run();
        Assert.Equal((2, 1), (heard, broker.Waiting));
        connection.Abandon();
        simulation.Run();
        Assert.Equal((2, 3), (heard, broker.Waiting));
    }

    [Theory]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.*", "a.b.c", false)]
    [InlineData("a.#", "a", true)]
    [InlineData("a.#", "a.b.c", true)]
    [InlineData("#.c", "a.b.c", true)]
    [InlineData("*.b.*", "a.b.c", true)]
    [InlineData("#", "", true)]
    [InlineData("*", "", false)]
    public void Patterns_are_those_of_a_topic_exchange(string pattern, string key, bool fits)
    {
        SeededSimulation simulation = new(1);
        BrokerModel broker = new(simulation);
        BrokerChannel channel = broker.Connect()!.OpenChannel();
        channel.Declare("q", BrokerQueueOptions.Default);
        channel.Bind("q", pattern);
        channel.Publish(new BrokerMessage(key, "x"));
        simulation.Run();
        Assert.Equal((fits ? 1 : 0, fits ? 0 : 1), (broker.Waiting, (int)broker.Unroutable));
    }

    private static string[] Outcomes(Func<ulong, string> run) => [.. Enumerable.Range(0, Seeds).Select(seed => run((ulong)seed)).Distinct().Order(StringComparer.Ordinal)];

    private static (SeededSimulation Simulation, BrokerModel Broker) Filled(ulong seed, int messages, BrokerQueueOptions? options = null)
    {
        SeededSimulation simulation = new(seed);
        BrokerModel broker = new(simulation) { Timings = new BrokerTimings { WireMax = TimeSpan.FromMilliseconds(10) } };
        BrokerChannel channel = broker.Connect()!.OpenChannel();
        channel.Declare("work", options ?? BrokerQueueOptions.Default);
        channel.Bind("work", "work");
        for (int i = 1; i <= messages; i++) channel.Publish(new BrokerMessage("work", i));
        simulation.Run();
        return (simulation, broker);
    }
}
