using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks.Wire;

/// <summary>Reads the fields of SEAL's objects from bytes that may be hostile.</summary>
/// <remarks>
/// Whatever the bytes say, memory is taken only after the metadata has named an object that the context knows, and only as much as that object has. An object is
/// handed out when its last byte has been checked, so nothing is ever half-built.
/// </remarks>
internal sealed class SealReader
{
    private readonly Stream _body;

    private SealReader(Stream body) => _body = body;

    /// <summary>Reads exactly one object from memory.</summary>
    /// <param name="bytes">The object and nothing behind it.</param>
    /// <param name="bytesMax">Largest uncompressed size that such an object can have, its header included.</param>
    /// <param name="read">Reads the fields of the body.</param>
    /// <exception cref="SealFormatException">Whatever is wrong with the bytes.</exception>
    public static unsafe T Read<T>(ReadOnlySpan<byte> bytes, long bytesMax, Func<SealReader, T> read)
    {
        fixed (byte* start = bytes)
        {
            // An empty span has no address, which the stream would refuse.
            using Stream stream = bytes.IsEmpty ? Stream.Null : new UnmanagedMemoryStream(start, bytes.Length);
            T value = Read(stream, bytesMax, read);
            return stream.Position == bytes.Length ? value : throw new SealFormatException($"{bytes.Length - stream.Position} bytes follow the object");
        }
    }

    /// <summary>Reads one object from a stream and leaves the stream behind it.</summary>
    /// <inheritdoc cref="Read{T}(ReadOnlySpan{byte}, long, Func{SealReader, T})" path="/param|/exception"/>
    public static T Read<T>(Stream stream, long bytesMax, Func<SealReader, T> read)
    {
        Span<byte> bytes = stackalloc byte[SealHeader.Bytes];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Truncated();
        SealHeader header = SealHeader.Parse(bytes);
        bool compressed = header.Compression == SealCompression.Zlib;
        long bound = compressed ? CompressedBytesMax(bytesMax) : bytesMax;
        if (header.TotalBytes > bound) throw new SealFormatException($"the object's size is {header.TotalBytes}; such an object has at most {bound} bytes under this context");
        using BoundedStream body = new(stream, header.TotalBytes - SealHeader.Bytes);
        return compressed ? Inflate(body, read) : ReadWhole(new SealReader(body), body, read);
    }

    public byte Byte()
    {
        Span<byte> bytes = stackalloc byte[1];
        Bytes(bytes);
        return bytes[0];
    }

    public ulong Word()
    {
        Span<byte> bytes = stackalloc byte[8];
        Bytes(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double Double() => BitConverter.UInt64BitsToDouble(Word());

    public ParmsId ParmsId() => new(Word(), Word(), Word(), Word());

    public void Bytes(Span<byte> bytes)
    {
        if (_body.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Truncated();
    }

    /// <summary>A word that can only have one value.</summary>
    public void Expect(string field, ulong expected)
    {
        ulong value = Word();
        if (value != expected) throw new SealFormatException($"{field} is {value}, not {expected}");
    }

    /// <summary>The header of a nested object, whose size is known by now.</summary>
    public void NestedHeader(string what, long totalBytes)
    {
        SealHeader header = NestedHeader(what);
        if (header.TotalBytes != totalBytes) throw new SealFormatException($"the size of {what} is {header.TotalBytes}, not {totalBytes}");
    }

    /// <summary>The header of a nested object whose size the reader has yet to compare.</summary>
    public SealHeader NestedHeader(string what)
    {
        Span<byte> bytes = stackalloc byte[SealHeader.Bytes];
        Bytes(bytes);
        SealHeader header = SealHeader.Parse(bytes);
        return header.Compression == SealCompression.None ? header : throw new SealFormatException($"{what} says that it is compressed; only whole objects are");
    }

    /// <summary>A <c>DynArray</c> of residues of one polynomial or more, checked against their primes.</summary>
    /// <param name="ring">The ring of a polynomial.</param>
    /// <param name="words">Receives whole polynomials of that ring.</param>
    public void Residues(RnsRing ring, Span<ulong> words)
    {
        Words(words);
        for (int row = 0; row * ring.N < words.Length; row++)
        {
            ulong prime = ring.Moduli[row % ring.Moduli.Length].Value;
            ReadOnlySpan<ulong> residues = words.Slice(row * ring.N, ring.N);
            if (Largest(residues) >= prime)
                throw new SealFormatException($"the residue at word {(row * ring.N) + residues.IndexOfAnyInRange(prime, ulong.MaxValue)} is not below its prime {prime}");
        }
    }

    private static ulong Largest(ReadOnlySpan<ulong> words)
    {
        Vector256<ulong> largest = Vector256<ulong>.Zero;
        ref ulong start = ref MemoryMarshal.GetReference(words);
        int i = 0;
        for (; i <= words.Length - Vector256<ulong>.Count; i += Vector256<ulong>.Count) largest = Vector256.Max(largest, Vector256.LoadUnsafe(ref start, (nuint)i));
        ulong max = 0;
        for (int lane = 0; lane < Vector256<ulong>.Count; lane++) max = Math.Max(max, largest[lane]);
        for (; i < words.Length; i++) max = Math.Max(max, words[i]);
        return max;
    }

    /// <summary>The words of a <c>DynArray</c>, behind its count.</summary>
    public void Words(Span<ulong> words)
    {
        Bytes(MemoryMarshal.AsBytes(words));
        WordBytes.SwapToLittleEndian(words);
    }

    /// <summary>Largest zlib stream of a body that anybody's encoder writes: stored blocks cost 5 bytes per 16 KiB at most, twice that is granted, and a constant.</summary>
    private static long CompressedBytesMax(long bytes) => bytes + (bytes >> 10) + 1024;

    private static T Inflate<T>(BoundedStream body, Func<SealReader, T> read)
    {
        using ZLibStream zlib = new(body, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            T value = ReadWhole(new SealReader(zlib), zlib, read);
            // The last byte is handed over alone: if the decoder did not need it, bytes follow the zlib stream; if it wanted more, its end is missing.
            if (body.AskedBeyondEnd) throw Truncated();
            return body.Remaining == 0 ? value : throw new SealFormatException("bytes follow the zlib stream");
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException && !body.SourceFailed))
        {
            throw new SealFormatException("the zlib stream is damaged", e);
        }
    }

    private static T ReadWhole<T>(SealReader reader, Stream body, Func<SealReader, T> read)
    {
        T value = read(reader);
        return body.ReadByte() < 0 ? value : throw new SealFormatException("the object is longer than its content");
    }

    private static SealFormatException Truncated() => new("the object ends before its content does");
}
