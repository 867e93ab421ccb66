using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Shell;

/// <summary>What a candidate is told.</summary>
internal abstract record CandidateMessage
{
    /// <summary>A third of the lease's length is over.</summary>
    public sealed record Tick : CandidateMessage;

    /// <summary>What came of a request for the lease.</summary>
    /// <param name="Request">Number of the request.</param>
    /// <param name="AskedAt">Time stamp from before it was sent: the lease is counted from there.</param>
    /// <param name="Outcome">How it ended.</param>
    public sealed record Answered(int Request, long AskedAt, LeaseOutcome Outcome) : CandidateMessage;

    /// <summary>A node could not append: somebody else leads, or the journal cannot be reached.</summary>
    public sealed record Deposed(long Epoch, Exception Cause) : CandidateMessage;

    /// <summary>The host has started one more node under this epoch.</summary>
    public sealed record Started(long Epoch, IActorRef Node) : CandidateMessage;

    /// <summary>A node has stopped.</summary>
    public sealed record Stopped(IActorRef Node) : CandidateMessage;
}

/// <summary>
/// Stands for a role, and while it holds the lease runs the role's nodes under its epoch. It asks again and again for the lease, and at every third of its length for its renewal; when by its own
/// monotonic clock the lease is over and no renewal has come, or when a node can no longer append, it stops the nodes, which closes their connections, and stands again once they are gone.
/// Safety does not depend on any of this: a leader that does not know yet that it is one of yesterday is fenced off by the journal and refused by its peers. Supervised by the guardian.
/// </summary>
internal sealed class Candidate(CandidateOptions options, Func<Leadership, ImmutableArray<IActorRef>> lead) : Actor<CandidateMessage>
{
    private const string Timer = "lease";

    private readonly LeaseRequest _lease = new(options.Role, options.Holder, options.LeaseLength);
    private readonly List<IActorRef> _nodes = [];   // that have not stopped yet
    private Term? _term;        // while it leads
    private long _heldFrom;     // time stamp of the request that was granted last
    private int _request;       // number of the newest request
    private bool _isAsking;

    protected override void PreStart() => Tick();

    protected override void PostStop()
    {
        if (_term is null) return;
        foreach (IActorRef node in _nodes) Context.System.Stop(node);
        options.Leadership.Release(_lease, _term.Epoch);
    }

    protected override void Receive(CandidateMessage message)
    {
        switch (message)
        {
            case CandidateMessage.Tick:
                Tick();
                break;
            case CandidateMessage.Answered answered when answered.Request == _request:
                _isAsking = false;
                Answer(answered);
                break;
            case CandidateMessage.Deposed deposed when deposed.Epoch == _term?.Epoch:
                StepDown(deposed.Cause.Message);
                if (UnreadIn(deposed.Cause) is { } unread) Decline(unread.Message);
                break;
            case CandidateMessage.Started started:
                Keep(started.Node);
                if (started.Epoch != _term?.Epoch) Context.System.Stop(started.Node);   // of a leadership that is over
                break;
            case CandidateMessage.Stopped stopped:
                _nodes.Remove(stopped.Node);
                if (_term is not null) StepDown("a node has stopped");
                break;
        }
    }

    private void Tick()
    {
        Context.Timers.StartSingle(Timer, new CandidateMessage.Tick(), _term is null ? options.AskEvery : options.LeaseLength / 3);
        if (_term is not null && Context.Time.GetElapsedTime(_heldFrom) >= options.LeaseLength) StepDown("the lease is over and was not renewed");
        else if (_term is { } term && !_isAsking) Ask((request, done) => options.Leadership.Renew(request, term.Epoch, done));
        else if (_term is null && !_isAsking && _nodes.Count == 0) Ask(options.Leadership.Acquire);
    }

    private void Ask(Action<LeaseRequest, Action<LeaseOutcome>> question)
    {
        (_isAsking, int number, long askedAt) = (true, ++_request, Context.Time.GetTimestamp());
        IActorRef<CandidateMessage> self = Context.Self;
        question(_lease, outcome => self.Tell(new CandidateMessage.Answered(number, askedAt, outcome)));
    }

    private void Answer(CandidateMessage.Answered answered)
    {
        LeaseOutcome outcome = answered.Outcome;
        switch (outcome.Status)
        {
            case LeaseStatus.Granted when _term is null && outcome.Epoch > 0 && Context.Time.GetElapsedTime(answered.AskedAt) >= options.LeaseLength:
                options.Leadership.Release(_lease, outcome.Epoch);   // the answer was longer under way than the lease lasts
                break;
            case LeaseStatus.Granted:
                _heldFrom = answered.AskedAt;
                if (_term is null) Lead(outcome.Epoch);
                if (outcome.Epoch == 0) Context.Timers.Cancel(Timer);   // nobody contends: there is nothing to renew
                break;
            case LeaseStatus.Held when _term is not null:
                StepDown(outcome.Reason ?? "somebody else holds the lease");
                break;
            case LeaseStatus.Failed when _term is not null && options.AskEvery < options.LeaseLength / 3:
                Context.Timers.StartSingle(Timer, new CandidateMessage.Tick(), options.AskEvery);   // a whole third may be too late
                break;
        }
    }

    private void Lead(long epoch)
    {
        _term = new Term(epoch, options.Holder);
        options.Observer.Leads(options.Role, _term);
        IActorRef<CandidateMessage> self = Context.Self;
        Leadership leadership = new(_term, cause => self.Tell(new CandidateMessage.Deposed(epoch, cause)), node => self.Tell(new CandidateMessage.Started(epoch, node)));
        foreach (IActorRef node in lead(leadership)) Keep(node);
    }

    private void Keep(IActorRef node)
    {
        _nodes.Add(node);
        Context.WatchWith(node, new CandidateMessage.Stopped(node));
    }

    /// <summary>Asks for the lease no more: what this program cannot read it would not be able to read in the next term either, and would keep others from leading.</summary>
    private void Decline(string reason)
    {
        Context.Timers.Cancel(Timer);
        options.Declined?.Invoke(reason);
    }

    private static JournalFormatException? UnreadIn(Exception? cause) => cause as JournalFormatException ?? (cause is null ? null : UnreadIn(cause.InnerException));

    /// <summary>Stops the nodes, gives the lease back, and stands again with a later tick, when the last node is gone.</summary>
    private void StepDown(string reason)
    {
        Term term = _term!;
        (_term, _isAsking) = (null, false);
        _request++;   // what is still under way was asked in another life
        foreach (IActorRef node in _nodes) Context.System.Stop(node);   // first: whoever observes may have to wait, and the nodes take messages until they are told
        options.Observer.StepsDown(options.Role, term, reason);
        options.Leadership.Release(_lease, term.Epoch);
        Context.Timers.StartSingle(Timer, new CandidateMessage.Tick(), options.LeaseLength / 3);   // whoever waits is given the first chance
    }
}
