using System.Buffers.Binary;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Secure aggregation as it should not be built, for attacks to succeed on. Values are words of Z_2^32.</summary>
internal static class WeakMasks
{
    /// <summary>A mask whose seed is a number of few bits: what a seed folded to a number, or a generator with a small state, comes to.</summary>
    public static uint[] OfSmallSeed(uint seed, int words)
    {
        byte[] key = new byte[AesCtrStream.SeedBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(key, seed);
        return Expand(key, words);
    }

    /// <summary>One number for a whole vector.</summary>
    public static uint[] Scalar(uint mask, int words) => [.. Enumerable.Repeat(mask, words)];

    public static uint[] Expand(byte[] key, int words)
    {
        byte[] bytes = new byte[4 * words];
        using AesCtrStream stream = new(key);
        stream.Fill(bytes);
        return Words(bytes);
    }

    public static uint[] Words(ReadOnlySpan<byte> bytes)
    {
        uint[] words = new uint[bytes.Length / 4];
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
        return words;
    }

    public static uint[] Add(uint[] a, uint[] b) => [.. a.Zip(b, static (x, y) => x + y)];

    public static uint[] Subtract(uint[] a, uint[] b) => [.. a.Zip(b, static (x, y) => x - y)];

    /// <summary>Whether words look like small signed grid integers, as updates do: how an attacker knows that it has one.</summary>
    public static bool LooksPlain(uint[] words, int bits = 17) => words.All(w => Math.Abs((long)(int)w) < 1L << (bits - 1));
}
