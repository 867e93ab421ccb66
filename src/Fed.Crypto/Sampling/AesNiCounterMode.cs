using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Fed.Crypto.Sampling;

/// <summary>What is done with the keystream while it is in registers.</summary>
internal interface IKeystreamUse
{
    /// <summary>One block.</summary>
    static abstract Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream);
}

/// <summary>AES-256 in counter mode by the processor's AES instructions, eight blocks at a time. The keystream is used in registers; it stands in memory only where the use puts it there.</summary>
/// <remarks>
/// FIPS 197, the key schedule section 5.2 for Nk = 8; NIST SP 800-38A, CTR: block i is AES(key, prefix || i), both as 64-bit big-endian numbers. AES instructions take the same time for all values. Disposing wipes the key.
/// </remarks>
internal sealed class AesNiCounterMode : ICounterMode
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 16;

    private const int RoundKeys = 15;
    private const int Batch = 8;                            // an AES instruction takes 3 to 4 cycles and two start in each: eight blocks keep the unit busy

    private readonly byte[] _schedule = GC.AllocateArray<byte>(RoundKeys * BlockBytes, pinned: true);

    private readonly ulong _prefix;

    /// <summary>For a key of 32 bytes and a prefix of the counters.</summary>
    public AesNiCounterMode(ReadOnlySpan<byte> key, ulong prefix)
    {
        _prefix = BinaryPrimitives.ReverseEndianness(prefix);
        Expand(key, MemoryMarshal.Cast<byte, Vector128<byte>>(_schedule.AsSpan()));
    }

    /// <summary>Whether this processor can.</summary>
    public static bool IsSupported => Aes.IsSupported && Sse2.IsSupported && BitConverter.IsLittleEndian;

    /// <summary>Where the round keys stand.</summary>
    public ReadOnlySpan<byte> Schedule => _schedule;

    /// <inheritdoc/>
    public void Keystream(ulong block, Span<byte> blocks) => Run<Alone>(block, blocks);

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_schedule);

    /// <summary>Makes keystream and joins it with bytes, in place.</summary>
    /// <typeparam name="TCombine">How.</typeparam>
    /// <param name="block">Number of the first block.</param>
    /// <param name="words">Whole blocks.</param>
    public void Run<TCombine>(ulong block, Span<byte> words)
        where TCombine : struct, IKeystreamUse
    {
        ref Vector128<byte> keys = ref Unsafe.As<byte, Vector128<byte>>(ref MemoryMarshal.GetArrayDataReference(_schedule));
        ref byte at = ref MemoryMarshal.GetReference(words);
        ulong prefix = _prefix;
        int i = 0;
        for (; i <= words.Length - Batch * BlockBytes; i += Batch * BlockBytes, block += Batch)
        {
            Vector128<byte> key = keys;
            Vector128<byte> b0 = Counter(prefix, block) ^ key, b1 = Counter(prefix, block + 1) ^ key, b2 = Counter(prefix, block + 2) ^ key, b3 = Counter(prefix, block + 3) ^ key;
            Vector128<byte> b4 = Counter(prefix, block + 4) ^ key, b5 = Counter(prefix, block + 5) ^ key, b6 = Counter(prefix, block + 6) ^ key, b7 = Counter(prefix, block + 7) ^ key;
            for (int round = 1; round < RoundKeys - 1; round++)
            {
                key = Unsafe.Add(ref keys, round);
                b0 = Aes.Encrypt(b0, key);
                b1 = Aes.Encrypt(b1, key);
                b2 = Aes.Encrypt(b2, key);
                b3 = Aes.Encrypt(b3, key);
                b4 = Aes.Encrypt(b4, key);
                b5 = Aes.Encrypt(b5, key);
                b6 = Aes.Encrypt(b6, key);
                b7 = Aes.Encrypt(b7, key);
            }
            key = Unsafe.Add(ref keys, RoundKeys - 1);
            Store<TCombine>(ref at, i, Aes.EncryptLast(b0, key));
            Store<TCombine>(ref at, i + BlockBytes, Aes.EncryptLast(b1, key));
            Store<TCombine>(ref at, i + 2 * BlockBytes, Aes.EncryptLast(b2, key));
            Store<TCombine>(ref at, i + 3 * BlockBytes, Aes.EncryptLast(b3, key));
            Store<TCombine>(ref at, i + 4 * BlockBytes, Aes.EncryptLast(b4, key));
            Store<TCombine>(ref at, i + 5 * BlockBytes, Aes.EncryptLast(b5, key));
            Store<TCombine>(ref at, i + 6 * BlockBytes, Aes.EncryptLast(b6, key));
            Store<TCombine>(ref at, i + 7 * BlockBytes, Aes.EncryptLast(b7, key));
        }
        for (; i < words.Length; i += BlockBytes, block++)
        {
            Vector128<byte> state = Counter(prefix, block) ^ keys;
            for (int round = 1; round < RoundKeys - 1; round++) state = Aes.Encrypt(state, Unsafe.Add(ref keys, round));
            Store<TCombine>(ref at, i, Aes.EncryptLast(state, Unsafe.Add(ref keys, RoundKeys - 1)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Counter(ulong prefix, ulong block) => Vector128.Create(prefix, BinaryPrimitives.ReverseEndianness(block)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TCombine>(ref byte at, int offset, Vector128<byte> mask)
        where TCombine : struct, IKeystreamUse => TCombine.Combine(Vector128.LoadUnsafe(ref at, (nuint)offset), mask).StoreUnsafe(ref at, (nuint)offset);

    private static void Expand(ReadOnlySpan<byte> key, Span<Vector128<byte>> schedule)
    {
        schedule[0] = Vector128.Create(key);
        schedule[1] = Vector128.Create(key[16..]);
        Pair(schedule, 2, Aes.KeygenAssist(schedule[1], 1));
        Pair(schedule, 4, Aes.KeygenAssist(schedule[3], 2));
        Pair(schedule, 6, Aes.KeygenAssist(schedule[5], 4));
        Pair(schedule, 8, Aes.KeygenAssist(schedule[7], 8));
        Pair(schedule, 10, Aes.KeygenAssist(schedule[9], 16));
        Pair(schedule, 12, Aes.KeygenAssist(schedule[11], 32));
        schedule[14] = Even(schedule[12], Aes.KeygenAssist(schedule[13], 64));
    }

    // Two round keys: the first with RotWord, SubWord and the round constant, the second with SubWord alone.
    private static void Pair(Span<Vector128<byte>> schedule, int index, Vector128<byte> assist)
    {
        schedule[index] = Even(schedule[index - 2], assist);
        schedule[index + 1] = Spread(schedule[index - 1]) ^ Sse2.Shuffle(Aes.KeygenAssist(schedule[index], 0).AsInt32(), 0b10_10_10_10).AsByte();
    }

    private static Vector128<byte> Even(Vector128<byte> previous, Vector128<byte> assist) => Spread(previous) ^ Sse2.Shuffle(assist.AsInt32(), 0b11_11_11_11).AsByte();

    // Word i becomes the exclusive or of words 0 to i.
    private static Vector128<byte> Spread(Vector128<byte> words)
    {
        words ^= Sse2.ShiftLeftLogical128BitLane(words, 4);
        return words ^ Sse2.ShiftLeftLogical128BitLane(words, 8);
    }

    private readonly struct Alone : IKeystreamUse { public static Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream) => keystream; }
}
