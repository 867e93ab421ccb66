namespace Fed.Actors.Persistence;

/// <summary>What an <see cref="EventSourcedActor{TDecider,TState,TCommand,TEvent,TEffect}"/> gets from outside.</summary>
public sealed record EventSourcedOptions<TEvent, TState>
{
    /// <summary>Whose log it writes; one living writer per id.</summary>
    public required string PersistenceId { get; init; }

    /// <summary>Where the log lives.</summary>
    public required IEventJournal Journal { get; init; }

    /// <summary>How events become bytes.</summary>
    public required IEventSerializer<TEvent> Serializer { get; init; }

    /// <summary>How states become bytes; null saves and loads no snapshots.</summary>
    public ISnapshotSerializer<TState>? Snapshots { get; init; }

    /// <summary>Events between two snapshots.</summary>
    public int SnapshotEvery { get; init; } = 1_000;

    /// <summary>The writer's leadership. Where it is contended, its first append is what <c>IDecider.Lead</c> says, and effects without events are fenced by an empty append.</summary>
    public Term Term { get; init; } = Term.Uncontended;

    /// <summary>Commands decided for one append.</summary>
    public int BatchMax { get; init; } = 100;

    /// <summary>Events per batch of a replay.</summary>
    public int ReplayBatchMax { get; init; } = 1_000;

    /// <summary>Hears of each decision that threw; its command is dropped and the state is as before. On the actor's turn. Null only logs.</summary>
    public Action<DecisionFailure>? OnDecisionFailed { get; init; }

    /// <summary>Decisions in a row that may throw; with this many the actor fails with <see cref="DecisionsFailedException"/>.</summary>
    public int DecisionFailuresMax { get; init; } = 10;
}

/// <summary>A decision that threw.</summary>
/// <param name="PersistenceId">Whose.</param>
/// <param name="Command">What it was to decide.</param>
/// <param name="Cause">What it threw.</param>
public sealed record DecisionFailure(string PersistenceId, object? Command, Exception Cause);
