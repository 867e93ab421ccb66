using System.Security.Cryptography;
using Fed.Cluster.Stores;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>A blob, or parts of it, as it is sent: under a name and a key of its own, the same for all who fetch it from this process. Read by one thread at a time.</summary>
internal sealed class BulkStream(IBlobStore store, Digest hash, BlobParts? parts, long length)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(PieceFrame.KeyBytes);
    private Stream? _open;   // while pieces are read one after another

    /// <summary>Bytes in all.</summary>
    public long Length { get; } = length;

    /// <summary>The stream's name.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Its key, for an envelope.</summary>
    public byte[] Key => [.. _key];

    /// <summary>Bytes that a blob has under a request; a reason where it has none.</summary>
    public static (long Length, string? Refusal) Measure(IBlobStore store, Digest hash, BlobParts? parts)
    {
        long length = store.Length(hash);
        if (length < 0) return (0, "it is not there");
        if (parts is not { } some) return (length, null);
        try
        {
            return (some.BytesOf(length), null);
        }
        catch (InvalidDataException unfit)
        {
            return (0, unfit.Message);
        }
    }

    /// <summary>Writes the frame of a piece.</summary>
    /// <returns>Its length; -1 where there is no such piece, or the blob cannot be read.</returns>
    public int Read(long piece, Span<byte> frame)
    {
        if (piece > Length / IBulkTransfer.PieceBytes || piece * IBulkTransfer.PieceBytes >= Length) return -1;
        long offset = piece * IBulkTransfer.PieceBytes;
        int count = (int)Math.Min(IBulkTransfer.PieceBytes, Length - offset);
        Span<byte> whole = frame[..(count + PieceFrame.Overhead)];
        try
        {
            _open ??= store.OpenRead(hash);
            Fill(_open, offset, PieceFrame.BodyOf(whole));
        }
        catch (Exception gone) when (gone is BlobMissingException or BlobDamagedException or IOException)
        {
            Close();
            return -1;
        }

        using AesGcm cipher = new(_key, 16);
        PieceFrame.Seal(whole, Id, piece, cipher);
        return whole.Length;
    }

    /// <summary>Lets the blob go until the next piece.</summary>
    public void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    private void Fill(Stream blob, long offset, Span<byte> target)
    {
        if (parts is not { } some)
        {
            blob.Position = offset;
            blob.ReadExactly(target);
            return;
        }

        while (!target.IsEmpty)
        {
            (long place, int left) = some.PlaceIn(blob.Length, offset);
            int count = Math.Min(left, target.Length);
            blob.Position = place;
            blob.ReadExactly(target[..count]);
            target = target[count..];
            offset += count;
        }
    }
}
