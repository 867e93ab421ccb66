using System.Numerics;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Sharing;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>The field and Shamir's sharing against independent arithmetic with <see cref="BigInteger"/>.</summary>
public sealed class SharingTests
{
    private static readonly BigInteger P = BigInteger.Pow(2, 266) - 3;

    [Fact]
    public void The_modulus_is_prime()
    {
        // Miller and Rabin to 64 prime bases: a composite passes one with probability below 1/4, and nobody chose this one to pass them.
        BigInteger odd = P - 1;
        int twos = 0;
        for (; odd.IsEven; odd >>= 1) twos++;
        int[] bases = [.. Enumerable.Range(2, 310).Where(static n => Enumerable.Range(2, n - 2).All(d => n % d != 0)).Take(64)];
        Assert.Equal(64, bases.Length);
        Assert.All(bases, b =>
        {
            BigInteger power = BigInteger.ModPow(b, odd, P);
            bool passes = power.IsOne || power == P - 1;
            for (int i = 1; i < twos && !passes; i++) passes = (power = power * power % P) == P - 1;
            Assert.True(passes);
        });
    }

    [Fact]
    public void Field_arithmetic_is_that_of_big_integers()
    {
        BigInteger[] edges = [0, 1, 2, 3, P - 1, P - 2, P - 3, BigInteger.Pow(2, 256) - 1, BigInteger.Pow(2, 256), BigInteger.Pow(2, 265), (P - 1) / 2, BigInteger.Pow(2, 64) - 1, BigInteger.Pow(2, 64)];
        BigInteger[] numbers = [.. edges, .. Enumerable.Range(0, 40).Select(static i => new BigInteger(Federation.Random(40, i), isUnsigned: true) % P)];
        Span<ulong> result = stackalloc ulong[PrimeField.Words];
        foreach (BigInteger a in numbers)
        {
            foreach (BigInteger b in numbers)
            {
                PrimeField.Add(Words(a), Words(b), result);
                Assert.Equal((a + b) % P, Number(result));
                PrimeField.Subtract(Words(a), Words(b), result);
                Assert.Equal((a - b + P) % P, Number(result));
                PrimeField.Multiply(Words(a), Words(b), result);
                Assert.Equal(a * b % P, Number(result));
            }
            PrimeField.MultiplySmall(Words(a), 4096, result);
            Assert.Equal(a * 4096 % P, Number(result));
            PrimeField.Invert(Words(a), result);
            Assert.Equal(a.IsZero ? 0 : 1, Number(result) * a % P);
        }
    }

    [Fact]
    public void Operands_may_be_the_result()
    {
        ulong[] a = Words(P - 5), b = Words(P - 7);
        PrimeField.Multiply(a, b, a);
        Assert.Equal(35, Number(a));
        PrimeField.Subtract(a, b, b);
        Assert.Equal(42, Number(b));
        PrimeField.Add(b, b, b);
        Assert.Equal(84, Number(b));
    }

