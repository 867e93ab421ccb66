using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>A candidate on a simulated dispatcher and a manual clock, with leases that answer when the test says.</summary>
public sealed class CandidateTests : IFederationObserver
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30), Third = TimeSpan.FromSeconds(10);

    private readonly SimulatedSystem _sim = new();
    private readonly Leases _leases = new();
    private readonly List<string> _notes = [];
    private readonly List<IActorRef> _nodes = [];
    private Action<Exception>? _depose;

    [Fact]
    public void Lease_that_is_granted_starts_the_nodes_under_its_epoch_and_is_renewed_at_every_third()
    {
        Stand();
        Assert.Equal(["acquire"], _leases.TakeAsked());
        Assert.Empty(_nodes);
        Answer(LeaseStatus.Granted, 4);
        Assert.Equal(["leads epoch 4 of here"], _notes);
        for (int tick = 0; tick < 6; tick++)
        {
            _sim.Advance(Third);
            Assert.Equal(["renew 4"], _leases.TakeAsked());
            Answer(LeaseStatus.Granted, 4);
        }

        Assert.Equal(["leads epoch 4 of here"], _notes);
    }

    [Fact]
    public void Lease_of_somebody_else_is_asked_for_again_until_it_is_free()
    {
        Stand();
        Answer(LeaseStatus.Held, 3);
        Assert.Empty(_notes);
        _sim.Advance(Third);
        Answer(LeaseStatus.Failed, 0);
        _sim.Advance(Third);
        Answer(LeaseStatus.Granted, 4);
        Assert.Equal(["leads epoch 4 of here"], _notes);
        Assert.Equal(["acquire", "acquire", "acquire"], _leases.TakeAsked());
    }

    [Fact]
    public void Candidate_that_waits_asks_as_often_as_it_is_told_to_and_renews_at_thirds_all_the_same()
    {
        Stand(askEvery: TimeSpan.FromSeconds(2));
        for (int ask = 0; ask < 5; ask++)
        {
            Assert.Equal(["acquire"], _leases.TakeAsked());
            Answer(LeaseStatus.Held, 3);
            _sim.Advance(TimeSpan.FromSeconds(2));
        }

        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(TimeSpan.FromSeconds(2));   // the tick that was set before
        Assert.Equal(["acquire", "renew 4"], _leases.TakeAsked());
        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(Third - TimeSpan.FromSeconds(1));
        Assert.Empty(_leases.TakeAsked());
        _sim.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["renew 4"], _leases.TakeAsked());
    }

    [Fact]
    public void Leader_that_cannot_renew_stops_its_nodes_when_its_lease_is_over_by_its_own_clock()
    {
        Stand();
        _sim.Advance(TimeSpan.FromSeconds(8));   // the answer is under way for eight seconds, which count
        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(["leads epoch 4 of here"], _notes);
        _sim.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["leads epoch 4 of here", "steps down: the lease is over and was not renewed"], _notes);
        Assert.Empty(_sim.System.Actors().Where(static path => path.Name == "node"));
    }

    [Fact]
    public void Renewal_that_failed_is_asked_for_again_as_often_as_a_candidate_that_waits_asks()
    {
        Stand(askEvery: TimeSpan.FromSeconds(2));
        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(TimeSpan.FromSeconds(2));
        for (int ask = 0; ask < 5; ask++)
        {
            Answer(LeaseStatus.Failed, 0);
            _leases.TakeAsked();
            _sim.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(["renew 4"], _leases.TakeAsked());
        }

        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(Length - TimeSpan.FromSeconds(1));
        Assert.Equal(["leads epoch 4 of here"], _notes);
        _sim.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("steps down: the lease is over and was not renewed", _notes[^1]);
    }

    [Fact]
    public void Grant_that_was_under_way_for_longer_than_the_lease_lasts_is_given_back()
    {
        Stand();
        _sim.Advance(Length);
        Answer(LeaseStatus.Granted, 4);
        Assert.Empty(_notes);
        Assert.Contains("release 4", _leases.TakeAsked());
    }

    [Fact]
    public void Renewal_that_is_refused_ends_the_term_and_the_next_one_begins_after_the_nodes_are_gone()
    {
        Stand();
        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(Third);
        Answer(LeaseStatus.Held, 5);
        Assert.Equal("steps down: somebody else holds the lease", _notes[^1]);
        Assert.Empty(_sim.System.Actors().Where(static path => path.Name == "node"));
        _sim.Advance(Third);
        Answer(LeaseStatus.Granted, 6);
        Assert.Equal("leads epoch 6 of here", _notes[^1]);
        Assert.Equal(2, _nodes.Count);
    }

    [Fact]
    public void Node_that_is_fenced_off_ends_the_term_once()
    {
        Stand();
        Answer(LeaseStatus.Granted, 4);
        Action<Exception> depose = _depose!;
        AppendFailedException fenced = new("rounds/j", new AppendOutcome(AppendStatus.Fenced, "epoch 5 has written"));
        depose(fenced);
        depose(fenced);
        _sim.Run();
        Assert.Equal(["leads epoch 4 of here", "steps down: rounds/j: append failed (Fenced): epoch 5 has written"], _notes);
        _sim.Advance(Third);
        Answer(LeaseStatus.Granted, 6);
        depose(fenced);   // of the term before, late
        _sim.Run();
        Assert.Equal("leads epoch 6 of here", _notes[^1]);
    }

    [Fact]
    public void Candidate_that_meets_an_event_it_does_not_know_gives_the_lease_back_and_declines_for_good()
    {
        Stand();
        Answer(LeaseStatus.Granted, 4);
        _depose!(new RecoveryFailedException("rounds/trial-1", "event 7", new JournalFormatException("the journal holds an event 'later' that this program does not know")));
        _sim.Run();
        Assert.Equal(["acquire", "release 4"], _leases.TakeAsked());
        _sim.Advance(Length * 10);
        Assert.Empty(_leases.TakeAsked());
        Assert.Equal("declines: the journal holds an event 'later' that this program does not know", _notes[^1]);
    }

    [Fact]
    public void Answer_to_a_question_of_an_earlier_term_is_ignored()
    {
        Stand();
        Answer(LeaseStatus.Granted, 4);
        _sim.Advance(Third);
        Action<LeaseOutcome> late = _leases.TakeQuestion();
        _sim.Advance(Third * 2);   // the lease is over
        Assert.StartsWith("steps down", _notes[^1], StringComparison.Ordinal);
        late(new LeaseOutcome(LeaseStatus.Granted, 4));
        _sim.Run();
        Assert.StartsWith("steps down", _notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Candidate_that_is_stopped_stops_its_nodes_and_gives_the_lease_back()
    {
        IActorRef candidate = Stand();
        Answer(LeaseStatus.Granted, 4);
        _sim.System.Stop(candidate);
        _sim.Run();
        Assert.Empty(_sim.System.Actors());
        Assert.Contains("release 4", _leases.TakeAsked());
    }

    [Fact]
    public void Node_that_is_started_later_in_the_term_stops_with_the_others_and_one_of_a_term_that_is_over_at_once()
    {
        Leadership? leadership = null;
        FederationNodes.Stand(_sim.System, Options(_leases), given =>
        {
            leadership = given;
            return [_sim.System.Spawn(Props.Create<object>(static () => new Idle()), "node")];
        });
        _sim.Run();
        Answer(LeaseStatus.Granted, 4);
        leadership!.Started(_sim.System.Spawn(Props.Create<object>(static () => new Idle()), "later"));
        _sim.Advance(Third);
        Answer(LeaseStatus.Held, 5);
        Assert.DoesNotContain(_sim.System.Actors(), static path => path.Name is "node" or "later");
        leadership.Started(_sim.System.Spawn(Props.Create<object>(static () => new Idle()), "too-late"));
        _sim.Run();
        Assert.DoesNotContain(_sim.System.Actors(), static path => path.Name == "too-late");
        _sim.Advance(Third);
        Answer(LeaseStatus.Granted, 6);
        Assert.Equal(6, leadership.Term.Epoch);
    }

    [Fact]
    public async Task Nodes_stop_while_whoever_hears_of_the_end_of_the_term_has_to_wait()
    {
        ActorSystem system = new("threads", ActorSystemOptions.Default);
        using ManualResetEventSlim stopped = new();
        Waiting observer = new(stopped);
        TaskCompletionSource<Leadership> leads = new(TaskCreationOptions.RunContinuationsAsynchronously);
        FederationNodes.Stand(system, Options(new SoleLeadership()) with { Observer = observer }, given =>
        {
            leads.SetResult(given);
            return [system.Spawn(Props.Create<object>(() => new Stopping(stopped)), "node"), system.Spawn(Props.Create<object>(static () => new Idle()), "last")];   // the last that a turn tells something has its own turn on the same thread, later
        });
        (await leads.Task).Deposed(new IOException("the database is away"));
        Assert.True(await observer.SawStop);
        await system.TerminateAsync(Length);
    }

    [Fact]
    public void Sole_leadership_is_granted_at_once_for_ever_and_leaves_no_timer()
    {
        FederationNodes.Stand(_sim.System, Options(new SoleLeadership()), Lead);
        _sim.Run();
        Assert.Equal(["leads uncontended"], _notes);
        Assert.Null(_sim.Time.NextDue);
    }

    void IFederationObserver.Leads(NodeAddress role, Term term) => _notes.Add($"leads {term}");

    void IFederationObserver.StepsDown(NodeAddress role, Term term, string reason) => _notes.Add($"steps down: {reason}");

    void IFederationObserver.Recovered(NodeAddress node, JournalHead head, object state) => Assert.Fail("a candidate recovers nothing");

    void IFederationObserver.Journaled(NodeAddress node, JournalHead head, object happened) => Assert.Fail("a candidate journals nothing");

    void IFederationObserver.Progress(SiloId silo, CollectionId collection, int percent) => Assert.Fail("a candidate computes nothing");

    void IFederationObserver.Refused(NodeAddress node, string reason) => Assert.Fail(reason);

    void IFederationObserver.Fault(NodeAddress node, Exception cause) => Assert.Fail(cause.Message);

    private IActorRef Stand(TimeSpan askEvery = default)
    {
        IActorRef candidate = FederationNodes.Stand(_sim.System, Options(_leases) with { AskEvery = askEvery }, Lead);
        _sim.Run();
        return candidate;
    }

    private CandidateOptions Options(ILeadership leadership) => new() { Role = NodeAddress.Coordinator, Holder = "here", Leadership = leadership, Observer = this, LeaseLength = Length, Declined = reason => _notes.Add($"declines: {reason}") };

    private System.Collections.Immutable.ImmutableArray<IActorRef> Lead(Term term, Action<Exception> deposed)
    {
        _depose = deposed;
        _nodes.Add(_sim.System.Spawn(Props.Create<object>(static () => new Idle()), "node"));
        return [_nodes[^1]];
    }

    private void Answer(LeaseStatus status, long epoch)
    {
        _leases.TakeQuestion()(new LeaseOutcome(status, epoch));
        _sim.Run();
    }

    private sealed class Idle : Actor<object>
    {
        protected override void Receive(object message) => Unhandled(message);
    }

    private sealed class Stopping(ManualResetEventSlim stopped) : Actor<object>
    {
        protected override void Receive(object message) => Unhandled(message);

        protected override void PostStop() => stopped.Set();
    }

    /// <summary>Holds the candidate up at the end of its term until its node has stopped.</summary>
    private sealed class Waiting(ManualResetEventSlim stopped) : IFederationObserver
    {
        private readonly TaskCompletionSource<bool> _sawStop = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> SawStop => _sawStop.Task;

        void IFederationObserver.StepsDown(NodeAddress role, Term term, string reason) => _sawStop.TrySetResult(stopped.Wait(Third));

        void IFederationObserver.Recovered(NodeAddress node, JournalHead head, object state) => Assert.Fail("a candidate recovers nothing");

        void IFederationObserver.Journaled(NodeAddress node, JournalHead head, object happened) => Assert.Fail("a candidate journals nothing");

        void IFederationObserver.Progress(SiloId silo, CollectionId collection, int percent) => Assert.Fail("a candidate computes nothing");

        void IFederationObserver.Refused(NodeAddress node, string reason) => Assert.Fail(reason);

        void IFederationObserver.Fault(NodeAddress node, Exception cause) => Assert.Fail(cause.Message);
    }

    private sealed class Leases : ILeadership
    {
        private readonly Queue<Action<LeaseOutcome>> _questions = new();
        private readonly List<string> _asked = [];

        public Action<LeaseOutcome> TakeQuestion() => _questions.Dequeue();

        public string[] TakeAsked()
        {
            string[] asked = [.. _asked];
            _asked.Clear();
            return asked;
        }

        public void Acquire(LeaseRequest request, Action<LeaseOutcome> done)
        {
            _asked.Add("acquire");
            _questions.Enqueue(done);
        }

        public void Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done)
        {
            _asked.Add($"renew {epoch}");
            _questions.Enqueue(done);
        }

        public void Release(LeaseRequest request, long epoch) => _asked.Add($"release {epoch}");
    }
}
