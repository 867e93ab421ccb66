using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Vectors;

namespace Fed.Crypto.SelfTest;

/// <summary>Masks: the counter mode of both implementations against the standard, and a sum of four sites of which one drops out after it has shared its keys.</summary>
internal static class MaskedSumCheck
{
    private const int Sites = 4, Words = 1000;

    /// <summary>NIST SP 800-38A, F.5.5: the first block of the keystream.</summary>
    public static string? Masks()
    {
        byte[] key = Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        using PortableMaskCipher portable = new(key, 0xf0f1f2f3f4f5f6f7);
        if (First(portable) is string fault) return fault;
        if (!AesNiMaskCipher.IsSupported) return null;
        using AesNiMaskCipher fast = new(key, 0xf0f1f2f3f4f5f6f7);
        return First(fast);

        static string? First(MaskCipher cipher)
        {
            byte[] block = new byte[MaskCipher.BlockBytes];
            cipher.ApplyBlocks(RingWidth.Ring32, subtract: false, 0xf8f9fafbfcfdfeff, block);
            string found = Convert.ToHexStringLower(block);
            return found == "0bdf7df1591716335e9a8b15c860c502" ? null : $"{found}, expected 0bdf7df1591716335e9a8b15c860c502";
        }
    }

    /// <summary>The whole ceremony.</summary>
    public static string? Opens()
    {
        ThrowawaySigner[] signers = [.. Enumerable.Range(0, Sites).Select(static _ => new ThrowawaySigner())];
        List<IDisposable> secrets = [.. signers];
        try
        {
            SecAggRoster roster = SecAggRoster.Create(signers.Select(static (s, i) => new SecAggSite($"site-{i}", [.. s.PublicKey.Span])));
            SecAggTerms terms = SecAggTerms.Create(SecAggParameters.Create(new SecAggDemand(Sites, 0, 1, RingWidth.Ring64)), roster);
            Hash256 hash = Hash256.Of("self-test"u8);
            SecAggAttempt attempt = new(terms, new SecAggContext("self-test", 0, "self-test", 0, hash, hash, roster.Hash));
            SiloSecrets[] silos = [.. signers.Select((s, i) => SiloSecrets.Advertise(attempt, roster.NameOf(i), s, SystemEntropy.Instance))];
            secrets.AddRange(silos);
            AdvertList adverts = AdvertList.Verify(attempt, silos.Select(static s => s.Advert), signers[0]);
            ImmutableArray<ShareBundle> bundles = [.. silos.Select(s => s.ShareKeys(adverts))];

            SiteSet all = SiteSet.All(Sites), contributors = all.Except(SiteSet.Of(Sites, [2]));
            byte[] sum = new byte[8 * Words], plain = new byte[8 * Words];
            foreach (int site in contributors)
            {
                byte[] vector = new byte[8 * Words];
                vector.AsSpan().Fill((byte)(0x51 * (site + 1)));
                RingSum.Add(RingWidth.Ring64, plain, vector);
                using MaskStream masks = silos[site].Mask(adverts, all, hash);
                masks.Apply(0, vector);
                RingSum.Add(RingWidth.Ring64, sum, vector);
            }
            ContributorSignature[] signatures = [.. contributors.Select(i => silos[i].SignContributors(contributors, signers[i]))];
            using SumUnmasker server = new(adverts, bundles, contributors);
            foreach (int site in contributors) server.Add(silos[site].Unmask(adverts, bundles.Where(b => b.Dealer != site).Select(b => b.For(site)!), contributors, signatures, signers[0]));
            if (sum.AsSpan().SequenceEqual(plain)) return "the sum was not masked";
            using MaskStream left = server.Complete();
            left.Apply(0, sum);
            return sum.AsSpan().SequenceEqual(plain) ? null : "the opened sum is not that of the contributors";
        }
        finally
        {
            secrets.ForEach(static secret => secret.Dispose());
        }
    }
}
