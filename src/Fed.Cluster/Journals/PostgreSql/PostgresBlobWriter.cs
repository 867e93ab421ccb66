using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Writes one blob, a row for each 1 MiB as soon as it is full: memory does not grow with the blob.</summary>
internal sealed class PostgresBlobWriter(PostgresBlobStore store, Guid upload) : IBlobWriter
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
    private int _buffered, _pieces;
    private long _length;
    private bool _committed, _disposed;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_committed) throw new InvalidOperationException("the blob is committed; start another one");
        _hash.AppendData(bytes);
        _length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            int taken = Math.Min(bytes.Length, IBulkTransfer.PieceBytes - _buffered);
            bytes[..taken].CopyTo(_buffer.AsSpan(_buffered));
            bytes = bytes[taken..];
            _buffered += taken;
            if (_buffered == IBulkTransfer.PieceBytes) Flush();
        }
    }

    public Digest Commit()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_committed) throw new InvalidOperationException("the blob is committed already");
        if (_buffered > 0) Flush();
        Span<byte> bytes = stackalloc byte[Digest.Size];
        _hash.GetHashAndReset(bytes);
        Digest hash = new(bytes);
        store.Commit(upload, hash, _length, _pieces);
        _committed = true;
        return hash;
    }

    private void Flush()
    {
        store.Put(upload, _pieces++, _buffer.AsMemory(0, _buffered));
        _buffered = 0;
    }

    /// <summary>Removes what was not committed; where the database is away, the next term's opening does.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        if (_committed) return;
        try
        {
            store.End(upload);
        }
        catch (IOException)
        {
            // Disposal follows the failure that matters.
        }
    }
}
