using FsCheck;
using FsCheck.Fluent;

namespace Fed.Vectors.Tests;

public sealed class RingSumProperties
{
    [Fact]
    public void Vector_and_scalar_additions_give_the_same_bytes() => Prop.ForAll<ulong[], int, bool>(static (words, seed, is32) =>
    {
        RingWidth ring = is32 ? RingWidth.Ring32 : RingWidth.Ring64;
        byte[] a = [.. words.SelectMany(BitConverter.GetBytes)], b = new byte[a.Length], vector = [.. a];
        new Random(seed).NextBytes(b);
        RingSum.Add(ring, vector, b);
        RingSum.AddScalar(ring, a, b);
        return vector.AsSpan().SequenceEqual(a);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sums_are_integers_modulo_the_ring() => Prop.ForAll<long, long>(static (x, y) =>
    {
        byte[] a = BitConverter.GetBytes(x), narrow = BitConverter.GetBytes(unchecked((int)x));
        RingSum.Add(RingWidth.Ring64, a, BitConverter.GetBytes(y));
        RingSum.Add(RingWidth.Ring32, narrow, BitConverter.GetBytes(unchecked((int)y)));
        long[] wide = new long[1], low = new long[1];
        RingSum.Decode(RingWidth.Ring64, a, wide);
        RingSum.Decode(RingWidth.Ring32, narrow, low);
        return wide[0] == unchecked(x + y) && low[0] == unchecked((int)x + (int)y);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Pieces_added_one_by_one_equal_the_whole()
    {
        byte[] whole = new byte[8 * 1001], parts = new byte[8 * 1001], addend = new byte[8 * 1001];
        new Random(1).NextBytes(addend);
        RingSum.Add(RingWidth.Ring64, whole, addend);
        for (int at = 0; at < parts.Length; at += 8 * 77) RingSum.Add(RingWidth.Ring64, parts.AsSpan(at, Math.Min(8 * 77, parts.Length - at)), addend.AsSpan(at, Math.Min(8 * 77, parts.Length - at)));
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void Addition_allocates_nothing()
    {
        byte[] a = new byte[1 << 20], b = new byte[1 << 20];
        RingSum.Add(RingWidth.Ring64, a, b);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RingSum.Add(RingWidth.Ring64, a, b);
        RingSum.Add(RingWidth.Ring32, a, b);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Lengths_that_do_not_agree_are_refused()
    {
        Assert.Throws<ArgumentException>(static () => RingSum.Add(RingWidth.Ring64, new byte[16], new byte[8]));
        Assert.Throws<ArgumentException>(static () => RingSum.Add(RingWidth.Ring64, new byte[12], new byte[12]));
        Assert.Throws<ArgumentException>(static () => RingSum.Decode(RingWidth.Ring32, new byte[12], new long[2]));
    }
}
