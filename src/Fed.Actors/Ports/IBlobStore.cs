using Fed.Actors.Persistence;

namespace Fed.Actors.Ports;

/// <summary>
/// Content-addressed bytes (models, sums, contributions). Synchronous: called from worker jobs only, never from an actor's turn.
/// A blob is durable (fsync, rename, fsync of the directory) when <see cref="IBlobWriter.Commit"/> returns, which is before any event names it.
/// </summary>
public interface IBlobStore
{
    /// <summary>Starts a blob. Dispose without commit leaves nothing.</summary>
    IBlobWriter Create();

    /// <summary>Opens a blob for reading.</summary>
    /// <exception cref="BlobMissingException">No such blob.</exception>
    Stream OpenRead(Digest hash);

    /// <summary>True when the blob is there, whole.</summary>
    bool Contains(Digest hash);

    /// <summary>Length in bytes, or -1 where there is none.</summary>
    long Length(Digest hash);

    /// <summary>Removes a blob; nothing happens where there is none. The caller knows that no retained event names it.</summary>
    void Delete(Digest hash);

    /// <summary>All blobs, in ordinal order of their hash, for garbage collection and audit.</summary>
    IEnumerable<Digest> List();
}

/// <summary>Writes one blob, hashing as it goes.</summary>
public interface IBlobWriter : IDisposable
{
    /// <summary>Appends bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Makes the blob durable and names it. A blob that is already there is not written again.</summary>
    Digest Commit();
}

/// <summary>A blob that an event names is not in the store.</summary>
public sealed class BlobMissingException(string message) : Exception(message);
