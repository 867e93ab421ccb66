using System.Numerics;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Packing;

/// <summary>Openings made by hand, coefficient by coefficient: exactly what is consistent passes.</summary>
public sealed class SumDecoderTests
{
    private const int Fields = 6, Width = 22;

    // Six fields of 22 bits; the second coefficient uses one of them, the others of the ciphertext none.
    private static readonly PackingLayout Layout = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((Fields + 1, 16)), new PackingJob(64, 64));
    private static readonly BigInteger Delta = BigInteger.One << Layout.Proof.StepLog2;
    private static readonly BigInteger B = Layout.Proof.ErrorBound;

    [Fact]
    public void Fields_come_back_signed_and_in_order()
    {
        long[] expected = [2_097_088, -2_097_088, -1, 0, 1, 77, -5];
        Assert.Equal(expected, Decode([Pack(expected.AsSpan(0, Fields)) * Delta, expected[6] * Delta]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8191)]
    public void An_error_up_to_B_passes_and_one_more_does_not(int coefficient)
    {
        foreach (int sign in (int[])[1, -1])
        {
            BigInteger[] opened = new BigInteger[8192];
            opened[coefficient] = sign * B;
            Assert.Equal(new long[7], Decode(opened));
            opened[coefficient] = sign * (B + 1);
            Inconsistent(opened);
            opened[coefficient] = sign * Delta / 2;
            Inconsistent(opened);
        }
    }

    [Fact]
    public void A_field_beyond_the_reach_of_the_summands_does_not_pass()
    {
        foreach (int sign in (int[])[1, -1])
        {
            Assert.Equal(sign * 3 * 32767, Decode([sign * 3 * 32767 * Delta], summands: 3)[0]);
            Inconsistent([sign * ((3 * 32767) + 1) * Delta], summands: 3);
        }
    }

    [Fact]
    public void Nothing_may_stand_in_unused_fields_coefficients_or_top_bits()
    {
        Inconsistent([0, Delta << Width]);                                  // the second field of the last coefficient
        Inconsistent([0, -Delta << (5 * Width)]);                           // its last field
        Inconsistent([0, 0, Delta]);                                        // a coefficient behind the last value
        Inconsistent([.. new BigInteger[8191], -Delta]);                    // the last coefficient of all
        Inconsistent([Delta << (Fields * Width)]);                          // above the last field
        Inconsistent([PackingProfile.SiloThreshold.Q / 2]);                 // the largest integer that there is
        Inconsistent([-PackingProfile.SiloThreshold.Q / 2]);
    }

    [Fact]
    public void An_inconsistent_opening_gives_no_value_out_and_leaves_nothing_behind()
    {
        ulong[] opened = Residues([5 * Delta, B + 1]);
        long[] values = new long[7];
        using SumDecoder decoder = new(Layout, 64);
        OpeningInconsistentException e = Assert.Throws<OpeningInconsistentException>(() => decoder.Decode(0, opened, values));
        Assert.StartsWith($"ciphertext 0 opened inconsistently: an error above B = {B}", e.Message, StringComparison.Ordinal);
        Assert.All(values, static v => Assert.Equal(0, v));
        Assert.All(opened, static w => Assert.Equal(0UL, w));
    }

    [Fact]
    public void A_summand_that_was_added_too_often_is_noticed()
    {
        // Errors of independent summands grow with the root of their number; those of one summand, added again and again, with the number itself.
        PackingLayout layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((100, 16)), new PackingJob(1000));
        using RlweSecretKey key = RlweSecretKey.Generate(layout.Profile.Ring, SystemEntropy.Instance);
        byte[] ciphertext = PackedSum.Encrypt(layout, key, PackedSum.Vector(layout.Schema, 1))[0];
        SumAccumulator accumulator = new(layout, key.Id.AsSpan());
        for (int i = 0; i < 1000; i++) accumulator.Add(ciphertext);
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        Assert.Throws<OpeningInconsistentException>(() => PackedSum.Open(layout, key, [sum]));
    }

    [Fact]
    public void More_summands_than_the_layout_holds_are_refused()
    {
        Assert.Throws<CapacityExceededException>(() => new SumDecoder(Layout, 65));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumDecoder(Layout, 0));
    }

    /// <summary>The index in a header is the sender's: it cannot make the opener's caller look as if it had asked wrongly.</summary>
    [Fact]
    public void A_ciphertext_of_an_index_with_another_number_of_values_is_refused_as_what_it_is()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((20_000, 16)), new PackingJob(64));
        using RlweSecretKey key = RlweSecretKey.Generate(layout.Profile.Ring, SystemEntropy.Instance);
        byte[] last = PackedSum.Encrypt(layout, key, PackedSum.Vector(layout.Schema, 1))[^1];
        using SumOpener opener = new(layout, key);
        long[] values = new long[layout.ValuesOf(0).Count];
        string why = Assert.Throws<SealFormatException>(() => opener.Open(last, values)).Message;
        Assert.Contains($"of index 1: it carries {layout.ValuesOf(1).Count} values, and {values.Length} are asked for", why, StringComparison.Ordinal);
    }

    private static BigInteger Pack(ReadOnlySpan<long> fields)
    {
        BigInteger packed = 0;
        for (int i = fields.Length - 1; i >= 0; i--) packed = (packed << Width) + fields[i];
        return packed;
    }

    private static long[] Decode(BigInteger[] coefficients, int summands = 64)
    {
        long[] values = new long[Layout.Schema.Length];
        using SumDecoder decoder = new(Layout, summands);
        decoder.Decode(0, Residues(coefficients), values);
        return values;
    }

    private static void Inconsistent(BigInteger[] coefficients, int summands = 64) => Assert.Throws<OpeningInconsistentException>(() => Decode(coefficients, summands));

    private static ulong[] Residues(BigInteger[] coefficients)
    {
        RnsRing ring = Layout.Profile.Ring;
        ulong[] poly = new ulong[ring.Words];
        for (int p = 0; p < ring.Moduli.Length; p++)
            for (int i = 0; i < coefficients.Length; i++) poly[(p * ring.N) + i] = ring.Moduli[p].Reduce(coefficients[i]);
        ring.Forward(poly);
        return poly;
    }
}
