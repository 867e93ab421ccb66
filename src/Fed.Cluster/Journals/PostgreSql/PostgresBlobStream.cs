using System.Buffers;
using Fed.Cluster.Stores;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Reads a blob piece by piece; holds one of them. One user at a time.</summary>
internal sealed class PostgresBlobStream(PostgresBlobStore store, Digest hash, Guid upload, long length) : Stream
{
    private byte[]? _piece = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
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
        Hold((int)(_position / IBulkTransfer.PieceBytes));
        int start = (int)(_position % IBulkTransfer.PieceBytes);
        int count = Math.Min(buffer.Length, LengthOf(_held) - start);
        _piece.AsSpan(start, count).CopyTo(buffer);
        _position += count;
        return count;
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

    private void Hold(int piece)
    {
        if (_held == piece) return;
        _held = -1;
        int found = store.Get(upload, piece, _piece!);
        if (found < 0) throw new BlobMissingException($"blob {hash} was deleted while it was read, or piece {piece} of it is lost");
        if (found != LengthOf(piece)) throw new BlobDamagedException($"piece {piece} of blob {hash} has {found} bytes, not {LengthOf(piece)}; restore the database from a backup");
        _held = piece;
    }

    private int LengthOf(int piece) => (int)Math.Min(IBulkTransfer.PieceBytes, length - ((long)piece * IBulkTransfer.PieceBytes));

    protected override void Dispose(bool disposing)
    {
        if (_piece is { } rented) ArrayPool<byte>.Shared.Return(rented);
        _piece = null;
        base.Dispose(disposing);
    }
}
