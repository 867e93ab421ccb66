using Microsoft.Extensions.Logging;

namespace Fed.Actors.Kernel;

/// <summary>An actor's access to its surroundings. For the actor's own turns only; a simulated dispatcher checks that.</summary>
public readonly struct ActorContext<TMessage>
{
    private readonly ActorCell<TMessage> _cell;

    internal ActorContext(ActorCell<TMessage> cell) => _cell = cell;

    /// <summary>The actor's own reference.</summary>
    public IActorRef<TMessage> Self => _cell;

    /// <summary>The actor's place in the tree.</summary>
    public ActorPath Path => _cell.Path;

    /// <summary>The system.</summary>
    public ActorSystem System => _cell.System;

    /// <summary>The system's clock.</summary>
    public TimeProvider Time => _cell.System.Time;

    /// <summary>A logger named for the actor's type.</summary>
    public ILogger Log => _cell.System.LogOf(_cell.ActorType);

    /// <summary>The supervisor; for a top-level actor the system's guardian.</summary>
    public IActorRef Parent => _cell.Parent!;

    /// <summary>The living children, in order of name.</summary>
    public ImmutableArray<IActorRef> Children => _cell.ChildRefs();

    /// <summary>The actor's keyed timers.</summary>
    public ActorTimers<TMessage> Timers => _cell.Timers();

    /// <summary>Starts a child, supervised by this actor.</summary>
    /// <param name="props">The recipe.</param>
    /// <param name="name">Unique among the living children; null for a generated one (<c>$1</c>, <c>$2</c>).</param>
    /// <exception cref="ArgumentException">The name is taken or no name.</exception>
    /// <exception cref="InvalidOperationException">The actor is stopping.</exception>
    public IActorRef<TChild> Spawn<TChild>(Props<TChild> props, string? name = null)
    {
        _cell.AssertOnTurn();
        return _cell.SpawnChild(props, name);
    }

    /// <summary>Asks to hear <see cref="Terminated"/> when an actor has stopped; at once where it already has.</summary>
    /// <exception cref="ArgumentException">It is not an actor of a system in this process.</exception>
    /// <exception cref="InvalidOperationException">It is watched already with a message of its own.</exception>
    public void Watch(IActorRef actor)
    {
        _cell.AssertOnTurn();
        _cell.Watch(actor, notice: null);
    }

    /// <summary>As <see cref="Watch"/>, but <paramref name="message"/> comes in place of the signal.</summary>
    /// <exception cref="ArgumentException">It is not an actor of a system in this process.</exception>
    /// <exception cref="InvalidOperationException">It is watched already in another way.</exception>
    public void WatchWith(IActorRef actor, TMessage message)
    {
        _cell.AssertOnTurn();
        _cell.Watch(actor, new MessageNotice<TMessage>(actor, message));
    }

    /// <summary>Takes a watch back; a notice that is queued already will not be seen.</summary>
    public void Unwatch(IActorRef actor)
    {
        _cell.AssertOnTurn();
        _cell.Unwatch(actor);
    }

    /// <summary>Stops a child, or this actor, behind the message that it handles now; what waits in its mailbox goes to the dead letters.</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public void Stop(IActorRef actor)
    {
        _cell.AssertOnTurn();
        _cell.StopSelfOrChild(actor);
    }

    /// <summary>Handles messages with <paramref name="behavior"/> from the next one on; a restart goes back to <c>Receive</c>.</summary>
    public void Become(Action<TMessage> behavior)
    {
        _cell.AssertOnTurn();
        _cell.Become(behavior);
    }

    /// <summary>Handles messages with <c>Receive</c> again.</summary>
    public void BecomeReceive()
    {
        _cell.AssertOnTurn();
        _cell.Become(behavior: null);
    }

    /// <summary>Puts the message that is being handled aside.</summary>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    /// <exception cref="InvalidOperationException">No message is being handled, or it is stashed already.</exception>
    public void Stash()
    {
        _cell.AssertOnTurn();
        _cell.Stash();
    }

    /// <summary>Puts all stashed messages before everything that waits, in the order in which they were stashed.</summary>
    public void UnstashAll()
    {
        _cell.AssertOnTurn();
        _cell.UnstashAll();
    }

    /// <summary>Turns a task's outcome into a message to this actor. The functions run on the thread that completes the task, so they only build the message.</summary>
    /// <param name="task">Work under way elsewhere.</param>
    /// <param name="success">Makes the message from the result.</param>
    /// <param name="failure">Makes the message from the exception; a cancelled task gives a <see cref="TaskCanceledException"/>.</param>
    public void PipeTo<TResult>(Task<TResult> task, Func<TResult, TMessage> success, Func<Exception, TMessage> failure)
    {
        _cell.AssertOnTurn();
        PipeToSelf.Attach(_cell, task, success, failure);
    }

    /// <summary>Sends this actor <paramref name="message"/> whenever no message came for <paramref name="timeout"/>; replaces an earlier setting.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public void SetReceiveTimeout(TimeSpan timeout, TMessage message)
    {
        _cell.AssertOnTurn();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _cell.SetReceiveTimeout(new ReceiveTimeout<TMessage>(_cell, timeout, message));
    }

    /// <summary>Ends the setting of <see cref="SetReceiveTimeout"/>.</summary>
    public void CancelReceiveTimeout()
    {
        _cell.AssertOnTurn();
        _cell.SetReceiveTimeout(timeout: null);
    }
}
