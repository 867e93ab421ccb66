namespace Fed.Actors.Persistence;

/// <summary>
/// A pure protocol: static functions over immutable state, with no field in which a clock, a socket or a random generator could hide.
/// The kernel hosts it (<see cref="Decision{TEvent,TEffect}"/> is appended first, evolved second, carried out last); any other actor engine could.
/// </summary>
/// <typeparam name="TState">Immutable state; collections inside are sorted with ordinal keys, since their order is part of the answer.</typeparam>
/// <typeparam name="TCommand">Closed family of requests, imperative (<c>OfferUpdate</c>).</typeparam>
/// <typeparam name="TEvent">Closed family of facts, past tense (<c>UpdateAccepted</c>); they are for ever.</typeparam>
/// <typeparam name="TEffect">Closed family of acts as data (<c>SealSum</c>): tells, replies, timers, work.</typeparam>
public interface IDecider<TState, TCommand, TEvent, TEffect>
{
    /// <summary>The state before the first event.</summary>
    static abstract TState Initial { get; }

    /// <summary>Answers a command. The same command twice leaves the same state. Throws only for a broken invariant, which is our bug.</summary>
    /// <param name="state">State after every event journaled so far.</param>
    /// <param name="command">The request.</param>
    /// <param name="now">The time at which the command is handled: data, like everything else.</param>
    static abstract Decision<TEvent, TEffect> Decide(TState state, TCommand command, DateTimeOffset now);

    /// <summary>Applies one journaled event. Never fails for an event that <see cref="Decide"/> produced, in this version or an older one.</summary>
    static abstract TState Evolve(TState state, TEvent happened);

    /// <summary>
    /// What is journaled of a command whose decision threw, so that a poisonous command is on record, changes nothing else, and the protocol can end what it belongs to after a few.
    /// Nothing by default. Never throws.
    /// </summary>
    static virtual ImmutableArray<TEvent> Rejected(TState state, TCommand command, string reason, DateTimeOffset now) => [];

    /// <summary>
    /// What a leader journals first, before it carries out anything: who leads now, so that the log tells, and so that whoever led before can append no more. Nothing by default; asked only where
    /// somebody contends. Never throws.
    /// </summary>
    /// <param name="state">The recovered state.</param>
    /// <param name="term">The leadership that begins.</param>
    /// <param name="now">When.</param>
    static virtual ImmutableArray<TEvent> Lead(TState state, Term term, DateTimeOffset now) => [];

    /// <summary>Effects that the state still owes its peers: timers, sends without an answer, work without a result. Carried out after recovery.</summary>
    static abstract ImmutableArray<TEffect> Outstanding(TState state, DateTimeOffset now);
}
