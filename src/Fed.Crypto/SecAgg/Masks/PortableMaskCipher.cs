using System.Buffers.Binary;
using System.Security.Cryptography;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>The mask by the base library's AES: keystream, then word by word. For processors without AES instructions that .NET knows, and the twin of the fast one in tests.</summary>
internal sealed class PortableMaskCipher(ReadOnlySpan<byte> key, ulong prefix) : MaskCipher
{
    private const int BufferBytes = 4096;
    private readonly PortableCounterMode _aes = new(key, prefix);
    private readonly byte[] _keystream = GC.AllocateArray<byte>(BufferBytes, pinned: true);

    internal override void ApplyBlocks(RingWidth ring, bool subtract, ulong block, Span<byte> words)
    {
        while (!words.IsEmpty)
        {
            int count = Math.Min(words.Length, BufferBytes);
            _aes.Keystream(block, _keystream.AsSpan(0, count));
            Combine(ring, subtract, words[..count], _keystream);
            block += (ulong)count / BlockBytes;
            words = words[count..];
        }
    }

    public override void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_keystream);
    }

    private static void Combine(RingWidth ring, bool subtract, Span<byte> words, ReadOnlySpan<byte> mask)
    {
        if (ring == RingWidth.Ring64)
            for (int i = 0; i < words.Length; i += sizeof(ulong))
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(words[i..]), by = BinaryPrimitives.ReadUInt64LittleEndian(mask[i..]);
                BinaryPrimitives.WriteUInt64LittleEndian(words[i..], subtract ? word - by : word + by);
            }
        else
            for (int i = 0; i < words.Length; i += sizeof(uint))
            {
                uint word = BinaryPrimitives.ReadUInt32LittleEndian(words[i..]), by = BinaryPrimitives.ReadUInt32LittleEndian(mask[i..]);
                BinaryPrimitives.WriteUInt32LittleEndian(words[i..], subtract ? word - by : word + by);
            }
    }
}
