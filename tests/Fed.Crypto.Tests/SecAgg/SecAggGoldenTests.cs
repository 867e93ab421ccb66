using System.Security.Cryptography;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Bytes of every message and the masked vectors of an attempt from fixed randomness: sites of different versions would not understand each other, or their masks would not cancel, if one changed.</summary>
public sealed class SecAggGoldenTests
{
    [Theory]
    [InlineData(RingWidth.Ring32, "a7ecce642543aa6f0a85bb94c8615bf7b8debdf08ccfe959e803858b4eb8e3ea")]
    [InlineData(RingWidth.Ring64, "b422cef1e8967aebdfbca3c1675410a8411b762058b600fe8c6e2acdd62cff19")]
    public void An_attempt_from_fixed_randomness_has_the_bytes_it_always_had(RingWidth ring, string sha256)
    {
        using Federation federation = new(5, 1, 1, ring, words: 100, seed: 42);
        SiteSet all = SiteSet.All(5), contributors = federation.AllBut(2);
        AdvertList adverts = federation.Adverts(all);
        Dictionary<int, ShareBundle> bundles = federation.Share(adverts, all);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int site in all)
        {
            hash.AppendData(federation.Secrets[site].Advert.Encode(federation.Attempt));
            hash.AppendData(bundles[site].Encode(federation.Attempt));
            hash.AppendData(federation.Masked(site, adverts, all));
        }
        System.Collections.Immutable.ImmutableArray<ContributorSignature> signatures = federation.SignAll(contributors, contributors);
        foreach (int site in contributors)
        {
            hash.AppendData(signatures.First(s => s.Site == site).Encode(federation.Attempt));
            hash.AppendData(federation.Secrets[site].Unmask(adverts, federation.SharesFor(site, bundles), contributors, signatures, federation.Signers[0]).Encode(federation.Attempt));
            hash.AppendData(federation.Secrets[site].Save());
        }
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        Assert.True(found == sha256, $"SHA-256 is now {found}");
    }
}
