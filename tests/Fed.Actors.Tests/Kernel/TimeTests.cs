using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class TimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly List<string> _notes = [];
    private readonly SimulatedSystem _sim = new();

    [Fact]
    public void Single_timer_fires_once_when_due()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.Timers.StartSingle("k", Says("ring"), Second));
        _sim.Advance(Second - TimeSpan.FromTicks(1));
        Assert.Empty(_notes);
        _sim.Advance(10 * Second);
        Assert.Equal(["ring"], _notes);
        actor.Tell(self => self.Note($"{self.Context.Timers.IsActive("k")}"));
        _sim.Run();
        Assert.Equal("False", _notes[^1]);
    }

    [Fact]
    public void Periodic_timer_fires_each_interval_until_cancelled()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.Timers.StartPeriodic("k", Says("tick"), Second));
        _sim.Advance(3.5 * Second);
        Assert.Equal(3, _notes.Count);
        actor.Tell(self => self.Context.Timers.Cancel("k"));
        _sim.Advance(10 * Second);
        Assert.Equal(3, _notes.Count);
        Assert.Null(_sim.Time.NextDue);
    }

    [Fact]
    public void Ticks_do_not_pile_up_before_an_actor_that_has_no_turn()
    {
        Given(self => self.Context.Timers.StartPeriodic("k", Says("tick"), Second));
        _sim.Time.Advance(100 * Second);
        _sim.Run();
        Assert.Equal(["tick"], _notes);
    }

    [Fact]
    public void Cancel_suppresses_a_message_that_is_queued_already()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.Timers.StartSingle("k", Says("ring"), Second));
        actor.Tell(self => self.Context.Timers.Cancel("k"));
        _sim.Time.Advance(Second);   // fires before the actor's turn: the message is queued behind the cancelling one
        _sim.Run();
        Assert.Empty(_notes);
    }

    [Fact]
    public void Key_started_again_replaces_its_timer_and_its_queued_message()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.Timers.StartSingle("k", Says("old"), Second));
        actor.Tell(self => self.Context.Timers.StartSingle("k", Says("new"), Second));
        _sim.Time.Advance(Second);
        _sim.Run();
        Assert.Empty(_notes);
        _sim.Advance(Second);
        Assert.Equal(["new"], _notes);
    }

    [Fact]
    public void Timers_end_with_restart_and_stop()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.Timers.StartPeriodic("k", Says("tick"), Second));
        actor.Tell(_ => throw new InvalidOperationException("bad"));
        _sim.Run();
        Assert.Null(_sim.Time.NextDue);
        actor.Tell(self => self.Context.Timers.StartPeriodic("k", Says("tick"), Second));
        _sim.Run();
        Assert.NotNull(_sim.Time.NextDue);
        _sim.System.Stop(actor);
        _sim.Advance(10 * Second);
        Assert.Null(_sim.Time.NextDue);
        Assert.DoesNotContain("tick", _notes);
        Assert.Empty(_sim.DeadLetters);
    }

    [Fact]
    public void Receive_timeout_fires_only_after_silence_and_again_after_more_of_it()
    {
        IActorRef<Action<Scripted>> actor = Given(self => self.Context.SetReceiveTimeout(2 * Second, Says("silence")));
        for (int i = 0; i < 5; i++)
        {
            _sim.Advance(Second);
            actor.Tell(_ => { });
        }
        _sim.Advance(Second);
        Assert.Empty(_notes);
        _sim.Advance(Second);
        Assert.Equal(["silence"], _notes);
        _sim.Advance(2 * Second);
        Assert.Equal(["silence", "silence"], _notes);
        actor.Tell(self => self.Context.CancelReceiveTimeout());
        _sim.Advance(10 * Second);
        Assert.Equal(2, _notes.Count);
    }

    [Fact]
    public void PipeTo_brings_result_failure_and_cancellation_as_messages()
    {
        TaskCompletionSource<int> ok = new(), bad = new(TaskCreationOptions.RunContinuationsAsynchronously), cancelled = new();
        Given(self =>
        {
            foreach (TaskCompletionSource<int> source in new[] { ok, bad, cancelled })
                self.Context.PipeTo<int>(source.Task, value => Says($"{value}"), cause => Says($"{cause.GetType().Name} {cause.Message}"));
        });
        Assert.Empty(_notes);
        ok.SetResult(42);
        bad.SetException(new InvalidOperationException("worker"));
        cancelled.SetCanceled(TestContext.Current.CancellationToken);
        _sim.Run();
        Assert.Equal(["42", "InvalidOperationException worker", "TaskCanceledException A task was canceled."], _notes);
    }

    [Fact]
    public void PipeTo_fits_into_a_full_mailbox()
    {
        IActorRef<Action<Scripted>> actor = _sim.System.Spawn(Props.Create(() => new Scripted(_notes)).WithMailbox(1), "small");
        TaskCompletionSource<int> source = new();
        actor.Tell(self => self.Context.PipeTo<int>(source.Task, value => Says($"{value}"), _ => Says("failed")));
        _sim.Run();
        actor.Tell(Says("fills it"));
        source.SetResult(1);
        _sim.Run();
        Assert.Equal(["PreStart", "fills it", "1"], _notes);
    }

    [Fact]
    public void Times_that_make_no_sense_are_refused()
    {
        Given(self =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => self.Context.Timers.StartSingle("k", Says(""), -Second));
            Assert.Throws<ArgumentOutOfRangeException>(() => self.Context.Timers.StartPeriodic("k", Says(""), TimeSpan.Zero));
            Assert.Throws<ArgumentOutOfRangeException>(() => self.Context.SetReceiveTimeout(TimeSpan.Zero, Says("")));
            self.Note("checked");
        });
        Assert.Equal(["checked"], _notes);
    }

    private static Action<Scripted> Says(string what) => self => self.Note(what);

    private IActorRef<Action<Scripted>> Given(Action<Scripted> first)
    {
        IActorRef<Action<Scripted>> actor = _sim.Spawn(() => new Scripted(_notes), "actor");
        _sim.Run();
        _notes.Clear();
        actor.Tell(first);
        _sim.Run();
        return actor;
    }
}
