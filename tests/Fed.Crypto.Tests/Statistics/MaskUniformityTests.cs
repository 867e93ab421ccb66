using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Statistics;

/// <summary>A masked vector looks like uniform words, whatever is in it; so do the difference of two, and sums that lack one. False alarms: <see cref="FalseAlarm"/>. More in <see cref="SecrecyTests"/>.</summary>
public sealed class MaskUniformityTests
{
    private const int Words = 1 << 15;

    [Theory]
    [InlineData(RingWidth.Ring32, 0L)]
    [InlineData(RingWidth.Ring32, 32767L)]
    [InlineData(RingWidth.Ring64, 0L)]
    [InlineData(RingWidth.Ring64, -1L)]
    public void Bytes_bits_and_signs_of_a_masked_vector_are_uniform(RingWidth ring, long value)
    {
        using Federation federation = new(4, ring: ring, words: Words, seed: FalseAlarm.Seed(51));
        int size = RingSum.WordBytes(ring);
        foreach (byte[] vector in federation.Vectors)
            for (int i = 0; i < vector.Length; i += size)
                BitConverter.GetBytes(i / size % 2 == 0 ? value : -value).AsSpan(0, size).CopyTo(vector.AsSpan(i));
        SiteSet all = SiteSet.All(4);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        byte[][] masked = [.. all.Select(site => federation.Masked(site, adverts, all))];
        foreach ((string what, byte[] words) in new[] { ("one", masked[0]), ("another", masked[3]), ("three of four", federation.Sum(masked[..3])), ("all, under their own masks", federation.Sum(masked)) })
            Check($"ring {(int)ring}, {value}, {what}", words, size);
        // The tests can fail: the vector itself.
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check("plain", federation.Vectors[0], size));
    }

    private static void Check(string what, byte[] words, int size)
    {
        long[] bits = new long[8 * size];
        for (int place = 0; place < size; place++)
        {
            long[] bytes = new long[256];
            for (int i = place; i < words.Length; i += size)
            {
                bytes[words[i]]++;
                for (int bit = 0; bit < 8; bit++) bits[(8 * place) + bit] += (words[i] >> bit) & 1;
            }
            FalseAlarm.Check($"{what}, byte {place}", bytes, static _ => 1.0 / 256);
        }
        long count = words.Length / size, agree = 0;
        for (int bit = 0; bit < bits.Length; bit++) FalseAlarm.Check($"{what}, bit {bit}", bits[bit], count, 0.5);
        for (int i = size; i < words.Length; i += 2 * size) agree += (words[i] & 1) == (words[i - size] & 1) ? 1 : 0;
        FalseAlarm.Check($"{what}, neighbours", agree, count / 2, 0.5);
    }
}
