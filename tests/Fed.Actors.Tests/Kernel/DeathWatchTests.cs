using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class DeathWatchTests
{
    private readonly List<string> _notes = [];
    private readonly SimulatedSystem _sim = new(5);

    [Fact]
    public void Terminated_comes_exactly_once_per_watch()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self => self.Context.Watch(watched));
        watcher.Tell(self => self.Context.Watch(watched));
        _sim.Run();
        _sim.System.Stop(watched);
        _sim.System.Stop(watched);
        _sim.Run();
        Assert.Equal(["Terminated(watched)"], _notes);
    }

    [Fact]
    public void Watch_of_a_dead_actor_hears_at_once()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        _sim.System.Stop(watched);
        _sim.Run();
        watcher.Tell(self => self.Context.Watch(watched));
        _sim.Run();
        Assert.Equal(["Terminated(watched)"], _notes);
    }

    [Fact]
    public void Terminated_is_queued_behind_earlier_messages()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self => self.Context.Watch(watched));
        _sim.Run();
        watcher.Tell(self =>
        {
            self.Note("first");
            _sim.System.Stop(watched);
        });
        for (int i = 0; i < 100; i++) watcher.Tell(self => self.Note("queued"));
        _sim.Run();
        Assert.Equal("first", _notes[0]);
        Assert.Equal("Terminated(watched)", _notes[^1]);
        Assert.Equal(102, _notes.Count);
    }

    [Fact]
    public void Unwatch_suppresses_a_notice_that_is_queued_already()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self =>
        {
            self.Context.Watch(watched);
            self.Note("watching");
        });
        _sim.Run();
        for (int i = 0; i < 30; i++) watcher.Tell(_ => { });
        watcher.Tell(self => self.Context.Unwatch(watched));
        _sim.System.Stop(watched);
        watcher.Tell(self => self.Note("later"));
        _sim.Run();
        Assert.Equal(["watching", "later"], _notes);
    }

    [Fact]
    public void WatchWith_brings_the_message_in_place_of_the_signal()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self => self.Context.WatchWith(watched, inner => inner.Note("own message")));
        _sim.Run();
        _sim.System.Stop(watched);
        _sim.Run();
        Assert.Equal(["own message"], _notes);
    }

    [Fact]
    public void Watch_in_two_different_ways_is_refused()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self =>
        {
            self.Context.Watch(watched);
            Assert.Throws<InvalidOperationException>(() => self.Context.WatchWith(watched, _ => { }));
            self.Context.Unwatch(watched);
            self.Context.WatchWith(watched, _ => { });
            Assert.Throws<InvalidOperationException>(() => self.Context.Watch(watched));
            self.Note("checked");
        });
        _sim.Run();
        Assert.Equal(["checked"], _notes);
    }

    [Fact]
    public void Unhandled_Terminated_is_a_broken_death_pact_and_stops_a_child()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self =>
        {
            self.HandlesSignals = false;
            self.Context.Watch(watched);
        });
        _sim.Run();
        _sim.System.Stop(watched);
        _sim.Run();
        Assert.Equal(["Terminated(watched)", "PostStop"], _notes);
    }

    [Fact]
    public void Parent_may_watch_its_child_and_hears_once()
    {
        IActorRef<Action<Scripted>> parent = _sim.Spawn(() => new Scripted(_notes), "parent");
        parent.Tell(self =>
        {
            IActorRef<Action<Scripted>> child = self.Context.Spawn(Props.Create(() => new Scripted([])), "child");
            self.Context.Watch(child);
            self.Context.Stop(child);
        });
        _sim.Run();
        Assert.Equal(["PreStart", "Terminated(child)"], _notes);
    }

    [Fact]
    public void Last_words_of_a_dying_actor_arrive_before_its_Terminated()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            _notes.Clear();
            SimulatedSystem sim = new(seed);
            IActorRef<Action<Scripted>> watcher = sim.Spawn(() => new Scripted(_notes), "watcher");
            IActorRef<Action<Scripted>> watched = sim.Spawn(() => new Scripted([]), "watched");
            watcher.Tell(self => self.Context.Watch(watched));
            sim.Run();
            watched.Tell(self =>
            {
                watcher.Tell(other => other.Note("last words"));
                self.Context.Stop(self.Context.Self);
            });
            sim.Run();
            Assert.Equal(["PreStart", "last words", "Terminated(watched)"], _notes);
        }
    }

    [Fact]
    public void Restart_of_the_watcher_keeps_its_watches()
    {
        (IActorRef<Action<Scripted>> watcher, IActorRef<Action<Scripted>> watched) = Given();
        watcher.Tell(self => self.Context.Watch(watched));
        watcher.Tell(_ => throw new InvalidOperationException("bad"));
        _sim.Run();
        _sim.System.Stop(watched);
        _sim.Run();
        Assert.Equal("Terminated(watched)", _notes[^1]);
    }

    [Fact]
    public void What_cannot_be_watched_is_refused()
    {
        (IActorRef<Action<Scripted>> watcher, _) = Given();
        watcher.Tell(self =>
        {
            Assert.Throws<ArgumentException>(() => self.Context.Watch(self.Context.Self));
            Assert.Throws<ArgumentException>(() => self.Context.Watch(new Stranger()));
            self.Note("checked");
        });
        _sim.Run();
        Assert.Equal(["checked"], _notes);
    }

    private (IActorRef<Action<Scripted>> Watcher, IActorRef<Action<Scripted>> Watched) Given()
    {
        (IActorRef<Action<Scripted>>, IActorRef<Action<Scripted>>) pair = (_sim.Spawn(() => new Scripted(_notes), "watcher"), _sim.Spawn(() => new Scripted([]), "watched"));
        _sim.Run();
        _notes.Clear();
        return pair;
    }

    private sealed class Stranger : IActorRef
    {
        public ActorPath Path => new SimulatedSystem().CreateTestProbe<string>().Ref.Path;
    }
}
