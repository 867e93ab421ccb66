using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class SupervisionTests
{
    private readonly List<string> _notes = [];

    [Fact]
    public void Resume_keeps_state_and_loses_the_failing_message()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.OneForOne(_ => Directive.Resume));
        int before = 0, after = 0;
        actor.Tell(self => before = self.Instance);
        actor.Tell(_ => throw new InvalidOperationException("bad"));
        actor.Tell(self => after = self.Instance);
        sim.Run();
        Assert.Equal(before, after);
        Assert.Equal(["PreStart"], _notes);
        Assert.Empty(sim.DeadLetters);
    }

    [Fact]
    public void Restart_makes_a_new_instance_and_keeps_reference_and_mailbox()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.Default);
        List<int> instances = [];
        IActorRef? self1 = null, self2 = null;
        actor.Tell(self => (instances, self1) = ([self.Instance], self.Context.Self));
        actor.Tell(_ => throw new InvalidOperationException("bad"));
        actor.Tell(self =>
        {
            instances.Add(self.Instance);
            self2 = self.Context.Self;
        });
        sim.Run();
        Assert.Equal(2, instances.Distinct().Count());
        Assert.Same(self1, self2);
        Assert.Equal(["PreStart", "PreRestart(bad)", "PostStop", "PostRestart(bad)", "PreStart"], _notes);
    }

    [Fact]
    public void Restart_waits_until_the_children_that_PreRestart_stopped_are_gone()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            _notes.Clear();
            (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.Default, seed);
            actor.Tell(self => self.Context.Spawn(Props.Create(() => new Scripted(_notes, "child.")), "child"));
            sim.Run();
            _notes.Clear();
            actor.Tell(_ => throw new InvalidOperationException("bad"));
            actor.Tell(self => self.Note($"{self.Context.Children.Length} children"));
            sim.Run();
            Assert.Equal(["PreRestart(bad)", "PostStop", "child.PostStop", "PostRestart(bad)", "PreStart", "0 children"], _notes);
        }
    }

    [Fact]
    public void Children_that_an_override_spares_are_restarted_with_their_parent()
    {
        SimulatedSystem sim = new();
        IActorRef<string> actor = sim.Spawn(() => new SparesChildren(_notes));
        actor.Tell("spawn");
        actor.Tell("fail");
        sim.Run();
        Assert.Equal(["PreStart", "PreRestart(spared)", "PostStop", "PostRestart(spared)", "PreStart"], _notes);
    }

    [Fact]
    public void Stop_directive_stops_the_failed_child()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.Stopping);
        actor.Tell(_ => throw new InvalidOperationException("bad"));
        actor.Tell(self => self.Note("never"));
        sim.Run();
        Assert.Equal(["PreStart", "PostStop"], _notes);
        Assert.Single(sim.DeadLetters);
    }

    [Theory]
    [InlineData(Directive.Resume, "parent.PreStart child.PreStart child.goes on")]
    [InlineData(Directive.Restart, "parent.PreStart child.PreStart parent.PreRestart(bad) parent.PostStop child.PostStop parent.PostRestart(bad) parent.PreStart")]
    [InlineData(Directive.Stop, "parent.PreStart child.PreStart child.PostStop parent.PostStop")]
    public void Escalate_fails_the_supervisor_in_place_of_the_child(Directive verdict, string expected)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            _notes.Clear();
            SimulatedSystem sim = new(seed, options => options with { GuardianStrategy = SupervisorStrategy.OneForOne(_ => verdict) });
            IActorRef<Action<Scripted>>? child = null;
            IActorRef<Action<Scripted>> parent = sim.System.Spawn(
                Props.Create(() => new Scripted(_notes, "parent.")).WithSupervisor(SupervisorStrategy.OneForOne(_ => Directive.Escalate)), "parent");
            parent.Tell(self => child = self.Context.Spawn(Props.Create(() => new Scripted(_notes, "child.")), "child"));
            sim.Run();
            child!.Tell(_ => throw new InvalidOperationException("bad"));
            child!.Tell(self => self.Note("goes on"));
            sim.Run();
            Assert.Equal(expected, string.Join(' ', _notes));
        }
    }

    [Fact]
    public void Escalation_at_the_top_ends_the_system_and_keeps_the_cause()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.OneForOne(_ => Directive.Escalate));
        actor.Tell(_ => throw new InvalidOperationException("bad"));
        sim.Run();
        Assert.True(sim.System.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal("bad", sim.System.FatalFailure?.Message);
    }

    [Fact]
    public void Failed_actor_and_its_children_are_suspended_until_the_verdict()
    {
        SimulatedSystem sim = new(1, options => options with
        {
            GuardianStrategy = SupervisorStrategy.OneForOne(_ => Directive.Resume).WithBackoff(TimeSpan.Zero, TimeSpan.Zero),
        });
        IActorRef<Action<Scripted>>? child = null;
        SupervisorStrategy slow = SupervisorStrategy.Default.WithBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), jitter: 0);
        IActorRef<Action<Scripted>>? middle = null;
        IActorRef<Action<Scripted>> top = sim.System.Spawn(Props.Create(() => new Scripted(_notes, "top.")).WithSupervisor(slow), "top");
        top.Tell(self => middle = self.Context.Spawn(Props.Create(() => new Scripted(_notes, "middle.")), "middle"));
        sim.Run();
        middle!.Tell(self => child = self.Context.Spawn(Props.Create(() => new Scripted(_notes, "child.")), "child"));
        sim.Run();
        _notes.Clear();
        middle!.Tell(_ => throw new InvalidOperationException("bad"));
        sim.Run();
        child!.Tell(self => self.Note("works"));
        middle!.Tell(self => self.Note("works"));
        sim.Run();
        Assert.Empty(_notes);
        sim.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["middle.PreRestart(bad)", "middle.PostStop", "child.PostStop", "middle.PostRestart(bad)", "middle.PreStart", "middle.works"], _notes);
        Assert.Single(sim.DeadLetters);
    }

    [Fact]
    public void All_for_one_restarts_every_sibling()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            _notes.Clear();
            SimulatedSystem sim = new(seed);
            List<IActorRef<Action<Scripted>>> children = [];
            IActorRef<Action<Scripted>> parent = sim.System.Spawn(Props.Create(() => new Scripted([])).WithSupervisor(SupervisorStrategy.AllForOne()), "parent");
            parent.Tell(self =>
            {
                foreach (string name in new[] { "a", "b", "c" }) children.Add(self.Context.Spawn(Props.Create(() => new Scripted(_notes, name + ".")), name));
            });
            sim.Run();
            _notes.Clear();
            children[1].Tell(_ => throw new InvalidOperationException("bad"));
            sim.Run();
            Assert.Equal(3, _notes.Count(note => note.EndsWith("PostRestart(bad)", StringComparison.Ordinal)));
            foreach (IActorRef<Action<Scripted>> child in children) child.Tell(self => self.Note("alive"));
            sim.Run();
            Assert.Equal(3, _notes.Count(note => note.EndsWith("alive", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void All_for_one_stops_every_sibling()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> parent = sim.System.Spawn(
            Props.Create(() => new Scripted([])).WithSupervisor(SupervisorStrategy.AllForOne(_ => Directive.Stop)), "parent");
        parent.Tell(self =>
        {
            self.Context.Spawn(Props.Create(() => new Scripted(_notes, "a.")), "a");
            self.Context.Spawn(Props.Create(() => new Scripted(_notes, "b.")), "b").Tell(_ => throw new InvalidOperationException("bad"));
        });
        sim.Run();
        Assert.Equal(["a.PostStop", "b.PostStop"], _notes.Where(note => note.EndsWith("PostStop", StringComparison.Ordinal)).Order());
        Assert.Equal(["fed://sim/user/parent"], sim.System.Actors().Select(path => path.ToString()));
    }

    [Fact]
    public void Default_decider_stops_fatal_failures_and_restarts_the_rest()
    {
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new ActorInitializationException("x")));
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new ActorKilledException("x")));
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new PostRestartException("x")));
        Assert.Equal(Directive.Restart, SupervisorStrategy.DefaultDecider(new InvalidOperationException("x")));
    }

    [Fact]
    public void One_restart_too_many_in_the_window_stops_the_child()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.Default.WithRetries(2, TimeSpan.FromMinutes(1)));
        for (int i = 0; i < 3; i++) actor.Tell(_ => throw new InvalidOperationException("bad"));
        sim.Run();
        Assert.Equal(2, _notes.Count(note => note == "PostRestart(bad)"));
        Assert.Empty(sim.System.Actors());
    }

    [Fact]
    public void Window_that_has_passed_grants_restarts_afresh()
    {
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(SupervisorStrategy.Default.WithRetries(1, TimeSpan.FromMinutes(1)));
        for (int i = 0; i < 5; i++)
        {
            actor.Tell(_ => throw new InvalidOperationException("bad"));
            sim.Run();
            sim.Advance(TimeSpan.FromMinutes(2));
        }
        Assert.Equal(5, _notes.Count(note => note == "PostRestart(bad)"));
        Assert.Single(sim.System.Actors());
    }

    [Fact]
    public void Backoff_grows_by_its_factor_up_to_its_maximum()
    {
        SupervisorStrategy strategy = SupervisorStrategy.Default.WithBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), factor: 2, jitter: 0);
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(i => strategy.Backoff!.Delay(i).TotalSeconds));
        (SimulatedSystem sim, IActorRef<Action<Scripted>> actor) = Given(strategy);
        foreach (int seconds in new[] { 1, 2, 4, 5 })
        {
            actor.Tell(_ => throw new InvalidOperationException("bad"));
            actor.Tell(self => self.Note("alive"));
            sim.Run();
            sim.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.DoesNotContain("alive", _notes);
            sim.Advance(TimeSpan.FromTicks(1));
            Assert.Contains("alive", _notes);
            _notes.Clear();
        }
    }

    [Fact]
    public void Jitter_repeats_with_its_seed_and_stays_within_its_part()
    {
        Backoff first = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), Jitter: 0.5, Seed: 7);
        Assert.Equal(Enumerable.Range(0, 10).Select(first.Delay), Enumerable.Range(0, 10).Select((first with { }).Delay));
        Assert.NotEqual(first.Delay(0), (first with { Seed = 8 }).Delay(0));
        for (int i = 0; i < 100; i++) Assert.InRange((first with { Seed = (ulong)i }).Delay(0).TotalSeconds, 0.5, 1.0);
    }

    [Fact]
    public void Decider_that_throws_escalates()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> parent = sim.System.Spawn(
            Props.Create(() => new Scripted(_notes, "parent.")).WithSupervisor(SupervisorStrategy.OneForOne(_ => throw new InvalidOperationException("decider"))), "parent");
        parent.Tell(self => self.Context.Spawn(Props.Create(() => new Scripted([])), "child").Tell(_ => throw new InvalidOperationException("bad")));
        sim.Run();
        Assert.Contains("parent.PostRestart(bad)", _notes);
    }

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisorStrategy.Default.WithRetries(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisorStrategy.Default.WithRetries(1, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisorStrategy.Default.WithBackoff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisorStrategy.Default.WithBackoff(TimeSpan.Zero, TimeSpan.Zero, factor: 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisorStrategy.Default.WithBackoff(TimeSpan.Zero, TimeSpan.Zero, jitter: double.NaN));
    }

    private (SimulatedSystem Sim, IActorRef<Action<Scripted>> Actor) Given(SupervisorStrategy strategy, ulong seed = 1)
    {
        SimulatedSystem sim = new(seed, options => options with { GuardianStrategy = strategy });
        return (sim, sim.Spawn(() => new Scripted(_notes), "actor"));
    }

    private sealed class SparesChildren(List<string> notes) : Actor<string>
    {
        protected override void PreRestart(Exception cause) => Assert.Single(Context.Children);

        protected override void Receive(string message)
        {
            if (message == "fail") throw new InvalidOperationException("spared");
            Context.Spawn(Props.Create(() => new Scripted(notes)), "child");
        }
    }
}
