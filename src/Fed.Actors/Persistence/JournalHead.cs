namespace Fed.Actors.Persistence;

/// <summary>The end of one persistence id's log.</summary>
/// <param name="Sequence">The last event's number; 0 for an empty log.</param>
/// <param name="Digest">The hash chain there; <see cref="ChainHash.Start"/> for an empty log.</param>
public readonly record struct JournalHead(long Sequence, Digest Digest);
