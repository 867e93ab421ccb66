namespace Fed.Crypto.Ring;

/// <summary>
/// Residues at exactly as many bits as their prime has: row by row, residue i in bits <c>[i·b, (i+1)·b)</c>, least significant bit first, each row padded
/// with zero bits to whole bytes.
/// </summary>
/// <remarks>Packing takes canonical residues; unpacking refuses residues that are not below their prime, and padding that is not zero.</remarks>
public static class ResiduePacking
{
    /// <summary>Bytes of one packed row.</summary>
    public static int RowBytes(int n, Modulus q) => (int)((((long)n * q.BitCount) + 7) / 8);

    /// <summary>Bytes of one packed polynomial.</summary>
    public static int PackedBytes(RnsRing ring)
    {
        int bytes = 0;
        foreach (Modulus q in ring.Moduli) bytes += RowBytes(ring.N, q);
        return bytes;
    }

    /// <summary>Packs one polynomial.</summary>
    /// <param name="ring">Its ring.</param>
    /// <param name="poly">Residues in <c>[0, q)</c>, as many as the ring's words.</param>
    /// <param name="packed">Receives <see cref="PackedBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static void Pack(RnsRing ring, ReadOnlySpan<ulong> poly, Span<byte> packed)
    {
        RequireLengths(ring, poly.Length, packed.Length);
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            int bytes = RowBytes(ring.N, ring.Moduli[p]);
            RowPacking.Pack(poly.Slice(p * ring.N, ring.N), ring.Moduli[p].BitCount, packed[..bytes]);
            packed = packed[bytes..];
        }
    }

    /// <summary>Unpacks one polynomial.</summary>
    /// <param name="ring">Its ring.</param>
    /// <param name="packed"><see cref="PackedBytes"/> bytes.</param>
    /// <param name="poly">Receives residues.</param>
    /// <returns>Whether every residue is below its prime and the padding is zero; if not, <paramref name="poly"/> must not be used.</returns>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static bool Unpack(RnsRing ring, ReadOnlySpan<byte> packed, Span<ulong> poly)
    {
        RequireLengths(ring, poly.Length, packed.Length);
        poly.Clear();
        return UnpackAdd(ring, packed, poly);
    }

    /// <summary>Adds an unpacked polynomial to words, without reduction; or takes it away again.</summary>
    /// <returns>As <see cref="Unpack"/>.</returns>
    internal static bool UnpackAdd(RnsRing ring, ReadOnlySpan<byte> packed, Span<ulong> sums, bool subtract = false)
    {
        bool canonical = true;
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            int bytes = RowBytes(ring.N, ring.Moduli[p]);
            canonical &= RowPacking.UnpackAdd(packed[..bytes], ring.Moduli[p], sums.Slice(p * ring.N, ring.N), subtract);
            packed = packed[bytes..];
        }
        return canonical;
    }

    private static void RequireLengths(RnsRing ring, int words, int bytes)
    {
        if (words != ring.Words) throw new ArgumentException($"a polynomial of {ring.Moduli.Length} primes and degree {ring.N} has {ring.Words} residues, not {words}");
        if (bytes != PackedBytes(ring)) throw new ArgumentException($"a packed polynomial has {PackedBytes(ring)} bytes, not {bytes}");
    }
}
