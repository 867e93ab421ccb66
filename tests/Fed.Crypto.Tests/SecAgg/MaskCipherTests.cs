using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Vectors;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Masks by offset: both implementations agree, and it makes no difference how a vector is cut.</summary>
public sealed class MaskCipherTests
{
    private static readonly byte[] Key = Federation.Random(32, 5);

    [Fact]
    public void Masks_are_the_words_of_the_keystream_from_its_beginning()
    {
        byte[] stream = new byte[100], mask = new byte[100];
        using (Fed.Crypto.Sampling.AesCtrStream keystream = new(Key)) keystream.Fill(stream);
        using MaskCipher cipher = MaskCipher.Create(Key);
        cipher.Apply(RingWidth.Ring32, subtract: false, 0, mask);
        Assert.Equal(stream, mask);
    }

    [Fact]
    public void The_fast_masks_are_the_portable_ones_at_every_offset_and_length()
    {
        Assert.SkipUnless(AesNiMaskCipher.IsSupported, "no AES instructions here");
        using MaskCipher fast = new AesNiMaskCipher(Key, 0), portable = new PortableMaskCipher(Key, 0);
        Gen<(int Word, int Count, bool Wide, bool Subtract, int Seed)> cases =
            from word in Gen.OneOf(Gen.Choose(0, 70), Gen.Choose(0, int.MaxValue))
            from count in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(1000, 1200))
            from wide in Gen.Elements(true, false)
            from subtract in Gen.Elements(true, false)
            from seed in Gen.Choose(0, 1000)
            select (word, count, wide, subtract, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            RingWidth ring = c.Wide ? RingWidth.Ring64 : RingWidth.Ring32;
            int bytes = RingSum.WordBytes(ring);
            byte[] words = Federation.Random(c.Count * bytes, c.Seed), twin = [.. words];
            fast.Apply(ring, c.Subtract, (long)c.Word * bytes, words);
            portable.Apply(ring, c.Subtract, (long)c.Word * bytes, twin);
            return words.AsSpan().SequenceEqual(twin);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(RingWidth.Ring32)]
    [InlineData(RingWidth.Ring64)]
    public void Pieces_of_any_size_in_any_order_give_the_whole(RingWidth ring)
    {
        const int Words = 10_007;
        int wordBytes = RingSum.WordBytes(ring);
        byte[] vector = Federation.Random(Words * wordBytes, 3), whole = [.. vector], pieces = [.. vector];
        using MaskStream masks = Masks(ring, 4);
        masks.Apply(0, whole);
        Random random = new(9);
        List<(int From, int Count)> cuts = [];
        for (int from = 0, count; from < Words; from += count) cuts.Add((from, count = Math.Min(Words - from, random.Next(1, 700))));
        foreach ((int from, int count) in cuts.OrderBy(_ => random.Next())) masks.Apply(from, pieces.AsSpan(from * wordBytes, count * wordBytes));
        Assert.Equal(whole, pieces);
        Assert.NotEqual(vector, whole);
    }

    [Fact]
    public void Masks_and_their_opposites_leave_the_vector()
    {
        byte[] vector = Federation.Random(4096, 1), masked = [.. vector];
        using MaskStream there = new(RingWidth.Ring64), back = new(RingWidth.Ring64);
        there.Include(Key, subtract: false);
        back.Include(Key, subtract: true);
        there.Apply(17, masked);
        back.Apply(17, masked);
        Assert.Equal(vector, masked);
    }

    [Fact]
    public void Far_offsets_are_counters_beyond_32_bits()
    {
        byte[] near = new byte[64], far = new byte[64];
        using MaskStream masks = Masks(RingWidth.Ring64, 1);
        masks.Apply(0, near);
        masks.Apply(1L << 33, far);
        Assert.NotEqual(near, far);
    }

    [Fact]
    public void Masking_a_piece_allocates_nothing()
    {
        byte[] piece = new byte[1 << 20];
        using MaskStream masks = Masks(RingWidth.Ring32, 5);
        masks.Apply(0, piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) masks.Apply(i * 77, piece);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Pieces_that_are_no_whole_words_and_negative_offsets_are_refused()
    {
        using MaskStream masks = Masks(RingWidth.Ring64, 1);
        Assert.Throws<ArgumentException>(() => masks.Apply(0, new byte[12]));
        Assert.Throws<ArgumentOutOfRangeException>(() => masks.Apply(-1, new byte[8]));
        Assert.Throws<ArgumentException>(() => masks.Apply(0, new byte[8], new byte[16]));
        masks.Dispose();
        Assert.Throws<ObjectDisposedException>(() => masks.Apply(0, new byte[8]));
        Assert.Equal("<redacted>", masks.ToString());
    }

    private static MaskStream Masks(RingWidth ring, int count)
    {
        MaskStream masks = new(ring);
        for (int i = 0; i < count; i++) masks.Include(Federation.Random(32, 100 + i), subtract: i % 2 == 0);
        return masks;
    }
}
