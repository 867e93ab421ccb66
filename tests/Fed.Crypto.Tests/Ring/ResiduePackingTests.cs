using System.Numerics;
using System.Runtime.Intrinsics;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Tests.Ring;

public sealed class ResiduePackingTests
{
    [Fact]
    public void Packed_rows_are_the_residues_as_one_long_number_at_every_width()
    {
        for (int bits = 7; bits <= 60; bits++)
        {
            foreach (int n in (int[])[2, 8, 16, 32, 64, 256])
            {
                if (Ring(n, bits) is not { } ring) continue;
                ulong[] poly = Residues.Poly(ring, bits);
                byte[] packed = new byte[ResiduePacking.PackedBytes(ring)];
                packed.AsSpan().Fill(0xFF);
                ResiduePacking.Pack(ring, poly, packed);
                BigInteger number = poly.Reverse().Aggregate(BigInteger.Zero, (sum, r) => (sum << bits) | r);
                byte[] expected = new byte[((n * bits) + 7) / 8];
                number.TryWriteBytes(expected, out _, isUnsigned: true);
                Assert.Equal(expected, packed);
                PackedAlike(RowPacking.PackScalar);
                if (Lanes256.IsSupported) PackedAlike(RowPacking.Pack<Lanes256, Vector256<double>>);
                if (Lanes512.IsSupported) PackedAlike(RowPacking.Pack<Lanes512, Vector512<double>>);

                void PackedAlike(PackRow pack)
                {
                    packed.AsSpan().Fill(0xFF);
                    pack(poly, bits, packed);
                    Assert.Equal(expected, packed);
                }

                ulong[] unpacked = new ulong[ring.Words];
                Assert.True(ResiduePacking.Unpack(ring, packed, unpacked));
                Assert.Equal(poly, unpacked);
            }
        }
    }

    [Fact]
    public void Every_kernel_adds_takes_away_and_judges_as_the_scalar_twin()
    {
        foreach (int bits in Residues.Sizes)
        {
            Modulus q = Residues.Largest(64, bits);
            RnsRing ring = new(64, [q]);
            ulong[] words = Residues.Poly(ring, bits), start = Residues.Row(ring.N, ulong.MaxValue >> 1, bits);
            foreach (int spoilt in (int[])[-1, 0, 1, 5, 7, 8, 55, 62, 63])
            {
                ulong[] residues = [.. words];
                if (spoilt >= 0) residues[spoilt] = spoilt % 2 == 0 ? q.Value : (1UL << bits) - 1;   // the least and the greatest that are no residues
                byte[] packed = new byte[ResiduePacking.PackedBytes(ring)];
                RowPacking.Pack(residues, bits, packed);
                foreach (bool subtract in (bool[])[false, true])
                {
                    ulong[] expected = [.. start.Zip(residues, (s, r) => subtract ? s - r : s + r)];
                    Agree(expected, sums => RowPacking.UnpackAddScalar(packed, q, sums, subtract, from: 0));
                    if (Lanes256.IsSupported) Agree(expected, sums => RowPacking.UnpackAddVector(packed, q, sums, subtract));
                }

                void Agree(ulong[] expected, Func<ulong[], bool> unpack)
                {
                    ulong[] sums = [.. start];
                    Assert.Equal(spoilt < 0, unpack(sums));
                    Assert.Equal(expected, sums);
                }
            }
        }
    }

    [Fact]
    public void Filling_that_is_not_zero_is_refused()
    {
        RnsRing ring = Ring(2, 49)!;   // 98 bits: six are left over
        byte[] packed = new byte[ResiduePacking.PackedBytes(ring)];
        ResiduePacking.Pack(ring, [1, 2], packed);
        for (int bit = 2; bit < 8; bit++)
        {
            byte[] spoilt = [.. packed];
            spoilt[^1] |= (byte)(1 << bit);
            Assert.False(ResiduePacking.Unpack(ring, spoilt, new ulong[2]));
        }
    }

    [Fact]
    public void Foreign_lengths_are_refused_by_number()
    {
        RnsRing ring = Ring(64, 49)!;
        ArgumentException words = Assert.Throws<ArgumentException>(() => ResiduePacking.Pack(ring, new ulong[63], new byte[392]));
        Assert.Contains("63", words.Message, StringComparison.Ordinal);
        ArgumentException bytes = Assert.Throws<ArgumentException>(() => ResiduePacking.Unpack(ring, new byte[393], new ulong[64]));
        Assert.Contains("392", bytes.Message, StringComparison.Ordinal);
    }

    private delegate void PackRow(ReadOnlySpan<ulong> row, int bits, Span<byte> packed);

    private static RnsRing? Ring(int n, int bits)
    {
        try
        {
            return new RnsRing(n, PrimeSearch.Create(n, bits));
        }
        catch (InvalidParametersException)
        {
            return null;   // no prime of that size is 1 modulo 2n
        }
    }
}
