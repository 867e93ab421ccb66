using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>Where a blob goes to. Used by one thread at a time.</summary>
internal interface IBulkSink : IDisposable
{
    /// <summary>Hears how long the blob is, before its first piece; a reason where that cannot be.</summary>
    string? Begin(long length);

    /// <summary>True for a piece that need not come.</summary>
    bool Has(long piece);

    /// <summary>Takes a piece, once.</summary>
    void Put(long piece, ReadOnlySpan<byte> bytes);

    /// <summary>All pieces are there: true when their hash is the announced one, where that is known. Long work.</summary>
    bool Finish();
}

/// <summary>A contribution on its way to the inbox. What came before it was broken off is there.</summary>
internal sealed class InboxSink(IInbox inbox, string entryId, Digest hash, long length) : IBulkSink
{
    private readonly IInboxEntry _entry = inbox.Open(entryId, hash, length);

    public string? Begin(long actual) => actual == length ? null : $"it has {actual} bytes, not the announced {length}";

    public bool Has(long piece) => _entry.Has(piece);

    public void Put(long piece, ReadOnlySpan<byte> bytes) => _entry.Write(piece, bytes);

    public bool Finish() => _entry.Complete();

    public void Dispose() => _entry.Dispose();
}

/// <summary>A blob on its way to memory.</summary>
/// <param name="hash">Its hash; null for parts, which nobody here can verify.</param>
/// <param name="lengthMax">So many bytes at most: what its owner announces is not believed beyond that.</param>
internal sealed class MemorySink(Digest? hash, long lengthMax = long.MaxValue) : IBulkSink
{
    /// <summary>The blob.</summary>
    public byte[] Bytes { get; private set; } = [];

    public string? Begin(long length)
    {
        if (length > lengthMax) return $"its {length} bytes are more than the {lengthMax} that are wanted";
        if (length > Array.MaxLength) return $"its {length} bytes do not fit in memory";
        Bytes = new byte[length];
        return null;
    }

    public bool Has(long piece) => false;

    public void Put(long piece, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Bytes.AsSpan(checked((int)(piece * IBulkTransfer.PieceBytes))));

    public bool Finish() => hash is not { } known || Digest.Of(Bytes) == known;

    public void Dispose()
    {
        // It is the receiver's.
    }
}

/// <summary>
/// A blob on its way to a store, which takes bytes in order: pieces that overtook others wait, at most as many as are asked for at a time. One whose hash turns out wrong is never committed: whoever serves wrong bytes leaves nothing
/// on the receiver's disk.
/// </summary>
internal sealed class StoreSink(IBlobStore store, Digest hash) : IBulkSink
{
    private readonly IBlobWriter _writer = store.Create();
    private readonly IncrementalHash _received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<long, (byte[] Rented, int Count)> _early = [];
    private long _next;

    public string? Begin(long length) => null;

    public bool Has(long piece) => false;

    public void Put(long piece, ReadOnlySpan<byte> bytes)
    {
        if (piece != _next)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(rented);
            _early[piece] = (rented, bytes.Length);
            return;
        }

        Append(bytes);
        while (_early.Remove(_next, out (byte[] Rented, int Count) waiting))
        {
            Append(waiting.Rented.AsSpan(0, waiting.Count));
            ArrayPool<byte>.Shared.Return(waiting.Rented);
        }
    }

    public bool Finish() => new Digest(_received.GetHashAndReset()) == hash && _writer.Commit() == hash;

    public void Dispose()
    {
        foreach ((byte[] rented, _) in _early.Values) ArrayPool<byte>.Shared.Return(rented);
        _early.Clear();
        _received.Dispose();
        _writer.Dispose();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _received.AppendData(bytes);
        _writer.Write(bytes);
        _next++;
    }
}
