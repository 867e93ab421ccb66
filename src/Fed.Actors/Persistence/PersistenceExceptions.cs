using Fed.Actors.Kernel;

namespace Fed.Actors.Persistence;

/// <summary>An append did not succeed: the actor stops (by the default strategy) rather than go on in doubt.</summary>
public sealed class AppendFailedException(string persistenceId, AppendOutcome outcome)
    : FatalActorException($"{persistenceId}: append failed ({outcome.Status}): {outcome.Reason}")
{
    /// <summary>Whose append.</summary>
    public string PersistenceId { get; } = persistenceId;

    /// <summary>How it ended.</summary>
    public AppendStatus Status { get; } = outcome.Status;
}

/// <summary>The stored history cannot be what was written: an event was edited, removed, reordered or damaged.</summary>
public sealed class JournalCorruptException(string persistenceId, long sequence, string reason, Exception? inner = null)
    : FatalActorException($"{persistenceId}: the journal is damaged at event {sequence}: {reason}", inner)
{
    /// <summary>Whose history.</summary>
    public string PersistenceId { get; } = persistenceId;

    /// <summary>The first event that does not fit.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>The journal could not be read, or its events not understood.</summary>
public sealed class RecoveryFailedException(string persistenceId, string reason, Exception? inner = null)
    : FatalActorException($"{persistenceId}: recovery failed: {reason}", inner);

/// <summary>Too many decisions in a row threw: the state is one that the decider does not understand.</summary>
public sealed class DecisionsFailedException(string persistenceId, int count, Exception last)
    : FatalActorException($"{persistenceId}: {count} decisions in a row failed, the last with: {last.Message}", last);
