namespace Fed.Actors.Kernel;

/// <summary>What a full mailbox does with one message more. Kernel messages (signals, timers, pipe results) always fit: their number is bounded by what the actor itself started.</summary>
public enum MailboxOverflow
{
    /// <summary>The arriving message goes to the dead letters.</summary>
    DropNewest,

    /// <summary>The oldest waiting message goes to the dead letters.</summary>
    DropOldest,

    /// <summary>The sender gets a <see cref="MailboxFullException"/>.</summary>
    Fail,
}

/// <summary>Makes <see cref="Props{TMessage}"/>.</summary>
public static class Props
{
    /// <summary>Starts a recipe from a factory, which is called on the actor's own turn at its start and again at each restart.</summary>
    public static Props<TMessage> Create<TMessage>(Func<Actor<TMessage>> factory) => new(factory);
}

/// <summary>The recipe for an actor: immutable, reusable for many actors.</summary>
/// <param name="Factory">Makes a fresh instance; never returns the same one twice.</param>
public sealed record Props<TMessage>(Func<Actor<TMessage>> Factory)
{
    /// <summary>User messages that may wait; null takes the system's <see cref="ActorSystemOptions.MailboxCapacity"/>.</summary>
    public int? MailboxCapacity { get; private init; }

    /// <summary>What happens to one message more.</summary>
    public MailboxOverflow Overflow { get; private init; }

    /// <summary>Messages that may be stashed; null takes the system's <see cref="ActorSystemOptions.DefaultStashCapacity"/>.</summary>
    public int? StashCapacity { get; private init; }

    /// <summary>How this actor supervises its children; null takes <see cref="SupervisorStrategy.Default"/>.</summary>
    public SupervisorStrategy? Supervisor { get; private init; }

    /// <summary>Where the actor's turns run; null takes the system's dispatcher. Children inherit nothing.</summary>
    public IDispatcher? Dispatcher { get; private init; }

    /// <summary>Bounds the mailbox.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public Props<TMessage> WithMailbox(int capacity, MailboxOverflow overflow = MailboxOverflow.DropNewest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        return this with { MailboxCapacity = capacity, Overflow = overflow };
    }

    /// <summary>Sets how this actor supervises its children (as in Akka, not how it is supervised itself).</summary>
    public Props<TMessage> WithSupervisor(SupervisorStrategy strategy) => this with { Supervisor = strategy };

    /// <summary>Bounds the stash.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public Props<TMessage> WithStash(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        return this with { StashCapacity = capacity };
    }

    /// <summary>Runs the actor's turns elsewhere than on the system's dispatcher.</summary>
    public Props<TMessage> WithDispatcher(IDispatcher dispatcher) => this with { Dispatcher = dispatcher };
}
