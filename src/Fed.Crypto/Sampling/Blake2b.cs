using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>BLAKE2b: SEAL names its parameters by it and grows its random bytes with it.</summary>
/// <remarks>
/// RFC 7693. One compression serves four hashes at a time, one in each 64-bit lane: the 64 nodes of a BLAKE2X block differ in one word only, and a single hash just leaves three lanes unused.
/// No branch and no index depends on the data.
/// </remarks>
public static class Blake2b
{
    internal const int BlockBytes = 128;
    internal const int Words = 8;
    private const int Rounds = 12;

    private static ReadOnlySpan<ulong> Iv =>
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ];

    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
    ];

    /// <summary>Hashes a message without a key.</summary>
    /// <param name="source">The message.</param>
    /// <param name="digest">Receives the hash; its length, 1 to 64 bytes, is part of what is hashed.</param>
    /// <exception cref="ArgumentException">The digest is empty or longer than 64 bytes.</exception>
    public static void HashData(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        if (digest.Length is < 1 or > 64) throw new ArgumentException($"a BLAKE2b digest has 1 to 64 bytes, not {digest.Length}", nameof(digest));
        Hash(0x01010000UL | (uint)digest.Length, 0, [], source, digest);
    }

    /// <summary>Hashes key and message under the first two words of a parameter block (the other words are zero).</summary>
    internal static void Hash(ulong parameters0, ulong parameters1, ReadOnlySpan<byte> key, ReadOnlySpan<byte> source, Span<byte> digest)
    {
        Span<Vector256<ulong>> state = stackalloc Vector256<ulong>[Words];
        Start(state, parameters0, Vector256.Create(parameters1), 0);
        Span<byte> block = stackalloc byte[BlockBytes];
        ulong length = 0;
        if (!key.IsEmpty)
        {
            block.Clear();
            key.CopyTo(block);
            length = BlockBytes;
            Compress(state, block, length, last: source.IsEmpty);
            if (source.IsEmpty) { Finish(state, block, digest); return; }
        }
        for (; source.Length > BlockBytes; source = source[BlockBytes..])
            Compress(state, source[..BlockBytes], length += BlockBytes, last: false);
        block.Clear();
        source.CopyTo(block);
        Compress(state, block, length + (ulong)source.Length, last: true);
        Finish(state, block, digest);
    }

    /// <summary>The four states before the first block, from the parameter block's words 0 to 2.</summary>
    internal static void Start(Span<Vector256<ulong>> state, ulong parameters0, Vector256<ulong> parameters1, ulong parameters2)
    {
        for (int i = 0; i < Words; i++) state[i] = Vector256.Create(Iv[i]);
        state[0] ^= Vector256.Create(parameters0);
        state[1] ^= parameters1;
        state[2] ^= Vector256.Create(parameters2);
    }

    /// <summary>Mixes one block, the same for all four lanes, into the four states.</summary>
    [SkipLocalsInit]
    internal static void Compress(Span<Vector256<ulong>> state, ReadOnlySpan<byte> block, ulong length, bool last)
    {
        Span<Vector256<ulong>> message = stackalloc Vector256<ulong>[16];
        for (int i = 0; i < message.Length; i++) message[i] = Vector256.Create(BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]));
        Vector256<ulong> v0 = state[0], v1 = state[1], v2 = state[2], v3 = state[3], v4 = state[4], v5 = state[5], v6 = state[6], v7 = state[7];
        Vector256<ulong> v8 = Vector256.Create(Iv[0]), v9 = Vector256.Create(Iv[1]), v10 = Vector256.Create(Iv[2]), v11 = Vector256.Create(Iv[3]);
        Vector256<ulong> v12 = Vector256.Create(Iv[4] ^ length), v13 = Vector256.Create(Iv[5]), v14 = Vector256.Create(last ? ~Iv[6] : Iv[6]), v15 = Vector256.Create(Iv[7]);
        ref Vector256<ulong> m = ref MemoryMarshal.GetReference(message);
        for (int round = 0; round < Rounds; round++)
        {
            ReadOnlySpan<byte> s = Sigma.Slice(16 * round, 16);
            Mix(ref v0, ref v4, ref v8, ref v12, Unsafe.Add(ref m, s[0]), Unsafe.Add(ref m, s[1]));
            Mix(ref v1, ref v5, ref v9, ref v13, Unsafe.Add(ref m, s[2]), Unsafe.Add(ref m, s[3]));
            Mix(ref v2, ref v6, ref v10, ref v14, Unsafe.Add(ref m, s[4]), Unsafe.Add(ref m, s[5]));
            Mix(ref v3, ref v7, ref v11, ref v15, Unsafe.Add(ref m, s[6]), Unsafe.Add(ref m, s[7]));
            Mix(ref v0, ref v5, ref v10, ref v15, Unsafe.Add(ref m, s[8]), Unsafe.Add(ref m, s[9]));
            Mix(ref v1, ref v6, ref v11, ref v12, Unsafe.Add(ref m, s[10]), Unsafe.Add(ref m, s[11]));
            Mix(ref v2, ref v7, ref v8, ref v13, Unsafe.Add(ref m, s[12]), Unsafe.Add(ref m, s[13]));
            Mix(ref v3, ref v4, ref v9, ref v14, Unsafe.Add(ref m, s[14]), Unsafe.Add(ref m, s[15]));
        }
        state[0] ^= v0 ^ v8;
        state[1] ^= v1 ^ v9;
        state[2] ^= v2 ^ v10;
        state[3] ^= v3 ^ v11;
        state[4] ^= v4 ^ v12;
        state[5] ^= v5 ^ v13;
        state[6] ^= v6 ^ v14;
        state[7] ^= v7 ^ v15;
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(message));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref Vector256<ulong> a, ref Vector256<ulong> b, ref Vector256<ulong> c, ref Vector256<ulong> d, Vector256<ulong> x, Vector256<ulong> y)
    {
        a += b + x;
        d = RotateRight(d ^ a, 32);
        c += d;
        b = RotateRight(b ^ c, 24);
        a += b + y;
        d = RotateRight(d ^ a, 16);
        c += d;
        b = RotateRight(b ^ c, 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight(Vector256<ulong> x, int bits) => (x >>> bits) | (x << (64 - bits));

    // Lane 0 is the hash.
    private static void Finish(Span<Vector256<ulong>> state, Span<byte> block, Span<byte> digest)
    {
        for (int i = 0; i < Words; i++) BinaryPrimitives.WriteUInt64LittleEndian(block[(8 * i)..], state[i].ToScalar());
        block[..digest.Length].CopyTo(digest);
        CryptographicOperations.ZeroMemory(block);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
    }
}
