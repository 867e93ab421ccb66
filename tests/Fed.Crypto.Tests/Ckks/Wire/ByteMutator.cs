using System.Buffers.Binary;
using System.IO.Compression;

namespace Fed.Crypto.Tests.Ckks.Wire;

/// <summary>Damages objects in the ways that find bugs in readers. The same seed gives the same damage.</summary>
internal sealed class ByteMutator(int seed)
{
    private const int MetadataBytes = 160, SeedBytes = 100;
    private static readonly ulong[] Lengths = [0, 1, 15, 16, 17, 24, 4096, 8192, 65_536, int.MaxValue, 1UL << 32, 1UL << 61, long.MaxValue, ulong.MaxValue - 7, ulong.MaxValue];
    private static readonly byte[] Bomb = MakeBomb();

    private readonly Random _random = new(seed);
    private byte[] _scratch = [];

    /// <summary>A damaged copy, valid until the next call.</summary>
    /// <param name="original">A valid object.</param>
    /// <param name="donor">Another one, to splice from.</param>
    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> original, ReadOnlySpan<byte> donor)
    {
        if (_scratch.Length < original.Length + Bomb.Length + MetadataBytes) _scratch = new byte[original.Length + Bomb.Length + MetadataBytes];
        original.CopyTo(_scratch);
        int length = original.Length;
        for (int count = 1 + _random.Next(3); count > 0; count--) length = MutateOnce(length, donor);
        if (_random.Next(4) == 0) BinaryPrimitives.WriteInt64LittleEndian(_scratch.AsSpan(8), length);   // gets past the first check of the size
        return _scratch.AsSpan(0, length);
    }

    private int MutateOnce(int length, ReadOnlySpan<byte> donor)
    {
        int at = Position(length);
        switch (_random.Next(8))
        {
            case 0: _scratch[at] ^= (byte)(1 << _random.Next(8)); return length;
            case 1: _scratch[at] = (byte)_random.Next(256); return length;
            case 2: return Math.Max(16, at);                                                              // truncation
            case 3: return Extend(length);
            case 4: BinaryPrimitives.WriteUInt64LittleEndian(_scratch.AsSpan(at), Lengths[_random.Next(Lengths.Length)]); return Math.Max(length, at + 8);
            case 5: return Splice(length, at, donor);
            case 6: return Plant(length);
            default: BinaryPrimitives.WriteDoubleLittleEndian(_scratch.AsSpan(at), double.NaN); return Math.Max(length, at + 8);
        }
    }

    // Three quarters of the damage goes where readers decide something: metadata in front, a seed behind.
    private int Position(int length) => _random.Next(8) switch
    {
        < 5 => _random.Next(Math.Min(length, MetadataBytes)),
        5 => Math.Max(0, length - 1 - _random.Next(SeedBytes)),
        _ => _random.Next(length),
    };

    private int Extend(int length)
    {
        int count = 1 + _random.Next(64);
        _random.NextBytes(_scratch.AsSpan(length, Math.Min(count, _scratch.Length - length)));
        return Math.Min(length + count, _scratch.Length);
    }

    private int Splice(int length, int at, ReadOnlySpan<byte> donor)
    {
        int from = Position(donor.Length), count = Math.Min(Math.Min(1 + _random.Next(256), donor.Length - from), length - at);
        donor.Slice(from, count).CopyTo(_scratch.AsSpan(at));
        return length;
    }

    // The header now says zlib; half of the time a bomb follows it.
    private int Plant(int length)
    {
        _scratch[5] = 1;
        if (_random.Next(2) == 0) return length;
        Bomb.CopyTo(_scratch, 16);
        BinaryPrimitives.WriteInt64LittleEndian(_scratch.AsSpan(8), 16 + Bomb.Length);
        return 16 + Bomb.Length;
    }

    private static byte[] MakeBomb()
    {
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(new byte[16 << 20]);
        return compressed.ToArray();
    }
}
