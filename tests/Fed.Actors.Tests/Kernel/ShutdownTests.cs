using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class ShutdownTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly List<string> _notes = [];
    private readonly SimulatedSystem _sim = new(2);

    [Fact]
    public void Phases_run_in_order_around_the_depth_first_stop_of_all_actors()
    {
        _sim.System.OnShutdown(ShutdownPhase.Close, "journal", () => _notes.Add("close journal"));
        _sim.System.OnShutdown(ShutdownPhase.Close, "pool", () => _notes.Add("close pool"));
        _sim.System.OnShutdown(ShutdownPhase.StopIntake, "transport", () => _notes.Add("stop transport"));
        IActorRef<Action<Scripted>> parent = _sim.Spawn(() => new Scripted(_notes, "parent."), "parent");
        parent.Tell(self => self.Context.Spawn(Props.Create(() => new Scripted(_notes, "child.")), "child"));
        _sim.Run();
        _notes.Clear();
        Task done = _sim.System.TerminateAsync(Limit);
        _sim.Run();
        Assert.True(done.IsCompletedSuccessfully);
        Assert.True(_sim.System.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(["stop transport", "child.PostStop", "parent.PostStop", "close pool", "close journal"], _notes);
        Assert.Null(_sim.Time.NextDue);
    }

    [Fact]
    public void No_actor_starts_once_the_end_has_begun()
    {
        _ = _sim.System.TerminateAsync(Limit);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => _sim.Spawn(() => new Scripted(_notes)));
        Assert.Contains("is stopping", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Second_call_joins_the_first()
    {
        _sim.System.OnShutdown(ShutdownPhase.Close, "once", () => _notes.Add("closed"));
        Task first = _sim.System.TerminateAsync(Limit);
        Task second = _sim.System.TerminateAsync(Limit);
        _sim.Run();
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.True(_sim.System.TerminateAsync(Limit).IsCompletedSuccessfully);
        Assert.Equal(["closed"], _notes);
    }

    [Fact]
    public void Limit_that_passes_names_the_actors_that_still_live()
    {
        _sim.Spawn(() => new Scripted(_notes), "slow");
        Task done = _sim.System.TerminateAsync(Limit);
        _sim.Time.Advance(Limit);   // no turn ran
        TimeoutException late = Assert.IsType<TimeoutException>(done.Exception!.InnerException);
        Assert.Contains("fed://sim/user/slow", late.Message, StringComparison.Ordinal);
        _sim.Run();
        Assert.True(_sim.System.WhenTerminated.IsCompletedSuccessfully);
    }

    [Fact]
    public void Shutdown_task_that_throws_does_not_stop_the_others()
    {
        _sim.System.OnShutdown(ShutdownPhase.Close, "good", () => _notes.Add("good"));
        _sim.System.OnShutdown(ShutdownPhase.Close, "bad", () => throw new InvalidOperationException("bad"));
        _ = _sim.System.TerminateAsync(Limit);
        _sim.Run();
        Assert.Equal(["good"], _notes);
        Assert.True(_sim.System.WhenTerminated.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Production_system_with_many_actors_ends_while_they_work()
    {
        ActorSystem system = new("real", ActorSystemOptions.Default);
        int stopped = 0;
        IActorRef<string>[] actors = [.. Enumerable.Range(0, 2_000).Select(i => system.Spawn(Props.Create<string>(() => new Chatter(() => Interlocked.Increment(ref stopped))), $"a{i}"))];
        foreach (IActorRef<string> actor in actors) actor.Tell("go");
        await system.TerminateAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(actors.Length, stopped);
        Assert.Empty(system.Actors());
    }

    private sealed class Chatter(Action stopped) : Actor<string>
    {
        protected override void Receive(string message) => Context.Self.Tell(message);

        protected override void PostStop() => stopped();
    }
}
