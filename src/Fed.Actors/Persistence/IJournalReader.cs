namespace Fed.Actors.Persistence;

/// <summary>Read-only, synchronous view of a journal for commands that look at history; works while a writer is running.</summary>
public interface IJournalReader
{
    /// <summary>All persistence ids, in ordinal order.</summary>
    ImmutableArray<string> PersistenceIds();

    /// <summary>Events of one persistence id after a sequence number, in order, read lazily.</summary>
    IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0);
}
