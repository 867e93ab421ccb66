using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Multiparty;

/// <summary>A holder's share of one opening, signed. Its bytes are made once and are the same whenever it is sent.</summary>
/// <remarks>
/// Little-endian. 0: magic "FDOS"; 4: version 1; 5: kind; 6: place of the party in the roster (2); 8: hash of the request (32); 40: bytes of the payload (4); 44: payload, a packed share or ciphertext
/// (<see cref="Packing.PackedFormat"/>); then the signature, to the end.
/// </remarks>
public sealed class OpeningShare
{
    private const string Purpose = "fedactors/opening-share/1";
    private const int PayloadAt = 44;
    private const int SignatureBytesMax = 512;

    private readonly byte[] _bytes;
    private readonly int _payloadBytes;

    private OpeningShare(byte[] bytes, int payloadBytes) => (_bytes, _payloadBytes) = (bytes, payloadBytes);

    /// <summary>What it is for.</summary>
    public ShareKind Kind => (ShareKind)_bytes[5];

    /// <summary>Place of the party in the roster.</summary>
    public int Party => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(6));

    /// <summary>Hash over the request: key, factor, active set, layout, receiver, sum and place.</summary>
    public Hash256 Request => new(_bytes.AsSpan(8, Hash256.Bytes));

    /// <summary>The packed polynomials, behind their header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(PayloadAt, _payloadBytes);

    /// <summary>All bytes, as they travel.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The same without a copy, for a ledger.</summary>
    internal ImmutableArray<byte> Stored => ImmutableCollectionsMarshal.AsImmutableArray(_bytes);

    /// <summary>Reads a share; whether it belongs to an opening is checked by who combines it.</summary>
    /// <param name="bytes">Copied.</param>
    /// <param name="payloadBytes">How long the payload must be.</param>
    /// <exception cref="SealFormatException">The bytes are no share.</exception>
    public static OpeningShare Read(ReadOnlySpan<byte> bytes, int payloadBytes)
    {
        if (bytes.Length <= PayloadAt + payloadBytes || bytes.Length > PayloadAt + payloadBytes + SignatureBytesMax)
            throw new SealFormatException($"{bytes.Length} bytes are no opening share with a payload of {payloadBytes}");
        if (!bytes[..4].SequenceEqual("FDOS"u8) || bytes[4] != 1 || !Enum.IsDefined((ShareKind)bytes[5])) throw new SealFormatException("an opening share begins with FDOS, version 1 and a known kind");
        int declared = BinaryPrimitives.ReadInt32LittleEndian(bytes[40..]);
        if (declared != payloadBytes) throw new SealFormatException($"an opening share declares {declared} bytes of payload; {payloadBytes} are expected");
        return new OpeningShare(bytes.ToArray(), payloadBytes);
    }

    internal static OpeningShare Sign(ShareKind kind, int party, Hash256 request, ReadOnlySpan<byte> payload, ITranscriptSigner signer)
    {
        ReadOnlySpan<byte> signature = signer.Sign(Purpose, Covered(kind, party, request, payload)).Span;
        byte[] bytes = new byte[PayloadAt + payload.Length + signature.Length];
        "FDOS"u8.CopyTo(bytes);
        (bytes[4], bytes[5]) = (1, (byte)kind);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)party);
        request.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), payload.Length);
        payload.CopyTo(bytes.AsSpan(PayloadAt));
        signature.CopyTo(bytes.AsSpan(PayloadAt + payload.Length));
        return new OpeningShare(bytes, payload.Length);
    }

    /// <summary>Exactly one share of every member of the active set, of this kind and request, each signed by its party; in the order of the members.</summary>
    /// <exception cref="RefusedException">Anything else.</exception>
    internal static ImmutableArray<OpeningShare> RequireAll(ShareKind kind, ActiveSet active, Hash256 request, IReadOnlyCollection<OpeningShare> shares, ITranscriptSigner verifier)
    {
        foreach (OpeningShare share in shares)
        {
            string name = share.Party < active.Roster.Count ? active.Roster.Parties[share.Party].Name : $"party {share.Party}";
            if (share.Kind != kind || share.Request != request) throw new RefusedException($"the share of '{name}' is for another opening, active set or receiver; shares of different sets never combine");
            if (!active.Members.Contains(share.Party)) throw new RefusedException($"'{name}' is not in the active set");
            if (!verifier.Verify(Purpose, Covered(kind, share.Party, request, share.Payload), share._bytes.AsSpan(PayloadAt + share._payloadBytes), active.Roster.Parties[share.Party].SigningKey.AsSpan()))
                throw new RefusedException($"the share of '{name}' is not signed by it");
        }
        if (shares.Count != active.Members.Length || shares.Select(static s => s.Party).Distinct().Count() != shares.Count)
            throw new RefusedException($"{shares.Count} shares of {shares.Select(static s => s.Party).Distinct().Count()} holders: exactly one of each of the {active.Members.Length} members is needed");
        return [.. shares.OrderBy(static s => s.Party)];
    }

    private static byte[] Covered(ShareKind kind, int party, Hash256 request, ReadOnlySpan<byte> payload) =>
        new FieldHash(Purpose).Add((long)kind).Add(party).Add(request).Add(payload).Close().ToArray();
}
