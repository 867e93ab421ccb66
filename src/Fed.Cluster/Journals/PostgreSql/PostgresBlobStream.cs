using System.Buffers;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Reads a blob piece by piece; holds one of them. One user at a time.</summary>
/// <param name="store">The store.</param>
/// <param name="hash">The blob.</param>
/// <param name="upload">Under which its pieces lie.</param>
/// <param name="length">Bytes in all.</param>
/// <param name="cipher">Opens the pieces, and is the stream's own; null for a blob of before blobs were encrypted.</param>
/// <param name="proof">What the pieces must be; null where their key proves it.</param>
internal sealed class PostgresBlobStream(PostgresBlobStore store, Digest hash, Guid upload, long length, BlobCipher? cipher, BlobProof? proof) : Stream
{
    private byte[]? _piece = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes + BlobCipher.TagBytes);
    private int _held = -1;   // which piece it is
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_piece is null, this);
        if (_position >= length || buffer.IsEmpty) return 0;
        ReadOnlySpan<byte> rest = Rest();
        int count = Math.Min(buffer.Length, rest.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    /// <summary>The rest of the piece at the position, which goes behind it; empty at the end. The bytes are there until the next call.</summary>
    public ReadOnlySpan<byte> NextPiece()
    {
        if (_position >= length) return [];
        ReadOnlySpan<byte> rest = Rest();
        _position += rest.Length;
        return rest;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => length,
    };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException("a blob is read only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a blob is read only");

    private ReadOnlySpan<byte> Rest()
    {
        Hold((int)(_position / IBulkTransfer.PieceBytes));
        int start = (int)(_position % IBulkTransfer.PieceBytes);
        return _piece.AsSpan(start, LengthOf(_held) - start);
    }

    private void Hold(int piece)
    {
        if (_held == piece) return;
        _held = -1;
        int found = store.Get(upload, piece, _piece!);
        if (found < 0) throw new BlobMissingException($"blob {hash} was deleted while it was read, or piece {piece} of it is lost");
        int bytes = LengthOf(piece), overhead = cipher is null ? 0 : BlobCipher.TagBytes;
        bool isAsStored = found == bytes + overhead && cipher?.TryDecrypt(piece, _piece.AsSpan(0, found)) != false && (proof is null || Digest.Of(_piece.AsSpan(0, bytes)) == proof.Pieces[piece]);
        if (!isAsStored) throw store.Damaged(hash);
        _held = piece;
    }

    private int LengthOf(int piece) => (int)Math.Min(IBulkTransfer.PieceBytes, length - ((long)piece * IBulkTransfer.PieceBytes));

    protected override void Dispose(bool disposing)
    {
        if (_piece is { } rented) ArrayPool<byte>.Shared.Return(rented);
        _piece = null;
        cipher?.Dispose();
        base.Dispose(disposing);
    }
}