    [Fact]
    public void Elements_have_one_encoding_and_the_modulus_none()
    {
        Span<byte> bytes = stackalloc byte[PrimeField.Bytes];
        Span<ulong> words = stackalloc ulong[PrimeField.Words];
        foreach (BigInteger number in new[] { 0, 1, P - 1, BigInteger.Pow(2, 255) + 9 })
        {
            PrimeField.Write(Words(number), bytes);
            Assert.Equal(number, new BigInteger(bytes, isUnsigned: true, isBigEndian: true));
            Assert.True(PrimeField.TryRead(bytes, words));
            Assert.Equal(number, Number(words));
        }
        foreach (BigInteger number in new[] { P, P + 1, P + 2, P + 3, BigInteger.Pow(2, 272) - 1, BigInteger.Pow(2, 267) })
            Assert.False(PrimeField.TryRead([.. number.ToByteArray(isUnsigned: true, isBigEndian: true)], words));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Shares_are_values_of_the_polynomial(int threshold)
    {
        byte[] secret = Federation.Random(32, 8);
        BigInteger[] coefficients = [new(secret, isUnsigned: true, isBigEndian: true), .. Coefficients(3, threshold - 1)];
        using AesCtrStream stream = SeededEntropy.Stream(3);
        using SecretSharing sharing = new(secret, threshold, stream);
        foreach (int place in new[] { 0, 1, 2, 9, 100, 4095 })
        {
            BigInteger expected = coefficients.Select((c, power) => c * BigInteger.Pow(place + 1, power)).Aggregate(BigInteger.Add) % P;
            Assert.Equal(expected, new BigInteger(Share(sharing, place), isUnsigned: true, isBigEndian: true));
        }
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(5, 6)]
    public void Every_set_of_threshold_holders_rebuilds_the_secret(int threshold, int holders)
    {
        foreach (byte[] secret in new[] { Federation.Random(32, 1), new byte[32], [.. Enumerable.Repeat((byte)255, 32)] })
        {
            using SecretSharing sharing = new(secret, threshold, SeededEntropy.Stream(threshold));
            foreach (int[] places in Subsets(holders, threshold))
            {
                Assert.True(Combine(sharing, places, out byte[] rebuilt));
                Assert.Equal(secret, rebuilt);
                Assert.Equal(secret, Lagrange(places, [.. places.Select(p => Share(sharing, p))]));
            }
        }
    }

    [Fact]
    public void Holders_far_apart_and_in_any_order_rebuild_the_secret()
    {
        byte[] secret = Federation.Random(32, 1);
        using SecretSharing sharing = new(secret, 5, SeededEntropy.Stream(1));
        Assert.True(Combine(sharing, [4095, 0, 2048, 77, 1], out byte[] rebuilt));
        Assert.Equal(secret, rebuilt);
    }

    [Fact]
    public void One_share_fewer_fits_every_secret()
    {
        // Given t - 1 shares, each candidate for the secret lies on exactly one polynomial of degree t - 1: so the shares say nothing. Shown here for two candidates by the share that would complete each.
        const int Threshold = 4;
        byte[] secret = Federation.Random(32, 1);
        using SecretSharing sharing = new(secret, Threshold, SeededEntropy.Stream(2));
        int[] places = [0, 1, 2];
        foreach (byte[] candidate in new[] { secret, Federation.Random(32, 9) })
        {
            BigInteger missing = Through([(0, new BigInteger(candidate, isUnsigned: true, isBigEndian: true)), .. places.Select(p => (p + 1, new BigInteger(Share(sharing, p), isUnsigned: true, isBigEndian: true)))], 4);
            byte[] fourth = new byte[PrimeField.Bytes];
            missing.ToByteArray(isUnsigned: true, isBigEndian: true).CopyTo(fourth.AsSpan(PrimeField.Bytes - missing.GetByteCount(isUnsigned: true)));
            Assert.Equal(candidate, Lagrange([0, 1, 2, 3], [.. places.Select(p => Share(sharing, p)), fourth]));
        }
    }

    [Fact]
    public void A_wrong_share_gives_another_secret_or_none()
    {
        byte[] secret = Federation.Random(32, 1);
        using SecretSharing sharing = new(secret, 3, SeededEntropy.Stream(2));
        ulong[] shares = [.. Words(new BigInteger(Share(sharing, 0), isUnsigned: true, isBigEndian: true) ^ 1), .. Words(new BigInteger(Share(sharing, 1), isUnsigned: true, isBigEndian: true)), .. Words(new BigInteger(Share(sharing, 2), isUnsigned: true, isBigEndian: true))];
        byte[] rebuilt = new byte[32];
        Assert.False(new Interpolation([0, 1, 2]).TryCombine(shares, rebuilt) && rebuilt.AsSpan().SequenceEqual(secret));
    }

    [Fact]
    public void Shares_of_a_fixed_secret_look_uniform()
    {
        // Byte 16 of the share at place 3, for a secret of zeros and 51,200 polynomials; false alarm 1e-9 by design, on fixed seeds.
        long[] counts = new long[256];
        using AesCtrStream stream = SeededEntropy.Stream(77);
        for (int i = 0; i < 51_200; i++)
        {
            using SecretSharing sharing = new(new byte[32], 2, stream);
            counts[Share(sharing, 3)[16]]++;
        }
        Uniformity.Check(counts);
    }

    private static bool Combine(SecretSharing sharing, int[] places, out byte[] secret)
    {
        ulong[] shares = [.. places.SelectMany(p => Words(new BigInteger(Share(sharing, p), isUnsigned: true, isBigEndian: true)))];
        secret = new byte[32];
        return new Interpolation(places).TryCombine(shares, secret);
    }

    private static byte[] Share(SecretSharing sharing, int place)
    {
        byte[] share = new byte[PrimeField.Bytes];
        sharing.ShareOf(place, share);
        return share;
    }

    private static byte[] Lagrange(int[] places, byte[][] shares)
    {
        BigInteger value = Through([.. places.Zip(shares, static (p, s) => (p + 1, new BigInteger(s, isUnsigned: true, isBigEndian: true)))], 0);
        byte[] secret = new byte[32];
        byte[] bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(secret, 32 - bytes.Length);
        return secret;
    }

    // The value at x of the polynomial through the points.
    private static BigInteger Through((int X, BigInteger Y)[] points, int x)
    {
        BigInteger sum = 0;
        foreach ((int xj, BigInteger yj) in points)
        {
            BigInteger term = yj;
            foreach ((int xm, _) in points)
                if (xm != xj) term = term * ((x - xm) * BigInteger.ModPow((xj - xm + P) % P, P - 2, P) % P) % P;
            sum = (sum + term) % P;
        }
        return (sum + P) % P;
    }

    private static IEnumerable<BigInteger> Coefficients(int seed, int count)
    {
        byte[] bytes = Federation.Random(34 * count, seed);
        for (int i = 0; i < count; i++)
        {
            bytes[34 * i] &= 3;
            yield return new BigInteger(bytes.AsSpan(34 * i, 34), isUnsigned: true, isBigEndian: true);
        }
    }

    private static IEnumerable<int[]> Subsets(int of, int size) =>
        Enumerable.Range(0, 1 << of).Where(mask => System.Numerics.BitOperations.PopCount((uint)mask) == size).Select(mask => Enumerable.Range(0, of).Where(i => (mask >> i & 1) != 0).ToArray());

    private static ulong[] Words(BigInteger number) => [.. Enumerable.Range(0, PrimeField.Words).Select(i => (ulong)(number >> (64 * i) & ulong.MaxValue))];

    private static BigInteger Number(ReadOnlySpan<ulong> words)
    {
        BigInteger number = 0;
        for (int i = words.Length - 1; i >= 0; i--) number = number << 64 | words[i];
        return number;
    }
}
