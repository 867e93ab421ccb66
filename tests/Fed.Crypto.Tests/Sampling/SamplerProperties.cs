using System.Buffers.Binary;
using System.Numerics;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Sampling;

/// <summary>The samplers in bulk against the plain definition over the same bytes, for lengths that do and do not fill groups and blocks.</summary>
public sealed class SamplerProperties
{
    public static TheoryData<int> Lengths => [1, 2, 3, 4, 5, 31, 32, 33, 100, 511, 512, 513, 1030, 4096];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void An_error_is_21_bits_less_21_bits_of_the_stream(int length)
    {
        sbyte[] errors = new sbyte[length];
        using AesCtrStream stream = SeededEntropy.Stream(length), same = SeededEntropy.Stream(length);
        Sampler.CenteredBinomial(stream, errors);
        byte[] bytes = new byte[(length * 42 / 8) + 32];
        same.Fill(bytes);   // a group of four takes 168 bits, so groups follow each other without a gap
        for (int i = 0; i < length; i++)
        {
            int ones = 0;
            for (int bit = 42 * i; bit < 42 * (i + 1); bit++) ones += (bytes[bit / 8] >> (bit % 8)) & 1;
            Assert.Equal(ones - 21, errors[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Ternary_values_are_the_leading_digits_of_the_words(int length)
    {
        sbyte[] values = new sbyte[length];
        using AesCtrStream stream = SeededEntropy.Stream(length), same = SeededEntropy.Stream(length);
        Sampler.Ternary(stream, values);
        byte[] word = new byte[8];
        BigInteger power = BigInteger.Pow(3, 32), whole = BigInteger.One << 64;
        for (int i = 0; i < length;)
        {
            same.Fill(word);
            BigInteger product = BinaryPrimitives.ReadUInt64LittleEndian(word) * power;
            if (product % whole < whole % power) continue;
            BigInteger digits = product / whole;
            for (int digit = 31; digit >= 0 && i < length; digit--, i++)
                Assert.Equal((int)(digits / BigInteger.Pow(3, digit) % 3) - 1, values[i]);
        }
    }

    /// <summary>The definition: 127 bits, of which the last 96 are drawn for ties alone, against all thresholds. Bits that tie are put where the test wants them.</summary>
    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 700 })]
    [InlineData(new[] { 0, 1, 511, 512, 1000 })]
    public void A_narrow_Gaussian_counts_the_thresholds_that_its_bits_reach(int[] ties)
    {
        const int Blocks = 2, Count = Blocks * GaussianBase.BlockDraws;
        BigInteger[] table = GaussianBase.CumulativeTable();
        foreach (int threshold in (int[])[0, 1, 7, 8, 39, 40, 41, 47, 48, 73])
        {
            byte[] bytes = new byte[Count * 4], rests = new byte[64 * GaussianBase.RestBytes];
            using (AesCtrStream stream = SeededEntropy.Stream(threshold))
            {
                stream.Fill(bytes);
                stream.Fill(rests);
            }
            foreach (int tie in ties) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * tie), (uint)(table[threshold] >> 97 << 1) | (uint)(tie & 1));
            List<byte[]> pieces = [];
            long[] expected = new long[Count], draws = new long[Count];
            for (int block = 0, rest = 0; block < Blocks; block++)
            {
                int start = block * GaussianBase.BlockDraws;
                pieces.Add(bytes[(4 * start)..(4 * (start + GaussianBase.BlockDraws))]);
                bool isTied = false;
                for (int i = start + GaussianBase.BlockDraws - 1; i >= start; i--)   // the last tie is settled first
                {
                    uint signed = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
                    BigInteger first = signed >> 1, bits = first << 96;
                    if (table.Any(t => t >> 97 == first))
                    {
                        bits |= Rest(rest);
                        pieces.Add(rests[(rest * GaussianBase.RestBytes)..((rest + 1) * GaussianBase.RestBytes)]);
                        (isTied, rest) = (true, rest + 1);
                    }
                    int magnitude = table.Count(t => bits >= t >> 1);
                    expected[i] = (signed & 1) == 1 ? -magnitude : magnitude;
                }
                if (!isTied) pieces.Add(new byte[GaussianBase.RestBytes]);
            }
            ScriptedStream script = new([.. pieces.SelectMany(static p => p)]);
            GaussianBase.Fill(script, draws);
            Assert.Equal(expected, draws);
            Assert.True(script.IsAtEnd);

            BigInteger Rest(int index) => new(rests.AsSpan(index * GaussianBase.RestBytes, GaussianBase.RestBytes), isUnsigned: true);
        }
    }

    [Fact]
    public void Comparing_by_group_and_with_all_thresholds_is_the_same()
    {
        if (!System.Runtime.Intrinsics.X86.Avx2.IsSupported) Assert.Skip("no AVX2: there is one way only");
        int[] firsts = [.. GaussianBase.CumulativeTable().Select(static t => (int)(t >> 97)).Distinct()];
        int[] bits = [.. firsts.SelectMany(static f => (int[])[f - 1, f, f == int.MaxValue ? 0 : f + 1]).SelectMany(static f => (int[])[f << 1, (f << 1) | 1]), 0, 1, -1, -2];
        Array.Resize(ref bits, GaussianBase.BlockDraws);
        int[] ties = new int[bits.Length], others = new int[bits.Length];
        long[] draws = new long[bits.Length], same = new long[bits.Length];
        Assert.Equal(GaussianBase.CompareAll(bits, others, same), GaussianBase.CompareByGroup(bits, ties, draws));
        Assert.Equal(others, ties);
        Assert.Equal(same.Where((_, i) => ties[i] == 0), draws.Where((_, i) => ties[i] == 0));
        Assert.Equal(2 * firsts.Length + 2, ties.Count(static t => t == -1));   // and the bits -1 and -2, which begin with 31 ones
    }

    /// <summary>SHA-256 of the 74 thresholds, 16 bytes each, little-endian, from Python's decimal module with 80 digits.</summary>
    [Fact]
    public void The_table_of_the_narrow_Gaussian_is_that_of_an_independent_program()
    {
        byte[] bytes = new byte[16 * GaussianBase.MagnitudeMax];
        BigInteger[] table = GaussianBase.CumulativeTable();
        for (int j = 0; j < table.Length; j++) table[j].TryWriteBytes(bytes.AsSpan(16 * j, 16), out _, isUnsigned: true);
        Assert.Equal("5f5b4905a340ca0c248a9e2ac43888a07f55bf3723cdaba622559cfd13286bc2", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
    }

    [Fact]
    public void Planned_deviations_are_reached_and_hardly_passed_and_every_level_is_smooth()
    {
        for (double log = 8; log <= 58; log += 1 / 16.0)
        {
            double asked = Math.Pow(2, log);
            WideGaussian gaussian = WideGaussian.Create(asked);
            Assert.InRange(gaussian.Deviation / asked, 1 - 1e-12, log < 20 ? 1.04 : 1.0001);
            Assert.Equal((long)(10 * gaussian.Deviation), gaussian.Bound);
            double deviation = GaussianBase.Deviation, smoothing = Math.Sqrt((89 * Math.Log(2) / Math.PI) + 1e-9);
            foreach ((long z1, long z2) in gaussian.Levels)
            {
                Assert.Equal(BigInteger.One, BigInteger.GreatestCommonDivisor(z1, z2));
                double length = Math.Sqrt(((double)z1 * z1) + ((double)z2 * z2));
                Assert.True(deviation * Math.Sqrt(2 * Math.PI) >= smoothing * length, $"2^{log}: ({z1}, {z2}) over {deviation}");
                deviation *= length;
            }
            Assert.Equal(deviation, gaussian.Deviation, deviation * 1e-12);
            Assert.True(gaussian.Levels.Count <= 5, $"2^{log} takes {gaussian.Levels.Count} levels");
        }
    }

    [Theory]
    [InlineData(255)]
    [InlineData(double.NaN)]
    [InlineData(2.9e17)]
    public void A_deviation_outside_the_range_is_refused(double deviation) => Assert.Throws<ArgumentOutOfRangeException>(() => WideGaussian.Create(deviation));

    /// <summary>Gives out these bytes and no others.</summary>
    private sealed class ScriptedStream(byte[] bytes) : IRandomStream
    {
        private int _at;

        public bool IsAtEnd => _at == bytes.Length;

        public void Fill(Span<byte> buffer)
        {
            bytes.AsSpan(_at, buffer.Length).CopyTo(buffer);
            _at += buffer.Length;
        }

        public void Dispose()
        {
        }
    }
}
