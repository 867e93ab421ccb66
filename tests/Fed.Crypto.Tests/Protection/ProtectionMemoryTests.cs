using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.Packing;
using Fed.Crypto.Tests.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Protection;

/// <summary>Ten million values go through a piece at a time: what protecting and adding them allocates, all told, is bounded and has nothing to do with their number.</summary>
public sealed class ProtectionMemoryTests
{
    private const int Values = 10_000_000, PieceBytes = 1 << 20;

    [Theory]
    [InlineData(RingWidth.Ring32)]
    [InlineData(RingWidth.Ring64)]
    public void Masking_and_adding_ten_million_values_allocates_nothing_per_value(RingWidth ring)
    {
        using Federation federation = new(3, ring: ring, words: 8);
        SiteSet all = SiteSet.All(3);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        using MaskStream masks = federation.Secrets[0].Mask(adverts, all, federation.VectorHash(0));
        byte[] piece = new byte[PieceBytes], masked = new byte[PieceBytes], sum = new byte[PieceBytes];
        Protect(2 * PieceBytes);                                              // compiled
        Assert.InRange(Allocated(() => Protect((long)Values * RingSum.WordBytes(ring))), 0, 4096);

        void Protect(long bytes)
        {
            for (long at = 0; at < bytes; at += PieceBytes)
            {
                masks.Apply(at / RingSum.WordBytes(ring), piece, masked);
                RingSum.Add(ring, sum, masked);
            }
        }
    }

    [Fact]
    public void Encrypting_and_adding_ten_million_values_allocates_the_buffers_of_one_ciphertext()
    {
        using RlweSecretKey secret = RlweSecretKey.Generate(PackingProfile.SiloThreshold.Ring, SystemEntropy.Instance);
        byte[] piece = new byte[PieceBytes];
        Protect(PieceBytes / 4);
        Assert.InRange(Allocated(() => Protect(Values)), 0, 8_000_000);      // four vectors a buffer, a ciphertext has 524,288 bytes unpacked

        void Protect(int values)
        {
            PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((values, 16)), new PackingJob(10, 10));
            byte[] key = new byte[32];
            SumAccumulator sum = new(layout, key);
            byte[] closed = new byte[sum.SumBytes];
            MaskedEncryption encryption = new(secret, (index, a) => PackedSum.Mask(layout, 0, index, a), AesCtrStream.Fresh(SystemEntropy.Instance));
            using SumEncryptor encryptor = new(layout, key, encryption, RingWidth.Ring32, (_, ciphertext) =>
            {
                sum.Add(ciphertext);
                sum.Close(closed);
            });
            for (long at = 0, bytes = 4L * values; at < bytes; at += PieceBytes) encryptor.Write(piece.AsSpan(0, (int)Math.Min(PieceBytes, bytes - at)));
            encryptor.Complete();
        }
    }

    // All that this thread allocates, what was given back included: no peak can be higher.
    private static long Allocated(Action work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
