using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>Who watches an actor, whom it watches, and which notices wait in its mailbox. Made with the first watch.</summary>
internal sealed class DeathWatch(ActorCell owner)
{
    private readonly List<ActorCell> _watchers = [];
    private readonly Dictionary<ActorCell, TerminatedNotice> _watched = [];
    private readonly Dictionary<ActorCell, TerminatedNotice> _queued = [];

    public void AddWatcher(ActorCell watcher)
    {
        if (!_watchers.Contains(watcher)) _watchers.Add(watcher);
    }

    public void RemoveWatcher(ActorCell watcher) => _watchers.Remove(watcher);

    /// <summary>Starts a watch; a plain notice where none is given.</summary>
    public void Watch(ActorCell actor, TerminatedNotice? notice)
    {
        if (_queued.ContainsKey(actor)) return;   // its end is known already and waits in the mailbox
        if (_watched.TryGetValue(actor, out TerminatedNotice? known))
        {
            if (known.IsPlain && notice is null) return;
            throw new InvalidOperationException($"{owner.Path} watches {actor.Path} already in another way: Unwatch it first");
        }
        _watched.Add(actor, notice ?? new TerminatedNotice(actor));
        actor.SendSystem(new WatchActor(owner));
    }

    public void Unwatch(ActorCell actor)
    {
        if (_watched.Remove(actor)) actor.SendSystem(new UnwatchActor(owner));
        if (_queued.Remove(actor, out TerminatedNotice? queued)) queued.IsCancelled = true;
    }

    /// <summary>A watched actor has stopped: its notice, to be queued; null where nobody asked.</summary>
    public TerminatedNotice? Stopped(ActorCell actor)
    {
        if (!_watched.Remove(actor, out TerminatedNotice? notice)) return null;
        _queued.Add(actor, notice);
        return notice;
    }

    /// <summary>A notice's turn has come.</summary>
    public void Seen(ActorCell actor) => _queued.Remove(actor);

    /// <summary>The owner stops or forgets: watches nobody any more.</summary>
    public void UnwatchAll()
    {
        foreach (ActorCell actor in _watched.Keys) actor.SendSystem(new UnwatchActor(owner));
        foreach (TerminatedNotice queued in _queued.Values) queued.IsCancelled = true;
        _watched.Clear();
        _queued.Clear();
    }

    /// <summary>The owner has stopped: tells its watchers.</summary>
    public void TellWatchers()
    {
        foreach (ActorCell watcher in _watchers)
        {
            if (!ReferenceEquals(watcher, owner.Parent)) watcher.SendSystem(new ActorStopped(owner));   // the parent hears it anyway
        }
        _watchers.Clear();
    }
}

/// <summary>The end of a watched actor, on its way through the watcher's mailbox.</summary>
internal class TerminatedNotice(IActorRef actor) : Control
{
    /// <summary>Unwatch came while it was queued.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>True where it arrives as a signal.</summary>
    public virtual bool IsPlain => true;

    public sealed override void Apply(ActorCell cell)
    {
        if (IsCancelled) return;
        cell.NoticeSeen((ActorCell)actor);
        Deliver(cell);
    }

    protected virtual void Deliver(ActorCell cell) => cell.Signal(new Terminated(actor));
}

/// <summary>The end of an actor that is watched with a message.</summary>
internal sealed class MessageNotice<TMessage>(IActorRef actor, TMessage message) : TerminatedNotice(actor)
{
    public override bool IsPlain => false;

    protected override void Deliver(ActorCell cell) => ((ActorCell<TMessage>)cell).Deliver(message);
}
