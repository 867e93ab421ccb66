using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>Counter mode by the base library's AES, for processors without AES instructions that .NET knows, and the twin of the fast one in tests: counters go through ECB, which every block enters once.</summary>
internal sealed class PortableCounterMode : ICounterMode
{
    private const int BlockBytes = 16;
    private const int BufferBytes = 8192;   // 512 blocks a call: the call costs little

    private readonly Aes _aes = Aes.Create();
    private readonly ICryptoTransform _encryptor;
    private readonly byte[] _counters = new byte[BufferBytes];
    private readonly byte[] _keystream = GC.AllocateArray<byte>(BufferBytes, pinned: true);

    /// <summary>For a key of 32 bytes and a prefix of the counters.</summary>
    public PortableCounterMode(ReadOnlySpan<byte> key, ulong prefix)
    {
        for (int i = 0; i < BufferBytes; i += BlockBytes) BinaryPrimitives.WriteUInt64BigEndian(_counters.AsSpan(i), prefix);
        _aes.Mode = CipherMode.ECB;
        _aes.Padding = PaddingMode.None;
        _aes.SetKey(key);
        _encryptor = _aes.CreateEncryptor();
    }

    public void Keystream(ulong block, Span<byte> blocks)
    {
        while (!blocks.IsEmpty)
        {
            int count = Math.Min(blocks.Length, BufferBytes);
            for (int i = 0; i < count; i += BlockBytes) BinaryPrimitives.WriteUInt64BigEndian(_counters.AsSpan(i + 8), block++);
            _encryptor.TransformBlock(_counters, 0, count, _keystream, 0);
            _keystream.AsSpan(0, count).CopyTo(blocks);
            blocks = blocks[count..];
        }
    }

    public void Dispose()
    {
        _encryptor.Dispose();
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_keystream);
    }
}
