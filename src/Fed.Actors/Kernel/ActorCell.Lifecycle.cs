namespace Fed.Actors.Kernel;

/// <summary>Start, restart and stop, as Akka orders them: children first, hooks in their places, watchers last.</summary>
internal abstract partial class ActorCell
{
    private protected ActorBase? _actor;
    private Children? _children;
    private DeathWatch? _deathWatch;
    private Awaited _awaited;
    private Exception? _restartCause;
    private bool _isStopped;

    /// <summary>What happens when the last child that was told to stop has stopped.</summary>
    private enum Awaited : byte { Nothing, Start, Restart, Stop }

    /// <summary>The actor's type, for its logger; the cell's where no instance lives.</summary>
    public Type ActorType => _actor?.GetType() ?? GetType();

    public bool IsStopped => Volatile.Read(ref _isStopped);

    public bool IsCurrent(ActorBase incarnation) => ReferenceEquals(_actor, incarnation);

    /// <summary>Puts stashed messages back before the mailbox.</summary>
    public abstract void UnstashAll();

    public ImmutableArray<IActorRef> ChildRefs() => _children is null ? [] : ImmutableArray<IActorRef>.CastUp(_children.Snapshot());

    public IActorRef<TChild> SpawnChild<TChild>(Props<TChild> props, string? name)
    {
        if (name is not null) ActorPath.CheckedName(name);
        ActorCell<TChild> child = OwnChildren().Add(Path, name, own => new ActorCell<TChild>(System, this, new ActorPath(Path, own), props));
        child.SendSystem(new StartActor());
        return child;
    }

    /// <summary>Lets no more children in.</summary>
    public void CloseChildren() => OwnChildren().Close();

    public void StopChildren()
    {
        if (_children is null) return;
        foreach (ActorCell child in _children.Snapshot()) StopChild(child);
    }

    public void StopChild(ActorCell child)
    {
        _children!.MarkStopping(child);
        child.SendSystem(new StopActor());
    }

    public void StopSelfOrChild(IActorRef actor)
    {
        if (ReferenceEquals(actor, this)) SendSystem(new StopActor());
        else if (actor is ActorCell cell && ReferenceEquals(cell.Parent, this)) StopChild(cell);
        else throw new ArgumentException($"{Path} can stop itself and its children, not {actor.Path}; ActorSystem.Stop stops any actor", nameof(actor));
    }

    public void Watch(IActorRef actor, TerminatedNotice? notice)
    {
        if (ReferenceEquals(actor, this)) throw new ArgumentException($"{Path} cannot watch itself", nameof(actor));
        (_deathWatch ??= new DeathWatch(this)).Watch(actor as ActorCell ?? throw new ArgumentException($"{actor.Path} is not an actor of this process and cannot be watched", nameof(actor)), notice);
    }

    public void Unwatch(IActorRef actor)
    {
        if (actor is ActorCell cell) _deathWatch?.Unwatch(cell);
    }

    public void AddWatcher(ActorCell watcher) => (_deathWatch ??= new DeathWatch(this)).AddWatcher(watcher);

    public void RemoveWatcher(ActorCell watcher) => _deathWatch?.RemoveWatcher(watcher);

    public void NoticeSeen(ActorCell actor) => _deathWatch?.Seen(actor);

    public void Signal(Terminated signal)
    {
        if (!_actor!.CallSignal(signal)) throw new DeathPactException(signal.Ref);
    }

    public void Start()
    {
        try
        {
            _actor = NewActor();
            _actor.CallPreStart();
        }
        catch (Exception cause)
        {
            ForgetActor();
            Fail(new ActorInitializationException($"{Path} could not start: {cause.Message}", cause));
        }
    }

    public void Restart(Exception cause)
    {
        if (_awaited != Awaited.Nothing)
        {
            Resume(cause: null);   // children are awaited already; this only keeps the count of suspensions right
            return;
        }
        if (_actor is null)
        {
            Recreate();
            return;
        }
        UnstashAll();
        try { _actor.CallPreRestart(cause); }
        catch (Exception inner) { KernelLog.HookFailed(System.Log, Path, "PreRestart", inner); }
        ForgetActor();
        _restartCause = cause;
        if (!AwaitChildren(Awaited.Restart)) FinishRestart();
    }

    public void BeginStop()
    {
        if (_awaited == Awaited.Stop || _isStopped) return;
        StopTimers();
        _children?.Close();
        StopChildren();
        bool isFirst = _awaited == Awaited.Nothing;
        if (!AwaitChildren(Awaited.Stop))
        {
            FinishStop();
            return;
        }
        if (isFirst) _suspensions++;   // mail waits for the dead letters
        _perpetrator = this;
    }

    public void HandleStopped(ActorCell stopped)
    {
        if (_children is not null && _children.Remove(stopped))
        {
            Awaited next = _awaited;
            _awaited = Awaited.Nothing;
            switch (next)
            {
                case Awaited.Start: FinishRecreate(); break;
                case Awaited.Restart: FinishRestart(); break;
                case Awaited.Stop: FinishStop(); return;
                default: break;
            }
        }
        if (_deathWatch?.Stopped(stopped) is { } notice) Post(notice);
    }

    /// <summary>Makes an instance by the recipe, its context in place.</summary>
    protected abstract ActorBase NewActor();

    /// <summary>Drops what belongs to one instance: behaviour, timers, receive timeout.</summary>
    protected abstract void ForgetBehavior();

    protected abstract void StopTimers();

    // By exchange, since any thread may spawn the guardian's children.
    private Children OwnChildren() => _children ?? Interlocked.CompareExchange(ref _children, new Children(), null) ?? _children;

    private void ForgetActor()
    {
        _actor = null;
        IsPaused = false;
        WantsMailboxDrained = false;
        ForgetBehavior();
    }

    private bool AwaitChildren(Awaited next)
    {
        if (_children is not { IsAnyStopping: true }) return false;
        _awaited = next;
        return true;
    }

    // An actor that never came to life has no hooks to call: it starts again.
    private void Recreate()
    {
        StopChildren();
        if (!AwaitChildren(Awaited.Start)) FinishRecreate();
    }

    private void FinishRecreate()
    {
        EndSuspension();
        Start();
    }

    private void FinishRestart()
    {
        Exception cause = _restartCause!;
        _restartCause = null;
        EndSuspension();
        ImmutableArray<ActorCell> survivors = _children?.Snapshot() ?? [];
        try
        {
            _actor = NewActor();
            _actor.CallPostRestart(cause);
        }
        catch (Exception inner)
        {
            ForgetActor();
            Fail(new PostRestartException($"{Path} could not restart: {inner.Message}", inner));
            return;
        }
        foreach (ActorCell survivor in survivors) survivor.SendSystem(new RestartActor(cause));
    }

    private void FinishStop()
    {
        try { _actor?.CallPostStop(); }
        catch (Exception cause) { KernelLog.HookFailed(System.Log, Path, "PostStop", cause); }
        _deathWatch?.UnwatchAll();
        ForgetActor();
        Volatile.Write(ref _isStopped, true);
        for (SystemMessage? message = _systemQueue.Close(); message is not null; message = message.Next) message.ApplyStopped(this);
        DrainToDeadLetters();
        _deathWatch?.TellWatchers();
        _deathWatch = null;
        _children = null;
        if (Parent is null) System.GuardianStopped();
        else Parent.SendSystem(new ActorStopped(this));
    }
}
