using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Writes one blob, encrypted, a row for each 1 MiB as soon as it is full, while the next one is filled: memory does not grow with the blob.</summary>
/// <param name="store">The store.</param>
/// <param name="upload">The blob's name until its hash is known.</param>
/// <param name="key">Name of the key under which it is encrypted.</param>
/// <param name="cipher">Of this upload; owned by the writer.</param>
internal sealed class PostgresBlobWriter(PostgresBlobStore store, Guid upload, Guid key, BlobCipher cipher) : IBlobWriter
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = Rent(), _other = Rent();
    private Task? _storing;   // what lies in the other buffer
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
        Await();
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
        int piece = _pieces++;
        cipher.Encrypt(piece, framed.Span);   // once: what is sent again after an outage is the same
        Await();
        _storing = Task.Run(() => store.Put(upload, piece, framed));
        (_buffer, _other, _buffered) = (_other, _buffer, 0);
    }

    private void Await()
    {
        Task? storing = _storing;
        _storing = null;
        storing?.GetAwaiter().GetResult();
    }

    private static byte[] Rent() => ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes + BlobCipher.TagBytes);

    /// <summary>Removes what was not committed; where the database is away, the next term's opening does.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _hash.Dispose();
        cipher.Dispose();
        try
        {
            Await();
            if (!_committed) store.End(upload);
        }
        catch (IOException)
        {
            // Disposal follows the failure that matters.
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<byte>.Shared.Return(_other);
    }
}
