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

    [Fact]
    public void A_narrow_Gaussian_counts_the_thresholds_that_its_bits_reach()
    {
        long[] draws = new long[1024];
        using AesCtrStream stream = SeededEntropy.Stream(1), same = SeededEntropy.Stream(1);
        GaussianBase.Fill(stream, draws);
        BigInteger[] table = GaussianBase.CumulativeTable();
        ulong[] words = new ulong[32];
        for (int group = 0; group < draws.Length; group += 64)
        {
            byte[] bytes = new byte[64 * 16];
            same.Fill(bytes);
            for (int i = 0; i < 64; i++)
            {
                // 16 draws at a time: their 16 high words, then their 16 low words, each as a signed number
                int at = (i / 16 * 256) + (i % 16 * 8);
                ulong high = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)) ^ (1UL << 63), low = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at + 128)) ^ (1UL << 63);
                BigInteger bits = ((BigInteger)high << 64) | low;
                int magnitude = table.Count(threshold => bits >= threshold);
                Assert.Equal((low & 1) == 1 ? magnitude : -magnitude, draws[group + i]);
            }
        }
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
}
