using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fed.Actors.Persistence;

/// <summary>
/// The hash chain of one persistence id: <c>h(n) = SHA-256(h(n-1) || sequence || epoch || time || version || length(tag) || tag || payload)</c>,
/// integers little-endian, <c>h(0)</c> the SHA-256 of the persistence id. It runs over the exact stored bytes, so an edit, a deletion or a reordering breaks it;
/// a cut tail or a wholly rewritten journal is found by comparing heads with signed receipts.
/// </summary>
public static class ChainHash
{
    /// <summary>The chain's start for a persistence id.</summary>
    public static Digest Start(string persistenceId) => Digest.Of(Encoding.UTF8.GetBytes("fedactors/journal/1\n" + persistenceId));

    /// <summary>The head after one more event.</summary>
    /// <param name="previous">Head before the event.</param>
    /// <param name="sequence">The event's sequence number, from 1.</param>
    /// <param name="epoch">Epoch of the writer.</param>
    /// <param name="at">Time of the decision.</param>
    /// <param name="tag">The event's tag.</param>
    /// <param name="version">The event's schema version.</param>
    /// <param name="payload">The stored bytes.</param>
    public static Digest Next(in Digest previous, long sequence, long epoch, DateTimeOffset at, string tag, int version, ReadOnlySpan<byte> payload)
    {
        const int FixedBytes = Digest.Size + 8 + 8 + 8 + 4 + 4;
        int tagBytes = Encoding.UTF8.GetByteCount(tag);
        int total = FixedBytes + tagBytes + payload.Length;
        byte[]? rented = total > 1024 ? System.Buffers.ArrayPool<byte>.Shared.Rent(total) : null;
        Span<byte> buffer = rented is null ? stackalloc byte[total] : rented.AsSpan(0, total);
        previous.CopyTo(buffer);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[32..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[40..], epoch);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[48..], at.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[56..], version);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[60..], tagBytes);
        Encoding.UTF8.GetBytes(tag, buffer[FixedBytes..]);
        payload.CopyTo(buffer[(FixedBytes + tagBytes)..]);
        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(buffer, hash);
        if (rented is not null) System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        return new Digest(hash);
    }
}
