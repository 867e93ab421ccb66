using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class LifecycleTests
{
    [Fact]
    public void Stop_finishes_the_message_then_stops_children_first_then_tells_watchers()
    {
        SimulatedSystem sim = new(3);
        List<string> notes = [];
        IActorRef<Action<Scripted>> parent = sim.Spawn(() => new Scripted(notes, "parent."), "parent");
        IActorRef<Action<Scripted>> watcher = sim.Spawn(() => new Scripted(notes, "watcher."), "watcher");
        parent.Tell(self =>
        {
            IActorRef<Action<Scripted>> child = self.Context.Spawn(Props.Create(() => new Scripted(notes, "child.")), "child");
            child.Tell(inner => inner.Context.Spawn(Props.Create(() => new Scripted(notes, "grandchild.")), "grandchild"));
        });
        watcher.Tell(self => self.Context.Watch(parent));
        sim.Run();
        notes.Clear();
        parent.Tell(self =>
        {
            self.Context.Stop(self.Context.Self);
            self.Note("message done");
        });
        parent.Tell(self => self.Note("never"));
        sim.Run();
        Assert.Equal(["parent.message done", "grandchild.PostStop", "child.PostStop", "parent.PostStop", "watcher.Terminated(parent)"], notes);
        Assert.Single(sim.DeadLetters);
        Assert.Equal(["fed://sim/user/watcher"], sim.System.Actors().Select(path => path.ToString()));
    }

    [Fact]
    public void Poison_pill_stops_behind_what_was_queued_before()
    {
        SimulatedSystem sim = new();
        List<string> notes = [];
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted(notes));
        actor.Tell(self => self.Note("before"));
        actor.PoisonPill();
        actor.Tell(self => self.Note("after"));
        sim.Run();
        Assert.Equal(["PreStart", "before", "PostStop"], notes);
        Assert.Single(sim.DeadLetters);
    }

    [Fact]
    public void Kill_fails_the_actor_and_the_default_strategy_stops_it()
    {
        SimulatedSystem sim = new();
        List<string> notes = [];
        Exception? seen = null;
        SupervisorStrategy strategy = SupervisorStrategy.OneForOne(cause =>
        {
            seen = cause;
            return SupervisorStrategy.DefaultDecider(cause);
        });
        sim = new SimulatedSystem(1, options => options with { GuardianStrategy = strategy });
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted(notes));
        actor.Tell(self => self.Note("before"));
        actor.Kill();
        actor.Tell(self => self.Note("after"));
        sim.Run();
        Assert.Equal(["PreStart", "before", "PostStop"], notes);
        Assert.IsType<ActorKilledException>(seen);
    }

    [Fact]
    public void Factory_and_PreStart_that_throw_stop_the_actor_by_default()
    {
        SimulatedSystem sim = new();
        TestProbe<string> probe = sim.CreateTestProbe<string>();
        IActorRef<string> factory = sim.Spawn<string>(() => throw new InvalidOperationException("factory"), "factory");
        IActorRef<string> preStart = sim.Spawn(() => new FailsToStart(), "preStart");
        probe.Watch(factory);
        probe.Watch(preStart);
        sim.Run();
        Assert.Equal(["factory", "preStart"], probe.Terminated.Select(actor => actor.Path.Name).Order());
    }

    [Fact]
    public void Name_is_unique_among_the_living_and_free_again_after_the_end()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> first = sim.Spawn(() => new Scripted([]), "a");
        ArgumentException taken = Assert.Throws<ArgumentException>(() => sim.Spawn(() => new Scripted([]), "a"));
        Assert.Contains("has a child named 'a' already", taken.Message, StringComparison.Ordinal);
        sim.Run();
        sim.System.Stop(first);
        sim.Run();
        IActorRef<Action<Scripted>> second = sim.Spawn(() => new Scripted([]), "a");
        Assert.Equal(first.Path, second.Path);
        Assert.NotSame(first, second);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a b")]
    public void Name_that_would_need_escapes_is_refused(string name) => Assert.Throws<ArgumentException>(() => new SimulatedSystem().Spawn(() => new Scripted([]), name));

    [Fact]
    public void Generated_names_differ()
    {
        SimulatedSystem sim = new();
        Assert.NotEqual(sim.Spawn(() => new Scripted([])).Path, sim.Spawn(() => new Scripted([])).Path);
    }

    [Fact]
    public void Context_shows_self_parent_children_and_paths()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]), "a");
        string? text = null;
        actor.Tell(self =>
        {
            self.Context.Spawn(Props.Create(() => new Scripted([])), "y");
            self.Context.Spawn(Props.Create(() => new Scripted([])), "x");
            text = $"{self.Context.Self.Path} {self.Context.Parent.Path} {string.Join(',', self.Context.Children.Select(child => child.Path.Name))} {self.Context.System.Name}";
        });
        sim.Run();
        Assert.Equal("fed://sim/user/a fed://sim/user x,y sim", text);
    }

    [Fact]
    public void Actor_stops_only_itself_and_its_children()
    {
        SimulatedSystem sim = new(1, options => options with { GuardianStrategy = SupervisorStrategy.Stopping });
        IActorRef<Action<Scripted>> other = sim.Spawn(() => new Scripted([]), "other");
        ArgumentException? refused = null;
        sim.Spawn(() => new Scripted([])).Tell(self => refused = Assert.Throws<ArgumentException>(() => self.Context.Stop(other)));
        sim.Run();
        Assert.Contains("ActorSystem.Stop", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Actor_made_outside_a_factory_is_refused() => Assert.Throws<InvalidOperationException>(() => new Scripted([]));

    [Fact]
    public void Factory_that_returns_the_same_actor_twice_fails_the_restart()
    {
        SimulatedSystem sim = new();
        Scripted? only = null;
        TestProbe<string> probe = sim.CreateTestProbe<string>();
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => only ??= new Scripted([]));
        probe.Watch(actor);
        actor.Tell(_ => throw new InvalidOperationException("again"));
        sim.Run();
        Assert.Single(probe.Terminated);
    }

    private sealed class FailsToStart : Actor<string>
    {
        protected override void PreStart() => throw new InvalidOperationException("PreStart");

        protected override void Receive(string message) => Assert.Fail("never started");
    }
}
