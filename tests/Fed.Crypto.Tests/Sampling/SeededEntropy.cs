using System.Buffers.Binary;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Sampling;

/// <summary>Entropy that repeats itself: tests only.</summary>
internal sealed class SeededEntropy(int seed) : IEntropy
{
    private readonly AesCtrStream _stream = Stream(seed);

    public void Fill(Span<byte> buffer) => _stream.Fill(buffer);

    /// <summary>The stream of a small number.</summary>
    public static AesCtrStream Stream(int seed)
    {
        Span<byte> key = stackalloc byte[AesCtrStream.SeedBytes];
        key.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        return new AesCtrStream(key);
    }
}
