using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Writes one blob, encrypted, a row for each 1 MiB as soon as it is full: memory does not grow with the blob.</summary>
/// <param name="store">The store.</param>
/// <param name="upload">The blob's name until its hash is known.</param>
/// <param name="key">Name of the key under which it is encrypted.</param>
/// <param name="cipher">Of this upload; owned by the writer.</param>
internal sealed class PostgresBlobWriter(PostgresBlobStore store, Guid upload, Guid key, BlobCipher cipher) : IBlobWriter
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes + BlobCipher.TagBytes);
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
        store.Commit(upload, hash, _length, _pieces, key, cipher.Seal(hash, _length));
        _committed = true;
        return hash;
    }

    private void Flush()
    {
        Memory<byte> framed = _buffer.AsMemory(0, _buffered + BlobCipher.TagBytes);
        cipher.Encrypt(_pieces, framed.Span);   // once: what is sent again after an outage is the same
        store.Put(upload, _pieces++, framed);
        _buffered = 0;
    }

    /// <summary>Removes what was not committed; where the database is away, the next term's opening does.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _hash.Dispose();
        cipher.Dispose();
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
