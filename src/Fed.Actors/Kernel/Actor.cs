namespace Fed.Actors.Kernel;

/// <summary>What every actor is, whatever it understands: a lifecycle. Derive from <see cref="Actor{TMessage}"/>.</summary>
public abstract class ActorBase
{
    private protected ActorBase()
    {
        Cell = ActorCell.Creating ?? throw new InvalidOperationException($"{GetType().Name} is an actor: make it inside the factory of Props, once per call");
        ActorCell.Creating = null;
    }

    internal ActorCell Cell { get; }

    /// <summary>Runs on the first turn, before any message. A failure here stops the actor by default.</summary>
    protected virtual void PreStart() { }

    /// <summary>Runs last, after all children have stopped. A failure here is only logged.</summary>
    protected virtual void PostStop() { }

    /// <summary>Runs on the failed instance before a new one takes over. Unless overridden it stops all children and calls <see cref="PostStop"/>; children that an override spares are restarted with the actor.</summary>
    /// <param name="cause">Why it is restarted.</param>
    protected virtual void PreRestart(Exception cause)
    {
        Cell.StopChildren();
        PostStop();
    }

    /// <summary>Runs on the new instance. Unless overridden it calls <see cref="PreStart"/>.</summary>
    /// <param name="cause">Why it was restarted.</param>
    protected virtual void PostRestart(Exception cause) => PreStart();

    /// <summary>Hears that a watched actor stopped. False: not handled, and a <see cref="DeathPactException"/> is thrown.</summary>
    protected virtual bool Signal(Signal signal) => false;

    internal void CallPreStart() => PreStart();

    internal void CallPostStop() => PostStop();

    internal void CallPreRestart(Exception cause) => PreRestart(cause);

    internal void CallPostRestart(Exception cause) => PostRestart(cause);

    internal bool CallSignal(Signal signal) => Signal(signal);

    /// <summary>Called when the mailbox has run empty, or just before the turn ends so; only after <see cref="ActorCell.WantsMailboxDrained"/> was set.</summary>
    internal virtual void OnMailboxDrained() { }
}

/// <summary>
/// An actor: state that only its own turns touch, one message at a time. Never blocks; long work goes to a worker pool and comes back as a message.
/// </summary>
/// <typeparam name="TMessage">Immutable messages that it understands.</typeparam>
public abstract class Actor<TMessage> : ActorBase
{
    /// <summary>Makes the instance; <see cref="Context"/> is usable already. Called by the kernel through <see cref="Props{TMessage}.Factory"/> only.</summary>
    /// <exception cref="InvalidOperationException">Somebody else called.</exception>
    protected Actor()
    {
        if (Cell is not ActorCell<TMessage>) throw new InvalidOperationException($"{GetType().Name} was made where an actor of other messages was wanted");
    }

    /// <summary>The message in hand, for Stash. It lives here and not in the cell, whose cache lines the senders read.</summary>
    internal TMessage Current { get; set; } = default!;

    /// <summary>False where no message is in hand, or it is stashed already.</summary>
    internal bool HasCurrent { get; set; }

    /// <summary>The actor's access to its surroundings; for use on its own turns only.</summary>
    protected ActorContext<TMessage> Context => new(System.Runtime.CompilerServices.Unsafe.As<ActorCell<TMessage>>(Cell));

    /// <summary>Handles one message. An exception goes to the supervisor.</summary>
    protected abstract void Receive(TMessage message);

    /// <summary>Says that the message was not understood: it goes to <see cref="ActorSystem.Unhandled"/>.</summary>
    protected void Unhandled(TMessage message) => Cell.System.Unhandled.Publish(new UnhandledMessage(message, Cell.Path));

    internal void CallReceive(TMessage message) => Receive(message);
}
