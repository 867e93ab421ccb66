using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Multiparty;

/// <summary>A sum of ciphertexts and all shares, added up.</summary>
internal static class ShareCombination
{
    /// <summary>Opens a ciphertext: only exact integers leave, never the polynomial with its error.</summary>
    public static void Open(PackedFormat format, ReadOnlySpan<byte> ciphertext, ImmutableArray<OpeningShare> shares, int summands, Span<long> values)
    {
        RnsRing ring = format.Layout.Profile.Ring;
        PackedHeader header = format.Read(ciphertext);
        using SecretBuffer<ulong> opened = new(ring.Words);
        format.Unpack(ciphertext, 0, opened.Span);
        Add(format, PackedForm.Share, header, shares, 0, opened.Span);
        using SumDecoder decoder = new(format.Layout, summands);
        decoder.Decode(header.Index, opened.Span, values);
    }

    /// <summary>Adds one polynomial of every share.</summary>
    /// <exception cref="SealFormatException">A payload is of another layout, key, index or number of summands.</exception>
    public static void Add(PackedFormat format, PackedForm form, PackedHeader of, ImmutableArray<OpeningShare> shares, int poly, Span<ulong> sum)
    {
        RnsRing ring = format.Layout.Profile.Ring;
        ulong[] words = new ulong[ring.Words];
        foreach (OpeningShare share in shares)
        {
            PackedHeader header = format.Read(share.Payload);
            if (header != of with { Form = form }) throw new SealFormatException($"a share that says of itself {header}: {of with { Form = form }} is expected");
            format.Unpack(share.Payload, poly, words);
            ring.Add(sum, words);
        }
    }
}
