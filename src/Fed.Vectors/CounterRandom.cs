using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fed.Vectors;

/// <summary>
/// Reproducible random words by position: the word at an index depends on nothing but seed, stream and index, so that any part of a sequence may be
/// produced in any order, by any thread, at any vector width.
/// </summary>
/// <remarks>
/// Threefry-4x64 with 20 rounds of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, doi:10.1145/2063384.2063405. Additions, rotations and
/// exclusive-ors only. Not for secrets: keys, masks and privacy noise come from the operating system.
/// Sixteen words come from four counters: word <c>j</c> of a group is output word <c>j / 4</c> of counter <c>4 * group + j % 4</c>, the order in which vector lanes give them.
/// </remarks>
public sealed class CounterRandom
{
    /// <summary>Bytes in a seed.</summary>
    public const int SeedBytes = 32;

    private const int Group = 16;
    private const int Rounds = 20;
    private const ulong Parity = 0x1BD11BDAA9FC1A22;
    private const ulong OneBits = 0x3FF0_0000_0000_0000;

    private readonly ulong[] _key;
    private readonly ulong _stream;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="stream">Keeps independent sequences of one seed apart.</param>
    /// <exception cref="ArgumentException">The seed has another length.</exception>
    public CounterRandom(ReadOnlySpan<byte> seed, ulong stream = 0)
    {
        if (seed.Length != SeedBytes) throw new ArgumentException($"a seed has {SeedBytes} bytes, not {seed.Length}", nameof(seed));
        ulong[] key = new ulong[5];
        key[4] = Parity;
        for (int i = 0; i < 4; i++)
        {
            key[i] = BinaryPrimitives.ReadUInt64LittleEndian(seed[(8 * i)..]);
            key[4] ^= key[i];
        }
        _key = key;
        _stream = stream;
    }

    private static ReadOnlySpan<byte> Rotations => [14, 16, 52, 57, 23, 40, 5, 37, 25, 33, 46, 12, 58, 22, 32, 32];

