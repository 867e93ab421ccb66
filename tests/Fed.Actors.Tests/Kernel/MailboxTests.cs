using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class MailboxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Full_mailbox_that_drops_the_newest_keeps_the_oldest(int capacity)
    {
        (SimulatedSystem sim, IActorRef<string> actor, List<string> seen) = Given(capacity, MailboxOverflow.DropNewest);
        for (int i = 0; i < capacity + 2; i++) actor.Tell($"{i}");
        sim.Run();
        Assert.Equal(Enumerable.Range(0, capacity).Select(i => $"{i}"), seen);
        Assert.Equal([$"{capacity}", $"{capacity + 1}"], sim.DeadLetters.Select(letter => letter.Message));
        Assert.All(sim.DeadLetters, letter => Assert.Equal("the mailbox was full", letter.Reason));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Full_mailbox_that_drops_the_oldest_keeps_the_newest(int capacity)
    {
        (SimulatedSystem sim, IActorRef<string> actor, List<string> seen) = Given(capacity, MailboxOverflow.DropOldest);
        for (int i = 0; i < capacity + 2; i++) actor.Tell($"{i}");
        sim.Run();
        Assert.Equal(Enumerable.Range(2, capacity).Select(i => $"{i}"), seen);
        Assert.Equal(["0", "1"], sim.DeadLetters.Select(letter => letter.Message));
    }

    [Fact]
    public void Full_mailbox_that_fails_tells_the_sender_how_full_it_is()
    {
        (SimulatedSystem sim, IActorRef<string> actor, List<string> seen) = Given(2, MailboxOverflow.Fail);
        actor.Tell("0");
        actor.Tell("1");
        MailboxFullException full = Assert.Throws<MailboxFullException>(() => actor.Tell("2"));
        Assert.Contains("2 messages wait", full.Message, StringComparison.Ordinal);
        sim.Run();
        actor.Tell("3");
        sim.Run();
        Assert.Equal(["0", "1", "3"], seen);
        Assert.Empty(sim.DeadLetters);
    }

    [Theory]
    [InlineData(MailboxOverflow.DropNewest)]
    [InlineData(MailboxOverflow.DropOldest)]
    [InlineData(MailboxOverflow.Fail)]
    public void Poison_pill_fits_into_a_full_mailbox_and_is_never_dropped(MailboxOverflow overflow)
    {
        (SimulatedSystem sim, IActorRef<string> actor, List<string> seen) = Given(2, overflow);
        TestProbe<string> probe = sim.CreateTestProbe<string>();
        probe.Watch(actor);
        sim.Run();
        actor.Tell("0");
        actor.Tell("1");
        actor.PoisonPill();
        if (overflow != MailboxOverflow.Fail) actor.Tell("2");
        sim.Run();
        Assert.Same(actor, Assert.Single(probe.Terminated));
        Assert.Equal(overflow == MailboxOverflow.DropOldest ? ["1"] : ["0", "1"], seen);
    }

    [Fact]
    public void System_default_capacity_holds_where_the_props_say_nothing()
    {
        SimulatedSystem sim = new(1, options => options with { MailboxCapacity = 4 });
        List<string> seen = [];
        IActorRef<string> actor = sim.Spawn(() => new Collector(seen));
        for (int i = 0; i < 6; i++) actor.Tell($"{i}");
        sim.Run();
        Assert.Equal(4, seen.Count);
        Assert.Equal(2, sim.DeadLetters.Count);
    }

    [Fact]
    public void Capacity_below_one_is_refused()
    {
        Props<string> props = Props.Create<string>(() => new Collector([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => props.WithMailbox(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => props.WithStash(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ActorSystem("x", new ActorSystemOptions { MailboxCapacity = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ActorSystem("x", new ActorSystemOptions { Throughput = 0 }));
    }

    private static (SimulatedSystem Sim, IActorRef<string> Actor, List<string> Seen) Given(int capacity, MailboxOverflow overflow)
    {
        SimulatedSystem sim = new();
        List<string> seen = [];
        IActorRef<string> actor = sim.System.Spawn(Props.Create<string>(() => new Collector(seen)).WithMailbox(capacity, overflow), "collector");
        return (sim, actor, seen);
    }

    private sealed class Collector(List<string> seen) : Actor<string>
    {
        protected override void Receive(string message) => seen.Add(message);
    }
}
