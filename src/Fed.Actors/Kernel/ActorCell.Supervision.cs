namespace Fed.Actors.Kernel;

/// <summary>Failures on both sides: the failed actor suspends itself and its children and reports; the supervisor decides.</summary>
internal abstract partial class ActorCell
{
    private readonly SupervisorStrategy _strategy;
    private int _suspensions;
    private ActorCell? _perpetrator;      // whose failure this actor waits for a verdict on: its own, or a child's that it escalated; null while well
    private RestartRecord? _restarts;     // kept by the supervisor for this child
    private ActorCell? _failingChild;     // set while this actor decides on a child's failure

    /// <summary>Suspends the actor and its children and asks the supervisor. A second failure before the verdict changes nothing.</summary>
    public void Fail(Exception cause)
    {
        if (_isStopped) return;
        if (_perpetrator is not null)
        {
            KernelLog.FailedAgain(System.Log, Path, cause);
            return;
        }
        _suspensions++;
        _perpetrator = _failingChild ?? this;
        SendToChildren(static () => new SuspendActor(), except: _failingChild);
        if (Parent is null) System.GuardianFailed(cause);
        else Parent.SendSystem(new ChildFailed(this, cause));
    }

    public void Suspend()
    {
        _suspensions++;
        SendToChildren(static () => new SuspendActor(), except: null);
    }

    public void Resume(Exception? cause)
    {
        if (_actor is null && cause is not null && _awaited == Awaited.Nothing)
        {
            Recreate();   // nothing to go on with: the instance never came to life
            return;
        }
        ActorCell? perpetrator = _perpetrator;
        _suspensions = Math.Max(0, _suspensions - 1);
        if (cause is not null) _perpetrator = null;
        if (_children is null) return;
        foreach (ActorCell child in _children.Snapshot()) child.SendSystem(new ResumeActor(ReferenceEquals(child, perpetrator) ? cause : null));
    }

    public void HandleChildFailure(ActorCell child, Exception cause)
    {
        if (_children is null || !_children.Contains(child) || _awaited == Awaited.Stop) return;
        Directive directive;
        try { directive = _strategy.Decider(cause); }
        catch (Exception inner)
        {
            KernelLog.HookFailed(System.Log, Path, "the decider", inner);
            directive = Directive.Escalate;
        }
        RestartRecord record = child._restarts ??= new RestartRecord();
        if (directive == Directive.Restart && !record.Grant(_strategy, System.Time)) directive = Directive.Stop;
        KernelLog.ChildFailed(System.Log, child.Path, directive, cause);
        ImmutableArray<ActorCell> concerned = _strategy.IsForAll ? _children.Snapshot() : [child];
        switch (directive)
        {
            case Directive.Resume:
                child.SendSystem(new ResumeActor(cause));
                break;
            case Directive.Restart:
                foreach (ActorCell other in concerned)
                {
                    if (!ReferenceEquals(other, child)) other.SendSystem(new SuspendActor());
                }
                record.Restart(concerned, cause, _strategy, System.Time);
                break;
            case Directive.Stop:
                foreach (ActorCell other in concerned) StopChild(other);
                break;
            default:
                _failingChild = child;
                try { Fail(cause); }
                finally { _failingChild = null; }
                break;
        }
    }

    private void EndSuspension()
    {
        _suspensions = Math.Max(0, _suspensions - 1);
        _perpetrator = null;
    }

    private void SendToChildren(Func<SystemMessage> make, ActorCell? except)
    {
        if (_children is null) return;
        foreach (ActorCell child in _children.Snapshot())
        {
            if (!ReferenceEquals(child, except)) child.SendSystem(make());
        }
    }
}
