using System.Buffers.Binary;
using System.Security.Cryptography;
using Fed.Vectors;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>The mask by the base library's AES: blocks of counters through ECB, then word by word. For processors without AES instructions that .NET knows, and the twin of the fast one in tests.</summary>
internal sealed class PortableMaskCipher : MaskCipher
{
    private const int BufferBytes = 4096;
    private readonly Aes _aes = Aes.Create();
    private readonly ICryptoTransform _encryptor;
    private readonly byte[] _counters = new byte[BufferBytes];
    private readonly byte[] _keystream = GC.AllocateArray<byte>(BufferBytes, pinned: true);

    public PortableMaskCipher(ReadOnlySpan<byte> key, ulong prefix)
    {
        for (int i = 0; i < BufferBytes; i += BlockBytes) BinaryPrimitives.WriteUInt64BigEndian(_counters.AsSpan(i), prefix);
        _aes.Mode = CipherMode.ECB;                         // the counter mode is built on it: every block enters once
        _aes.Padding = PaddingMode.None;
        _aes.SetKey(key);
        _encryptor = _aes.CreateEncryptor();
    }

    internal override void ApplyBlocks(RingWidth ring, bool subtract, ulong block, Span<byte> words)
    {
        while (!words.IsEmpty)
        {
            int count = Math.Min(words.Length, BufferBytes);
            for (int i = 0; i < count; i += BlockBytes) BinaryPrimitives.WriteUInt64BigEndian(_counters.AsSpan(i + 8), block++);
            _encryptor.TransformBlock(_counters, 0, count, _keystream, 0);
            Combine(ring, subtract, words[..count], _keystream);
            words = words[count..];
        }
    }

    public override void Dispose()
    {
        _encryptor.Dispose();
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
