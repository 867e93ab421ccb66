using Fed.Actors.Persistence;

namespace Fed.Actors.Ports;

/// <summary>
/// Where an aggregator collects contributions, piece by piece, before they count. Not durable: what a crash loses is fetched again from the silos' outboxes,
/// which keep every contribution until its round is closed. Synchronous: called from worker jobs only.
/// </summary>
public interface IInbox
{
    /// <summary>Starts, or takes up, the reception of a contribution of a known length.</summary>
    IInboxEntry Open(string entryId, Digest hash, long length);

    /// <summary>Opens a complete, verified entry for reading, or returns null where it is missing, incomplete or damaged.</summary>
    Stream? OpenRead(string entryId, Digest hash, long length);

    /// <summary>Forgets the entries whose id starts with a prefix.</summary>
    void Discard(string prefix);
}

/// <summary>One contribution on its way in. Pieces may arrive in any order and twice.</summary>
public interface IInboxEntry : IDisposable
{
    /// <summary>Writes one piece. Pieces are <see cref="IBulkTransfer.PieceBytes"/> long but for the last.</summary>
    void Write(long pieceIndex, ReadOnlySpan<byte> bytes);

    /// <summary>True when the piece has arrived.</summary>
    bool Has(long pieceIndex);

    /// <summary>True when all pieces are there and their hash is the announced one; where it is not, the entry is emptied.</summary>
    bool Complete();
}
