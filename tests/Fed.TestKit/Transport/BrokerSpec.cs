using Fed.TestKit.Transport.Broker;
using Xunit;

namespace Fed.TestKit.Transport;

/// <summary>
/// What a cluster transport may rely on, and what it must live with: observable behaviour that the broker model and a real RabbitMQ share. Derive a class per broker. Where timing or a limit differs it is a
/// fact of the harness; what a broker may do either way is not asserted.
/// </summary>
public abstract class BrokerSpec : IAsyncLifetime
{
    private static readonly BrokerQueueOptions Plain = BrokerQueueOptions.Default, SingleActive = new() { IsSingleActive = true };

    private IBrokerHarness? _harness;

    /// <summary>A broker with nothing on it.</summary>
    protected abstract ValueTask<IBrokerHarness> StartAsync();

    private IBrokerHarness Harness => _harness!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _harness = await StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_harness is not null) await _harness.DisposeAsync();
    }

    [Fact]
    public async Task Messages_reach_the_queues_whose_pattern_fits_in_the_order_of_their_publisher()
    {
        IBrokerClient client = await Connected();
        await Declared(client, "silo", Plain, "silo.*");
        await Declared(client, "all", Plain, "#");
        foreach (string key in (string[])["silo.a", "coordinator", "silo.b", "silo.b.c"]) await Confirmed(client, key, key);
        Assert.Equal(["silo.a", "silo.b"], await Bodies(await Consuming(client, "silo"), 2));
        Assert.Equal(["silo.a", "coordinator", "silo.b", "silo.b.c"], await Bodies(await Consuming(client, "all"), 4));
    }

    [Fact]
    public async Task Unroutable_message_is_confirmed_and_gone_and_comes_back_only_where_it_is_mandatory()
    {
        IBrokerClient client = await Connected();
        Assert.Equal(PublishOutcome.Confirmed, await Done(client.PublishAsync("nobody", "lost")));
        Assert.Equal(PublishOutcome.Returned, await Done(client.PublishAsync("nobody", "returned", isMandatory: true)));
        await Declared(client, "late", Plain, "nobody");
        Assert.Equal(PublishOutcome.Confirmed, await Done(client.PublishAsync("nobody", "found", isMandatory: true)));
        Assert.Equal(["found"], await Bodies(await Consuming(client, "late"), 1));
    }

    [Fact]
    public async Task Consumer_holds_at_most_its_prefetch_and_gets_more_with_each_acknowledgement()
    {
        IBrokerClient client = await Filled("work", Plain, 4);
        IBrokerSubscription consumer = await Consuming(client, "work", prefetch: 2);
        BrokerDelivery first = await Done(consumer.NextAsync());
        await Done(consumer.NextAsync());
        Assert.True(await Harness.StaysQuietAsync(consumer));
        await Settled(consumer.AckAsync(first));
        Assert.Equal("3", (await Done(consumer.NextAsync())).Message.Body);
        Assert.True(await Harness.StaysQuietAsync(consumer));
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_flagged_when_the_connection_is_lost_and_the_rest_does_not()
    {
        IBrokerClient first = await Filled("work", Plain, 3);
        IBrokerSubscription consumer = await Consuming(first, "work", prefetch: 2);
        BrokerDelivery one = await Done(consumer.NextAsync());
        BrokerDelivery two = await Done(consumer.NextAsync());
        Assert.False(one.IsRedelivered || two.IsRedelivered);
        await Settled(consumer.AckAsync(one));
        Assert.Equal("3", (await Done(consumer.NextAsync())).Message.Body);   // so the acknowledgement has arrived
        await Settled(first.KillAsync());
        IBrokerSubscription other = await Consuming(await Connected(), "work");
        Assert.Equal([("2", true), ("3", true)], [await Flagged(other), await Flagged(other)]);
        Assert.True(await Harness.StaysQuietAsync(other));
    }

    [Fact]
    public async Task Acknowledgement_that_is_lost_with_its_connection_loses_no_message()
    {
        IBrokerClient first = await Filled("work", SingleActive, 2);
        IBrokerSubscription consumer = await Consuming(first, "work", prefetch: 1);
        BrokerDelivery one = await Done(consumer.NextAsync());
        Task onItsWay = consumer.AckAsync(one);
        await Settled(first.KillAsync());
        await Record.ExceptionAsync(() => Settled(onItsWay));
        IBrokerSubscription other = await Consuming(await Connected(), "work");
        BrokerDelivery next = await Done(other.NextAsync());
        if (Equals(next.Message.Body, "1"))   // the acknowledgement did not arrive
        {
            Assert.True(next.IsRedelivered);
            next = await Done(other.NextAsync());
        }

        Assert.Equal("2", next.Message.Body);
    }

    [Fact]
    public async Task Refused_message_takes_its_old_place_flagged_or_is_dropped()
    {
        IBrokerClient client = await Filled("work", Plain, 3);
        IBrokerSubscription consumer = await Consuming(client, "work", prefetch: 1);
        await Settled(consumer.NackAsync(await Done(consumer.NextAsync()), requeue: true));
        BrokerDelivery again = await Done(consumer.NextAsync());
        Assert.Equal(("1", true), ((string)again.Message.Body, again.IsRedelivered));
        await Settled(consumer.NackAsync(again, requeue: false));
        Assert.Equal(["2", "3"], await Bodies(consumer, 2));
    }

    [Fact]
    public async Task Third_consumer_of_eight_messages_sees_older_ones_after_newer_ones()
    {
        IBrokerClient first = await Filled("work", SingleActive, 8);
        IBrokerClient second = await Connected(), third = await Connected();
        IBrokerSubscription one = await Consuming(first, "work", prefetch: 5);
        List<BrokerDelivery> held = [];
        for (int i = 0; i < 5; i++) held.Add(await Done(one.NextAsync()));
        await Settled(one.CancelAsync());
        IBrokerSubscription two = await Consuming(second, "work", prefetch: 10);
        for (int i = 0; i < 3; i++) await Done(two.NextAsync());
        await Settled(one.AckAsync(held[1]));
        await Settled(one.AckAsync(held[2]));
        IBrokerSubscription three = await Consuming(third, "work", prefetch: 10);
        await Settled(second.KillAsync());
        List<string> seen = [.. await Bodies(three, 3, acks: false)];
        await Settled(first.CloseAsync());
        seen.AddRange(await Bodies(three, 3, acks: false));
        Assert.Equal(["6", "7", "8", "1", "4", "5"], seen);
    }

    [Fact]
    public async Task Single_active_consumer_is_the_first_and_the_next_in_line_hears_nothing_but_messages()
    {
        IBrokerClient active = await Filled("work", SingleActive, 2), standby = await Connected();
        IBrokerSubscription one = await Consuming(active, "work", prefetch: 1);
        await Done(one.NextAsync());
        IBrokerSubscription two = await Consuming(standby, "work");
        Assert.True(await Harness.StaysQuietAsync(two));
        await Settled(active.KillAsync());
        Assert.Equal([("1", true), ("2", false)], [await Flagged(two), await Flagged(two)]);
        Assert.False(standby.ClosedAsync().IsCompleted);
    }

    [Fact]
    public async Task New_active_consumer_works_beside_the_old_one_that_still_holds_messages_and_keeps_sending()
    {
        IBrokerClient old = await Filled("work", SingleActive, 3), fresh = await Connected();
        IBrokerSubscription one = await Consuming(old, "work", prefetch: 2);
        BrokerDelivery first = await Done(one.NextAsync());
        await Done(one.NextAsync());
        await Settled(one.CancelAsync());
        IBrokerSubscription two = await Consuming(fresh, "work");
        Assert.Equal("3", (await Done(two.NextAsync())).Message.Body);
        await Confirmed(old, "work", "from the old one");
        Assert.Equal("from the old one", (await Done(two.NextAsync())).Message.Body);
        await Settled(one.AckAsync(first));
        await Settled(old.CloseAsync());
        Assert.Equal(("2", true), await Flagged(two));
        Assert.True(await Harness.StaysQuietAsync(two));
    }

    [Fact]
    public async Task Message_that_kills_its_consumer_comes_for_ever_without_a_limit()
    {
        await Filled("work", Plain, 1);
        for (int life = 0; life < 12; life++)
        {
            IBrokerClient victim = await Connected();
            Assert.Equal(("1", life > 0), await Flagged(await Consuming(victim, "work"), acks: false));
            await Settled(victim.KillAsync());
        }
    }

    [Fact]
    public async Task Message_that_kills_its_consumer_is_dropped_behind_its_limit_and_each_lost_connection_counts()
    {
        const int Limit = 2;
        await Filled("work", SingleActive with { DeliveryLimit = Limit }, 2);
        for (int life = 0; life < Harness.Facts.DeliveriesWithin(Limit); life++)
        {
            IBrokerClient victim = await Connected();
            Assert.Equal("1", (await Done((await Consuming(victim, "work", prefetch: 1)).NextAsync())).Message.Body);
            await Settled(victim.KillAsync());
        }

        IBrokerSubscription survivor = await Consuming(await Connected(), "work");
        Assert.Equal(("2", false), await Flagged(survivor));
        Assert.True(await Harness.StaysQuietAsync(survivor));
    }

    [Fact]
    public async Task Full_queue_drops_its_oldest_message_and_confirms_the_new_one()
    {
        IBrokerClient client = await Filled("work", new BrokerQueueOptions { LengthMax = 3 }, 5);
        Assert.Equal(["3", "4", "5"], await Bodies(await Consuming(client, "work"), 3));
    }

    [Fact]
    public async Task Full_queue_that_rejects_tells_the_publisher_and_keeps_what_it_has()
    {
        IBrokerClient client = await Filled("work", new BrokerQueueOptions { LengthMax = 2, Overflow = BrokerOverflow.RejectPublish }, 2);
        Assert.Equal(PublishOutcome.Rejected, await Done(client.PublishAsync("work", "3")));
        IBrokerSubscription consumer = await Consuming(client, "work");
        Assert.Equal(["1", "2"], await Bodies(consumer, 2));
        await Confirmed(client, "work", "4");
        Assert.Equal(["4"], await Bodies(consumer, 1));
    }

    [Fact]
    public async Task Restart_of_the_broker_keeps_confirmed_persistent_messages_and_ends_all_connections()
    {
        IBrokerClient client = await Connected();
        await Declared(client, "work", Plain, "work");
        Assert.Equal(PublishOutcome.Confirmed, await Done(client.PublishAsync("work", "transient", isPersistent: false)));
        await Confirmed(client, "work", "waiting");
        await Settled(Harness.RestartAsync());
        Assert.NotEmpty(await Done(client.ClosedAsync()));
        IBrokerSubscription consumer = await Consuming(await Connected(), "work");
        Assert.Equal(["waiting"], await Bodies(consumer, 1));
        Assert.True(await Harness.StaysQuietAsync(consumer));
    }

    [Fact]
    public async Task Message_held_at_a_restart_comes_again()
    {
        IBrokerClient client = await Filled("work", Plain, 1);
        await Done((await Consuming(client, "work")).NextAsync());
        await Settled(Harness.RestartAsync());
        Assert.Equal(("1", true), await Flagged(await Consuming(await Connected(), "work")));
    }

    [Fact]
    public async Task Confirmed_publish_is_in_the_queue_whatever_became_of_its_connection()
    {
        IBrokerClient client = await Connected();
        await Declared(client, "work", Plain, "work");
        Task<PublishOutcome>[] publishes = [.. Enumerable.Range(0, 50).Select(i => client.PublishAsync("work", $"{i}"))];
        await Done(publishes[10]);
        await Settled(client.KillAsync());
        List<string> confirmed = [], possible = [.. Enumerable.Range(0, 50).Select(i => $"{i}")];
        for (int i = 0; i < publishes.Length; i++)
        {
            PublishOutcome outcome = await Done(publishes[i]);
            Assert.True(outcome is PublishOutcome.Confirmed or PublishOutcome.Unknown, $"publish {i}: {outcome}");
            if (outcome == PublishOutcome.Confirmed) confirmed.Add($"{i}");
        }

        IBrokerSubscription consumer = await Consuming(await Connected(), "work");
        List<string> found = [.. await Bodies(consumer, confirmed.Count)];
        while (!await Harness.StaysQuietAsync(consumer)) found.AddRange(await Bodies(consumer, 1));
        Assert.Empty(confirmed.Except(found));
        Assert.Equal(possible[..found.Count], found);   // what arrived is a beginning of what was sent
    }

    [Fact]
    public async Task Channel_that_holds_a_message_for_too_long_is_closed_and_somebody_else_gets_it()
    {
        if (Harness.Facts.ConsumerTimeout is null) Assert.Skip("this broker's consumer_timeout is too long to wait for");
        IBrokerClient sleepy = await Filled("work", SingleActive, 1);
        await Done((await Consuming(sleepy, "work")).NextAsync());
        IBrokerSubscription other = await Consuming(await Connected(), "work");
        Assert.True(await Harness.StaysQuietAsync(other));
        Assert.Equal(("1", true), await Flagged(other));
        Assert.Contains("PRECONDITION_FAILED", await Done(sleepy.ClosedAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_declared_in_another_way_closes_the_channel_and_keeps_its_messages()
    {
        IBrokerClient client = await Filled("work", Plain, 1);
        IBrokerClient other = await Connected();
        await Record.ExceptionAsync(() => Declared(other, "work", SingleActive));
        Assert.Contains("PRECONDITION_FAILED", await Done(other.ClosedAsync()), StringComparison.Ordinal);
        Assert.Equal(["1"], await Bodies(await Consuming(client, "work"), 1));
    }

    private Task<IBrokerClient> Connected() => Done(Harness.ConnectAsync());

    /// <summary>A client, and a queue with the messages 1 to <paramref name="count"/>, all confirmed, under its own name.</summary>
    private async Task<IBrokerClient> Filled(string queue, BrokerQueueOptions options, int count)
    {
        IBrokerClient client = await Connected();
        await Declared(client, queue, options, queue);
        for (int i = 1; i <= count; i++) await Confirmed(client, queue, $"{i}");
        return client;
    }

    private Task Declared(IBrokerClient client, string queue, BrokerQueueOptions options, params string[] patterns) => Settled(client.DeclareAsync(queue, options, patterns));

    private async Task Confirmed(IBrokerClient client, string key, string body) => Assert.Equal(PublishOutcome.Confirmed, await Done(client.PublishAsync(key, body)));

    private Task<IBrokerSubscription> Consuming(IBrokerClient client, string queue, int prefetch = 100) => Done(client.ConsumeAsync(queue, prefetch));

    private async Task<string[]> Bodies(IBrokerSubscription consumer, int count, bool acks = true)
    {
        List<string> bodies = [];
        while (bodies.Count < count) bodies.Add((await Flagged(consumer, acks)).Body);
        return [.. bodies];
    }

    private async Task<(string Body, bool IsRedelivered)> Flagged(IBrokerSubscription consumer, bool acks = true)
    {
        BrokerDelivery delivery = await Done(consumer.NextAsync());
        if (acks) await Settled(consumer.AckAsync(delivery));
        return ((string)delivery.Message.Body, delivery.IsRedelivered);
    }

    private async Task<T> Done<T>(Task<T> task)
    {
        await Harness.DriveAsync(task);
        return await task;
    }

    private async Task Settled(Task task)
    {
        await Harness.DriveAsync(task);
        await task;
    }
}
