using System.Runtime.Intrinsics;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.Tests.SecAgg;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>
/// Masks that grow from 32 bits, as where an agreed key is folded to a number that seeds a general-purpose generator: the seed is found by trying all (Hellman, IEEE Trans. IT 1980, as the plain end of the trade-off). The generator here is the
/// finaliser of MurmurHash3 over seed and place, one of the quickest that shipped systems use; others cost the attacker a small factor.
/// </summary>
public sealed class SmallSeedTests
{
    private const int Words = 64;

    /// <summary>One core goes through all 2^32 seeds in a few seconds; this one lies at an eighth of the way.</summary>
    [Fact]
    public void A_32_bit_seed_is_found_by_trying()
    {
        const uint Seed = 0x21C3_70A5;
        uint[] update = [.. Enumerable.Range(0, Words).Select(static i => (uint)((i * 37 % 200) - 100))];
        uint[] masked = [.. update.Select(static (word, i) => word + Mask(Seed, i))];
        Assert.Equal(Seed, Search(masked));
        using Federation federation = new(3, words: Words);
        SiteSet all = SiteSet.All(3);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        Assert.False(LooksPlain(WeakMasks.Words(federation.Masked(0, adverts, all)), Seed));
    }

    /// <summary>No folding on the way from the secrets to the keys of masks: changing any bit of the 256, or any two, gives another key. A sum, an exclusive or, a truncation or a checksum of 32 bits would meet itself.</summary>
    [Fact]
    public void Every_bit_of_a_seed_counts_by_itself_and_with_every_other()
    {
        using Federation federation = new(3);
        HashSet<UInt128> keys = [];
        byte[] seed = Federation.Random(32, 5), key = new byte[MaskCipher.KeyBytes];
        int tried = 0;
        for (int i = -1; i < 256; i++)
            for (int j = i < 0 ? -1 : i; j < (i < 0 ? 0 : 256); j++)
            {
                byte[] changed = [.. seed];
                if (i >= 0) changed[i / 8] ^= (byte)(1 << (i % 8));
                if (j > i) changed[j / 8] ^= (byte)(1 << (j % 8));
                MaskKeys.OfSite(federation.Attempt, 0, changed, key);
                keys.Add(new UInt128(BitConverter.ToUInt64(key, 0), BitConverter.ToUInt64(key, 24)));
                tried++;
            }
        Assert.Equal(1 + 256 + (256 * 255 / 2), tried);
        Assert.Equal(tried, keys.Count);
    }

    // Eight seeds at a time by their first word; what looks plain there is looked at whole.
    private static uint? Search(uint[] masked)
    {
        Vector256<uint> eight = Vector256.Create(8u), bound = Vector256.Create(1u << 16), half = Vector256.Create(1u << 15), first = Vector256.Create(masked[0]), second = Vector256.Create(masked[1]);
        Vector256<uint> seeds = Vector256<uint>.Indices;
        for (uint batch = 0; batch < 1u << 29; batch++, seeds += eight)
        {
            Vector256<uint> hits = Vector256.LessThan(first - Mask(seeds, 0) + half, bound);
            if (hits == Vector256<uint>.Zero) continue;
            hits &= Vector256.LessThan(second - Mask(seeds, 1) + half, bound);
            if (hits == Vector256<uint>.Zero) continue;
            for (uint lane = 0; lane < 8; lane++)
                if (hits[(int)lane] != 0 && LooksPlain(masked, (batch * 8) + lane)) return (batch * 8) + lane;
        }
        return null;
    }

    private static bool LooksPlain(uint[] masked, uint seed) => WeakMasks.LooksPlain([.. masked.Select((word, i) => word - Mask(seed, i))]);

    private static uint Mask(uint seed, int place) => Mask(Vector256.Create(seed), place)[0];

    private static Vector256<uint> Mask(Vector256<uint> seed, int place)
    {
        Vector256<uint> h = seed + Vector256.Create((uint)place * 0x9E37_79B9);
        h = (h ^ (h >>> 16)) * Vector256.Create(0x85EB_CA6B);
        h = (h ^ (h >>> 13)) * Vector256.Create(0xC2B2_AE35);
        return h ^ (h >>> 16);
    }
}
