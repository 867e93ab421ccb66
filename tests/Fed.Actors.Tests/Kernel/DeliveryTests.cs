using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class DeliveryTests
{
    [Fact]
    public void Messages_of_one_sender_arrive_in_order_under_every_seed()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimulatedSystem sim = new(seed);
            TestProbe<string> probe = sim.CreateTestProbe<string>();
            IActorRef<string> relay = sim.Spawn(() => new Relay(probe.Ref));
            string[] sent = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
            foreach (string message in sent) relay.Tell(message);
            sim.Run();
            Assert.Equal(sent, probe.Messages);
        }
    }

    [Fact]
    public void Order_across_senders_depends_on_the_seed_and_only_on_it()
    {
        Assert.Equal(Arrivals(7), Arrivals(7));
        Assert.True(Enumerable.Range(0, 20).Select(seed => string.Join(' ', Arrivals((ulong)seed))).Distinct().Count() > 1);

        static IEnumerable<string> Arrivals(ulong seed)
        {
            SimulatedSystem sim = new(seed);
            TestProbe<string> probe = sim.CreateTestProbe<string>();
            for (int i = 0; i < 5; i++) sim.Spawn(() => new Relay(probe.Ref)).Tell($"{i}");
            sim.Run();
            return probe.Messages;
        }
    }

    [Fact]
    public void Turn_handles_at_most_the_throughput_and_then_lets_others_run()
    {
        SimulatedSystem sim = new(1, options => options with { Throughput = 30 });
        int handled = 0;
        IActorRef<string> actor = sim.Spawn(() => new Counter(() => handled++));
        sim.Run();
        for (int i = 0; i < 75; i++) actor.Tell("");
        List<int> afterTurns = [];
        while (sim.Dispatcher.RunOne()) afterTurns.Add(handled);
        Assert.Equal([30, 60, 75], afterTurns);
    }

    [Fact]
    public void System_message_overtakes_user_messages()
    {
        SimulatedSystem sim = new();
        int handled = 0;
        IActorRef<string> actor = sim.Spawn(() => new Counter(() => handled++));
        sim.Run();
        for (int i = 0; i < 10; i++) actor.Tell($"{i}");
        sim.System.Stop(actor);
        sim.Run();
        Assert.Equal(0, handled);
        Assert.Equal(10, sim.DeadLetters.Count);
    }

    [Fact]
    public void System_message_sent_during_a_message_is_handled_before_the_next_one()
    {
        SimulatedSystem sim = new();
        List<string> notes = [];
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted(notes));
        actor.Tell(self =>
        {
            self.Context.Stop(self.Context.Self);
            self.Note("first");
        });
        actor.Tell(self => self.Note("second"));
        sim.Run();
        Assert.Equal(["PreStart", "first", "PostStop"], notes);
    }

    [Fact]
    public void Message_to_a_stopped_actor_is_a_dead_letter()
    {
        SimulatedSystem sim = new();
        IActorRef<string> actor = sim.Spawn(() => new Counter(() => { }), "gone");
        sim.System.Stop(actor);
        sim.Run();
        actor.Tell("late");
        DeadLetter letter = Assert.Single(sim.DeadLetters);
        Assert.Equal(("late", "fed://sim/user/gone", "the actor has stopped"), (letter.Message, letter.Recipient.ToString(), letter.Reason));
        Assert.Equal(1, sim.System.DeadLetters.Count);
    }

    [Fact]
    public void Subscriber_that_throws_or_leaves_does_not_disturb_the_others()
    {
        SimulatedSystem sim = new();
        List<DeadLetter> left = [];
        sim.System.DeadLetters.Subscribe(_ => throw new InvalidOperationException("listener"));
        IDisposable subscription = sim.System.DeadLetters.Subscribe(left.Add);
        IActorRef<string> actor = sim.Spawn(() => new Counter(() => { }));
        sim.System.Stop(actor);
        sim.Run();
        actor.Tell("one");
        subscription.Dispose();
        actor.Tell("two");
        Assert.Single(left);
        Assert.Equal(2, sim.DeadLetters.Count);
    }

    [Fact]
    public void Unhandled_message_goes_to_the_event_channel_and_not_to_the_sender()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]), "a");
        Action<Scripted> message = null!;
        message = self => self.NotUnderstood(message);
        actor.Tell(message);
        sim.Run();
        UnhandledMessage unhandled = Assert.Single(sim.Unhandled);
        Assert.Same(message, unhandled.Message);
        Assert.Equal(actor.Path, unhandled.Recipient);
        Assert.Empty(sim.DeadLetters);
    }

    [Fact]
    public void Value_type_messages_are_delivered_too()
    {
        SimulatedSystem sim = new();
        int sum = 0;
        IActorRef<int> actor = sim.Spawn(() => new Adder(value => sum += value));
        for (int i = 1; i <= 10; i++) actor.Tell(i);
        sim.Run();
        Assert.Equal(55, sum);
    }

    [Fact]
    public async Task Actor_on_the_thread_pool_never_runs_concurrently_with_itself_and_loses_nothing()
    {
        ActorSystem system = new("stress", ActorSystemOptions.Default);
        const int Senders = 8;
        const int PerSender = 20_000;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int inside = 0, overlaps = 0, handled = 0, disorder = 0;
        int[] last = new int[Senders];
        IActorRef<int> actor = system.Spawn(Props.Create<int>(() => new Adder(message =>
        {
            if (Interlocked.Increment(ref inside) != 1) overlaps++;
            int sender = message % Senders;
            if (message / Senders != last[sender]) disorder++;
            last[sender]++;
            if (++handled == Senders * PerSender) done.SetResult();
            Interlocked.Decrement(ref inside);
        })), "adder");
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (int i = 0; i < PerSender; i++) actor.Tell((i * Senders) + sender);
        })));
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), (overlaps, disorder));
        await system.TerminateAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, system.DeadLetters.Count);
    }

    [Fact]
    public async Task Actors_that_keep_each_other_busy_do_not_starve_the_others()
    {
        ActorSystem system = new("busy", ActorSystemOptions.Default);
        for (int i = 0; i < 4 * Environment.ProcessorCount; i++)
        {
            IActorRef<IActorRef<int>> a = system.Spawn(Props.Create<IActorRef<int>>(() => new Starter()));
            a.Tell(system.Spawn(Props.Create<int>(() => new Adder(_ => { })).WithMailbox(100)));
        }
        IActorRef<IActorRef<string>> patient = system.Spawn(Props.Create<IActorRef<string>>(() => new Patient()));
        for (int i = 0; i < 100; i++) Assert.Equal("here", await patient.Ask<IActorRef<string>, string>(to => to, TimeSpan.FromMinutes(1)));
        await system.TerminateAsync(TimeSpan.FromMinutes(1));
    }

    private sealed class Starter : Actor<IActorRef<int>>
    {
        protected override void Receive(IActorRef<int> message)
        {
            message.Tell(1);
            Context.Self.Tell(message);
        }
    }

    private sealed class Patient : Actor<IActorRef<string>>
    {
        protected override void Receive(IActorRef<string> message) => message.Tell("here");
    }

    private sealed class Relay(IActorRef<string> next) : Actor<string>
    {
        protected override void Receive(string message) => next.Tell(message);
    }

    private sealed class Counter(Action count) : Actor<string>
    {
        protected override void Receive(string message) => count();
    }

    private sealed class Adder(Action<int> add) : Actor<int>
    {
        protected override void Receive(int message) => add(message);
    }
}
