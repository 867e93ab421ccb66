using System.Buffers.Binary;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>Predictable "randomness", for tests only.</summary>
public sealed class SeededRandomness(ulong seed) : IRandomness
{
    private readonly SplitMix64 _random = new(seed);

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, _random.Next());
            int taken = Math.Min(word.Length, destination.Length);
            word[..taken].CopyTo(destination);
            destination = destination[taken..];
        }
    }
}
