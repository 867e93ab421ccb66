using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Rlwe;

public sealed class RlweKeyTests
{
    private static readonly RnsRing Ring = PackingProfile.SiloThreshold.Ring;

    [Fact]
    public void A_secret_key_is_ternary_and_uses_all_three_values()
    {
        using RlweSecretKey key = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        long[] coefficients = Centred(key.Evaluations);
        int[] counts = [.. Enumerable.Range(-1, 3).Select(v => coefficients.Count(c => c == v))];
        Assert.Equal(Ring.N, counts.Sum());
        Assert.All(counts, static count => Assert.InRange(count, 2430, 3031));   // 8192/3 within 7 deviations of sqrt(8192 * 2/9): false alarm below 1e-11
    }

    [Fact]
    public void A_disposed_key_is_zeroed_and_refuses_to_work()
    {
        RlweSecretKey key = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        SecretBuffer<ulong> buffer = new(4);
        buffer.Span.Fill(7);
        buffer.Dispose();
        Assert.Equal(new ulong[4], buffer.Span.ToArray());
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Evaluations.Length);
        Assert.Throws<ObjectDisposedException>(() => key.Id);
        Assert.Throws<ObjectDisposedException>(() => RlwePublicKey.Generate(key, SystemEntropy.Instance));
    }

    [Fact]
    public void A_secret_key_never_prints_itself()
    {
        using RlweSecretKey key = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        Assert.Equal("<redacted>", key.ToString());
        Assert.DoesNotContain(typeof(RlweSecretKey).GetProperties(), static p => p.Name is not ("Ring" or "Id"));
    }

    [Fact]
    public void A_public_key_is_a_sample_with_a_small_error()
    {
        using RlweSecretKey secret = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        ulong[] error = [.. key.B];
        Ring.MultiplyAdd(key.A, secret.Evaluations, error);
        long[] coefficients = Centred(error);
        Assert.All(coefficients, static e => Assert.InRange(e, -21, 21));
        Assert.InRange(coefficients.Average(static e => (double)e * e), 9.5, 11.5);   // 10.5 within 6 deviations of 10.5 sqrt(2/8192)
    }

    [Fact]
    public void Keys_are_named_by_what_they_are()
    {
        using RlweSecretKey secret = RlweSecretKey.Generate(Ring, SystemEntropy.Instance), copy = RlweSecretKey.FromEvaluations(Ring, secret.Evaluations);
        using RlweSecretKey other = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        Assert.Equal(secret.Id, copy.Id);
        Assert.NotEqual(secret.Id, other.Id);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance), second = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        Assert.NotEqual(key.Id, second.Id);
        Assert.False(key.A.SequenceEqual(second.A));
    }

    [Fact]
    public void The_error_of_a_fresh_encryption_has_the_deviation_that_the_capacity_counts()
    {
        using RlweSecretKey secret = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        using PublicKeyEncryption encryption = new(key, SystemEntropy.Instance);
        sbyte[] drawn = new sbyte[Ring.N];
        ulong[] c0 = new ulong[Ring.Words], c1 = new ulong[Ring.Words];
        encryption.DrawError(drawn);
        Ring.FromSigned(drawn, c0);
        encryption.Encrypt(c0, c1);
        Ring.MultiplyAdd(c1, secret.Evaluations, c0);
        double variance = Centred(c0).Average(static e => (double)e * e);
        Assert.Equal(1, variance / (10.5 * (1 + (4.0 / 3 * Ring.N))), 0.15);   // 9 deviations
    }

    private static long[] Centred(ReadOnlySpan<ulong> evaluations)
    {
        ulong[] poly = [.. evaluations];
        Ring.Inverse(poly);
        return [.. Enumerable.Range(0, Ring.N).Select(i => (long)Ring.ComposeCentredAt(poly, i))];
    }
}
