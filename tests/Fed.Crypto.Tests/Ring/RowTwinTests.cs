using Fed.Crypto.Ring;
using Barrett4 = Fed.Crypto.Ring.BarrettArithmetic<Fed.Crypto.Ring.Lanes256, System.Runtime.Intrinsics.Vector256<double>>;
using Barrett8 = Fed.Crypto.Ring.BarrettArithmetic<Fed.Crypto.Ring.Lanes512, System.Runtime.Intrinsics.Vector512<double>>;
using Lanes4 = Fed.Crypto.Ring.LaneRows<Fed.Crypto.Ring.Lanes256, System.Runtime.Intrinsics.Vector256<double>>;
using Lanes8 = Fed.Crypto.Ring.LaneRows<Fed.Crypto.Ring.Lanes512, System.Runtime.Intrinsics.Vector512<double>>;

namespace Fed.Crypto.Tests.Ring;

/// <summary>Row arithmetic at four and eight lanes against the scalar twins, whose words in turn are BigInteger's (ModulusProperties).</summary>
public sealed class RowTwinTests
{
    private const int Length = 512;

    private delegate void Binary(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q);

    [Fact]
    public void Sums_and_differences_are_the_twins()
    {
        foreach (int bits in Residues.Sizes)
        {
            Agree(bits, ScalarRows.Add, Lanes4.Add, Lanes8.Add);
            Agree(bits, ScalarRows.Subtract, Lanes4.Subtract, Lanes8.Subtract);
            Agree(bits, Negated(ScalarRows.Negate), Negated(Lanes4.Negate), Negated(Lanes8.Negate));
        }

        static Binary Negated(Action<Span<ulong>, Modulus> negate) => (a, _, result, q) =>
        {
            a.CopyTo(result);
            negate(result, q);
        };
    }

    [Fact]
    public void Products_are_the_twins()
    {
        foreach (int bits in Residues.Sizes)
        {
            Agree(bits, ScalarRows.Multiply, Lanes4.Multiply, Lanes8.Multiply);
            Agree(bits, ScalarRows.MultiplyAdd, Lanes4.MultiplyAdd, Lanes8.MultiplyAdd);
            Agree(bits, ScalarRows.Multiply, Lanes4.Multiply<Barrett4>, Lanes8.Multiply<Barrett8>);
        }
    }

    [Fact]
    public void Signed_bytes_give_the_twins_residues()
    {
        sbyte[] values = [.. Enumerable.Range(0, Length).Select(static i => (sbyte)i)];
        foreach (int bits in Residues.Sizes)
            Agree(bits, From(ScalarRows.FromSigned), From(Lanes4.FromSigned), From(Lanes8.FromSigned));

        Binary From(SignedConversion convert) => (_, _, result, q) => convert(values, result, q);
    }

    [Fact]
    public void Wide_integers_give_the_twins_residues()
    {
        Random random = new(5);
        UInt128[] words = [.. Enumerable.Range(0, Length).Select(i => i switch
        {
            0 => UInt128.MaxValue,
            1 => (UInt128)Int128.MinValue,
            2 => (UInt128)Int128.MaxValue,
            3 => ulong.MaxValue,
            4 => 1UL << 63,
            5 => (1UL << 43) - 1,
            6 => (UInt128.One << 86) - 1,
            _ => new UInt128((ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64), (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)),
        })];
        Int128[] wide = [.. words.Select(static w => (Int128)w)];
        long[] longs = [.. words.Select(static w => (long)(ulong)w)];
        ulong[] unsigned = [.. words.Select(static w => (ulong)w)];
        foreach (int bits in Residues.Sizes.Where(static b => b <= Rows.ProductBitCountMax))
        {
            Agree(bits, (_, _, r, q) => ScalarRows.FromSigned(wide, r, q), (_, _, r, q) => Lanes4.FromSigned(wide, r, q), (_, _, r, q) => Lanes8.FromSigned(wide, r, q));
            Agree(bits, (_, _, r, q) => ScalarRows.FromSigned(longs, r, q), (_, _, r, q) => Lanes4.FromSigned(longs, r, q), (_, _, r, q) => Lanes8.FromSigned(longs, r, q));
            Agree(bits, (_, _, r, q) => ScalarRows.Reduce(unsigned, r, q), (_, _, r, q) => Lanes4.Reduce(unsigned, r, q), (_, _, r, q) => Lanes8.Reduce(unsigned, r, q));
        }
    }

    private delegate void SignedConversion(ReadOnlySpan<sbyte> values, Span<ulong> row, Modulus q);

    private static void Agree(int bits, Binary twin, Binary four, Binary eight)
    {
        Modulus q = Residues.Largest(64, bits);
        ulong[] a = Residues.Row(Length, q.Value, bits), b = Residues.Row(Length, q.Value, bits + 100), sum = Residues.Row(Length, q.Value, bits + 200);
        ulong[] expected = [.. sum];
        twin(a, b, expected, q);
        foreach ((Binary kernel, bool served) in new[] { (four, Lanes256.IsSupported), (eight, Lanes512.IsSupported) })
        {
            if (!served) continue;
            ulong[] result = [.. sum];
            kernel(a, b, result, q);
            Assert.True(expected.AsSpan().SequenceEqual(result), $"{twin.Method.Name}, {q}");
        }
    }
}
