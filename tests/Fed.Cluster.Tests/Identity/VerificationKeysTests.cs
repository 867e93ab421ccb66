using System.Security.Cryptography;
using Fed.Cluster.Identity;
using Xunit;

namespace Fed.Cluster.Tests.Identity;

public sealed class VerificationKeysTests
{
    private static readonly byte[] Hash = SHA256.HashData("content"u8);

    private readonly VerificationKeys _keys = new();

    [Fact]
    public void Known_key_verifies_what_it_signed_and_nothing_else()
    {
        using ECDsa key = Fresh(), other = Fresh();
        byte[] signature = key.SignHash(Hash);
        for (int again = 0; again < 3; again++)
        {
            Assert.True(_keys.Verify(key.ExportSubjectPublicKeyInfo(), Hash, signature));
            Assert.False(_keys.Verify(other.ExportSubjectPublicKeyInfo(), Hash, signature));
            Assert.False(_keys.Verify(key.ExportSubjectPublicKeyInfo(), SHA256.HashData("other"u8), signature));
        }

        Assert.Equal(2, _keys.Count);
    }

    [Fact]
    public void Bytes_that_are_no_key_are_refused_each_time_and_not_kept()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        byte[][] none = [[], [1, 2, 3], curve.ExportSubjectPublicKeyInfo()];
        foreach (byte[] bytes in none.Concat(none)) Assert.ThrowsAny<CryptographicException>(() => _keys.Verify(bytes, Hash, new byte[64]));
        Assert.Equal(0, _keys.Count);
    }

    [Fact]
    public void More_keys_than_are_kept_stay_bounded_and_all_verify()
    {
        using ECDsa first = Fresh();
        byte[] signature = first.SignHash(Hash);
        Assert.True(_keys.Verify(first.ExportSubjectPublicKeyInfo(), Hash, signature));
        for (int i = 0; i < VerificationKeys.KeptMax; i++)
        {
            using ECDsa key = Fresh();
            Assert.True(_keys.Verify(key.ExportSubjectPublicKeyInfo(), Hash, key.SignHash(Hash)));
        }

        Assert.InRange(_keys.Count, 1, VerificationKeys.KeptMax);
        Assert.True(_keys.Verify(first.ExportSubjectPublicKeyInfo(), Hash, signature));
    }

    [Fact]
    public void Threads_share_a_key_without_getting_in_each_others_way()
    {
        using ECDsa key = Fresh();
        byte[] publicKey = key.ExportSubjectPublicKeyInfo(), signature = key.SignHash(Hash);
        int good = 0;
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            if (_keys.Verify(publicKey, Hash, signature)) Interlocked.Increment(ref good);
        });
        Assert.Equal(200, good);
        Assert.Equal(1, _keys.Count);
    }

    private static ECDsa Fresh() => ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