    /// <summary>The word at an index.</summary>
    public ulong Word(long index)
    {
        Span<ulong> block = stackalloc ulong[4];
        int j = (int)(index % Group);
        Block((ulong)(4 * (index / Group) + j % 4), block);
        return block[j / 4];
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-52.</summary>
    public double Unit(long index) => ToUnit(Word(index));

    /// <summary>The upper 52 bits of a word as a number in [0, 1): the mantissa of a number in [1, 2), less 1.</summary>
    public static double ToUnit(ulong word) => BitConverter.UInt64BitsToDouble((word >> 12) | OneBits) - 1;

    /// <summary>The vector form of <see cref="ToUnit(ulong)"/>.</summary>
    internal static Vector256<double> ToUnit(Vector256<ulong> words) => ((words >>> 12) | Vector256.Create(OneBits)).AsDouble() - Vector256<double>.One;

    /// <summary>Writes the words <c>[start, start + words.Length)</c>. Allocates nothing.</summary>
    public void Fill(long start, Span<ulong> words)
    {
        int i = 0;
        for (; i < words.Length && (start + i) % Group != 0; i++) words[i] = Word(start + i);
        for (; i <= words.Length - Group; i += Group)
        {
            ulong counter = (ulong)(4 * ((start + i) / Group));
            if (Vector256.IsHardwareAccelerated) FourBlocks(counter, words.Slice(i, Group));
            else FourBlocksScalar(counter, words.Slice(i, Group));
        }
        for (; i < words.Length; i++) words[i] = Word(start + i);
    }

    /// <summary>The scalar twin of <see cref="FourBlocks"/>.</summary>
    internal void FourBlocksScalar(ulong counter, Span<ulong> words)
    {
        Span<ulong> block = stackalloc ulong[4];
        for (int lane = 0; lane < 4; lane++)
        {
            Block(counter + (ulong)lane, block);
            for (int word = 0; word < 4; word++) words[4 * word + lane] = block[word];
        }
    }

    /// <summary>Four counters side by side, one a lane.</summary>
    internal void FourBlocks(ulong counter, Span<ulong> words)
    {
        ReadOnlySpan<ulong> key = _key;
        Vector256<ulong> x0 = Vector256.Create(counter + key[0]) + Vector256.Create(0UL, 1, 2, 3);
        Vector256<ulong> x1 = Vector256.Create(_stream + key[1]);
        Vector256<ulong> x2 = Vector256.Create(key[2]);
        Vector256<ulong> x3 = Vector256.Create(key[3]);
        // Unrolled, since shifts by constants cost half of shifts by variables.
        for (int injection = 1; injection <= Rounds / 4; injection += 2)
        {
            Mix(ref x0, ref x1, ref x2, ref x3, 14, 16);
            Mix(ref x0, ref x3, ref x2, ref x1, 52, 57);
            Mix(ref x0, ref x1, ref x2, ref x3, 23, 40);
            Mix(ref x0, ref x3, ref x2, ref x1, 5, 37);
            Inject(key, injection, ref x0, ref x1, ref x2, ref x3);
            if (injection == Rounds / 4) break;
            Mix(ref x0, ref x1, ref x2, ref x3, 25, 33);
            Mix(ref x0, ref x3, ref x2, ref x1, 46, 12);
            Mix(ref x0, ref x1, ref x2, ref x3, 58, 22);
            Mix(ref x0, ref x3, ref x2, ref x1, 32, 32);
            Inject(key, injection + 1, ref x0, ref x1, ref x2, ref x3);
        }
        x0.CopyTo(words);
        x1.CopyTo(words[4..]);
        x2.CopyTo(words[8..]);
        x3.CopyTo(words[12..]);
    }

    /// <summary>One counter's four words.</summary>
    internal void Block(ulong counter, Span<ulong> block) => Permute(_key, counter, _stream, 0, 0, block);

    /// <summary>Threefry-4x64-20 itself.</summary>
    /// <param name="key">Four key words and their parity.</param>
    /// <param name="x0">Counter word 0.</param>
    /// <param name="x1">Counter word 1.</param>
    /// <param name="x2">Counter word 2.</param>
    /// <param name="x3">Counter word 3.</param>
    /// <param name="block">Receives four words.</param>
    internal static void Permute(ReadOnlySpan<ulong> key, ulong x0, ulong x1, ulong x2, ulong x3, Span<ulong> block)
    {
        x0 += key[0];
        x1 += key[1];
        x2 += key[2];
        x3 += key[3];
        for (int round = 0; round < Rounds; round += 2)
        {
            int r = 2 * (round % 8);
            x0 += x1;
            x1 = BitOperations.RotateLeft(x1, Rotations[r]) ^ x0;
            x2 += x3;
            x3 = BitOperations.RotateLeft(x3, Rotations[r + 1]) ^ x2;
            x0 += x3;
            x3 = BitOperations.RotateLeft(x3, Rotations[r + 2]) ^ x0;
            x2 += x1;
            x1 = BitOperations.RotateLeft(x1, Rotations[r + 3]) ^ x2;
            if (round % 4 != 2) continue;
            int injection = round / 4 + 1;
            x0 += key[injection % 5];
            x1 += key[(injection + 1) % 5];
            x2 += key[(injection + 2) % 5];
            x3 += key[(injection + 3) % 5] + (ulong)injection;
        }
        block[0] = x0;
        block[1] = x1;
        block[2] = x2;
        block[3] = x3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref Vector256<ulong> a, ref Vector256<ulong> b, ref Vector256<ulong> c, ref Vector256<ulong> d, [ConstantExpected] int first, [ConstantExpected] int second)
    {
        a += b;
        b = ((b << first) | (b >>> (64 - first))) ^ a;
        c += d;
        d = ((d << second) | (d >>> (64 - second))) ^ c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Inject(ReadOnlySpan<ulong> key, int injection, ref Vector256<ulong> x0, ref Vector256<ulong> x1, ref Vector256<ulong> x2, ref Vector256<ulong> x3)
    {
        x0 += Vector256.Create(key[injection % 5]);
        x1 += Vector256.Create(key[(injection + 1) % 5]);
        x2 += Vector256.Create(key[(injection + 2) % 5]);
        x3 += Vector256.Create(key[(injection + 3) % 5] + (ulong)injection);
    }
}
