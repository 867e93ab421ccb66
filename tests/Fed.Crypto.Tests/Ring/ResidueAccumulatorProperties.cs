using System.Numerics;
using Fed.Crypto.Ring;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Ring;

public sealed class ResidueAccumulatorProperties
{
    private const int Polys = 2;
    private static readonly RnsRing Ring = new(64, PrimeSearch.Create(64, 36, 49, 49));

    [Fact]
    public void Closed_sum_is_the_sum_of_integers_whichever_way_summands_came()
    {
        Prop.ForAll(Gen.Choose(1, 200).Two().ToArbitrary(), pair =>
        {
            (int count, int seed) = pair;
            ResidueAccumulator sum = new(Ring, Polys);
            BigInteger[] expected = new BigInteger[sum.Words];
            for (int s = 0; s < count; s++)
            {
                ulong[] summand = Summand((seed * 1000) + s);
                for (int i = 0; i < summand.Length; i++) expected[i] += summand[i];
                if (s % 2 == 0) sum.Add(summand);
                else sum.AddPacked(Pack(summand));
            }
            Assert.Equal(count, sum.Summands);
            ulong[] closed = new ulong[sum.Words];
            sum.Close(closed);
            Assert.Equal(expected.Select((total, i) => (ulong)(total % Ring.Moduli[i / Ring.N % Ring.Moduli.Length].Value)), closed);
            Assert.Equal(0, sum.Summands);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
    }

    [Fact]
    public void Full_sum_of_largest_residues_is_exact_and_takes_no_more()
    {
        RnsRing ring = new(8, [Residues.Largest(8, 60)]);
        ulong q = ring.Moduli[0].Value;
        ResidueAccumulator sum = new(ring, 1);
        Assert.Equal(16, sum.Capacity);
        Assert.True((q - 1) * (BigInteger)17 > ulong.MaxValue);
        ulong[] largest = [.. Enumerable.Repeat(q - 1, 8)], closed = new ulong[8];
        for (int i = 0; i < 16; i++) sum.Add(largest);

        CapacityExceededException full = Assert.Throws<CapacityExceededException>(() => sum.Add(largest));
        Assert.Contains("17", full.Message, StringComparison.Ordinal);
        Assert.Contains("16", full.Message, StringComparison.Ordinal);
        sum.Close(closed);
        Assert.All(closed, word => Assert.Equal((ulong)((q - 1) * (BigInteger)16 % q), word));
        sum.Add(largest);
        sum.Close(closed);
        Assert.Equal(largest, closed);
    }

    [Fact]
    public void Capacity_of_49_bit_primes_is_2_to_the_15() => Assert.InRange(new ResidueAccumulator(Ring, Polys).Capacity, 32_768, 32_769);

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(383)]
    public void Packed_summand_with_a_word_that_is_no_residue_leaves_the_sum_as_it_was(int at)
    {
        ResidueAccumulator sum = new(Ring, Polys);
        ulong[] honest = Summand(1), forged = Summand(2), closed = new ulong[sum.Words];
        forged[at] = Ring.Moduli[at / Ring.N % Ring.Moduli.Length].Value;
        sum.Add(honest);
        Assert.Throws<SealFormatException>(() => sum.AddPacked(Pack(forged)));
        Assert.Equal(1, sum.Summands);
        sum.Close(closed);
        Assert.Equal(honest, closed);
    }

    [Fact]
    public void Adding_allocates_nothing()
    {
        ResidueAccumulator sum = new(Ring, Polys);
        ulong[] summand = Summand(3), closed = new ulong[sum.Words];
        byte[] packed = Pack(summand);
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            for (int i = 0; i < 100; i++)
            {
                sum.Add(summand);
                sum.AddPacked(packed);
            }
            sum.Close(closed);
        }
    }

    private static ulong[] Summand(int seed) => [.. Residues.Poly(Ring, seed), .. Residues.Poly(Ring, seed + 500_000)];

    private static byte[] Pack(ulong[] summand)
    {
        int bytes = ResiduePacking.PackedBytes(Ring);
        byte[] packed = new byte[Polys * bytes];
        for (int poly = 0; poly < Polys; poly++)
            ResiduePacking.Pack(Ring, summand.AsSpan(poly * Ring.Words, Ring.Words), packed.AsSpan(poly * bytes, bytes));
        return packed;
    }
}
