namespace Fed.Cluster.Journals;

/// <summary>A journal whose calls take their time, as files and databases do. <see cref="JournalLanes"/> gives it threads: one for writes, one for reads.</summary>
internal interface IBlockingJournal
{
    /// <summary>Which journal, in words: "the journal 'a.sqlite'".</summary>
    string Name { get; }

    /// <summary>Appends a group, if it can in one transaction, and gives each request its outcome, in order. Called by the writing thread only.</summary>
    void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes);

    /// <summary>Stores a snapshot; null, or a sentence that says what failed. Called by the writing thread only.</summary>
    string? SaveSnapshot(JournalSnapshot snapshot);

    /// <summary>At most <paramref name="max"/> events after a sequence number; fewer mean that the log ends there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="JournalFormatException">It is damaged.</exception>
    JournalEvent[] ReadPage(string persistenceId, long afterSequence, int max);

    /// <summary>The newest whole snapshot at or below a sequence number. One whose bytes do not match their digest is passed over: events tell the same, only slower.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="JournalFormatException">It is damaged.</exception>
    JournalSnapshot? ReadSnapshot(string persistenceId, long maxSequence);
}
