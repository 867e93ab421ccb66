using Fed.Crypto.Ring;

namespace Fed.Benchmarks.Crypto;

/// <summary>Transforms, arithmetic on rows, lazy sums and packing.</summary>
internal static class RingRows
{
    public static void Measure(CryptoTable table)
    {
        Transforms(table, 4096, 49, sealForward: 56, sealInverse: 43, goal: 16);
        Transforms(table, 8192, 49, sealForward: 119, sealInverse: 94, goal: 36);
        Transforms(table, 4096, 55, sealForward: 56, sealInverse: 43, goal: 140);
        Transforms(table, 8192, 60, sealForward: 119, sealInverse: 94, goal: 297);
        Arithmetic(table);
        Sums(table);
    }

    private static void Transforms(CryptoTable table, int n, int bits, double sealForward, double sealInverse, double goal)
    {
        NttTables tables = NttTables.Get(n, PrimeSearch.Create(n, bits)[0]);
        ulong[] row = Residues(new RnsRing(n, [tables.Modulus]), 1);
        table.Time($"NTT forward, N={n}, {bits} bits", () => tables.Forward(row), sealForward, goal);
        table.Time($"NTT inverse, N={n}, {bits} bits", () => tables.Inverse(row), sealInverse);
    }

    private static void Arithmetic(CryptoTable table)
    {
        RnsRing ring = new(4096, PrimeSearch.Create(4096, 49));
        ulong[] a = Residues(ring, 1), b = Residues(ring, 2), result = new ulong[ring.Words];
        sbyte[] small = [.. a.Select(static r => (sbyte)((int)(r % 43) - 21))];
        table.Time("dyadic product, N=4096, 49 bits", () => ring.Multiply(a, b, result), seal: 14);
        table.Time("dyadic product and addition, N=4096, 49 bits", () => ring.MultiplyAdd(a, b, result));
        table.Time("addition, N=4096, 49 bits", () => ring.Add(a, b, result), seal: 4);
        table.Time("signed bytes to residues, N=4096, 49 bits", () => ring.FromSigned(small, result));
        Int128[] smudging = [.. a.Select(static (r, i) => ((Int128)r << 12) * ((i & 1) == 0 ? 1 : -1))];
        table.Time("128-bit integers to residues, N=4096, 49 bits", () => ring.FromSigned(smudging, result));
        RnsRing wide = new(4096, PrimeSearch.Create(4096, 55));
        a = Residues(wide, 1);
        b = Residues(wide, 2);
        table.Time("dyadic product, N=4096, 55 bits", () => wide.Multiply(a, b, result), seal: 14);
    }

    private static void Sums(CryptoTable table)
    {
        RnsRing ring = new(8192, PrimeSearch.Create(8192, 49, 49, 49, 49));
        ulong[] poly = Residues(ring, 1);
        ulong[] ciphertext = [.. poly, .. poly];
        byte[] packedPoly = new byte[ResiduePacking.PackedBytes(ring)];
        table.Throughput("pack, N=8192, 4x49 bits (residue bytes)", () => ResiduePacking.Pack(ring, poly, packedPoly), poly.Length * sizeof(ulong));
        table.Throughput("unpack, N=8192, 4x49 bits (residue bytes)", () => ResiduePacking.Unpack(ring, packedPoly, poly), poly.Length * sizeof(ulong));
        byte[] packed = [.. packedPoly, .. packedPoly];
        long accumulator = ciphertext.Length * sizeof(ulong);
        ResidueAccumulator sum = new(ring, polys: 2);
        ulong[] closed = new ulong[sum.Words];
        table.Throughput("add to a lazy sum, 2x8192x4x49 bits (sum bytes)", () => Open(sum, closed).Add(ciphertext), accumulator, seal: 8.25, goal: 4);
        table.Throughput("unpack and add to a lazy sum, 2x8192x4x49 bits (sum bytes)", () => Open(sum, closed).AddPacked(packed), accumulator, seal: 8.25, goal: 4, bytes: packed.Length);
        table.Throughput("close a lazy sum, 2x8192x4x49 bits (sum bytes)", () => sum.Close(closed), accumulator);
    }

    /// <summary>Empties a full sum, which happens once in 32768 additions.</summary>
    private static ResidueAccumulator Open(ResidueAccumulator sum, ulong[] closed)
    {
        if (sum.Summands == sum.Capacity) sum.Close(closed);
        return sum;
    }

    /// <summary>Reproducible residues, spread over the whole range.</summary>
    internal static ulong[] Residues(RnsRing ring, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, ring.Words).Select(i => (ulong)random.NextInt64((long)ring.Moduli[i / ring.N].Value))];
    }
}
