using System.Buffers.Binary;

namespace Fed.Crypto.Ckks.Wire;

/// <summary>The 16 bytes in front of every object of SEAL 4, nested ones too.</summary>
/// <param name="VersionMinor">4.m</param>
/// <param name="Compression">Of what follows the header; nested objects always say none.</param>
/// <param name="TotalBytes">Of the object as stored, this header included.</param>
internal readonly record struct SealHeader(byte VersionMinor, SealCompression Compression, long TotalBytes)
{
    public const int Bytes = 16;
    public const byte VersionMinorMax = 4;
    private const ushort Magic = 0xA15E;
    private const byte VersionMajor = 4;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Magic);
        bytes[2] = Bytes;
        bytes[3] = VersionMajor;
        bytes[4] = VersionMinor;
        bytes[5] = (byte)Compression;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (ulong)TotalBytes);
    }

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="SealFormatException">No header of SEAL 4.0 to 4.4, or one of a zstd-compressed object.</exception>
    public static SealHeader Parse(ReadOnlySpan<byte> bytes)
    {
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(bytes), reserved = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        if (magic != Magic) throw new SealFormatException($"the magic number is {magic:X4}, not {Magic:X4}: this is no object of SEAL");
        if (bytes[2] != Bytes) throw new SealFormatException($"the header size is {bytes[2]}, not {Bytes}");
        if (bytes[3] != VersionMajor || bytes[4] > VersionMinorMax)
            throw new SealFormatException($"the object is of version {bytes[3]}.{bytes[4]}; versions {VersionMajor}.0 to {VersionMajor}.{VersionMinorMax} are read");
        if (bytes[5] == (byte)SealCompression.Zstd)
            throw new SealFormatException("the object is compressed with zstd, which .NET cannot read; save it in SEAL with compr_mode_type::zlib or ::none");
        if (bytes[5] > (byte)SealCompression.Zstd) throw new SealFormatException($"the compression mode is {bytes[5]}; 0 (none) and 1 (zlib) are read");
        if (reserved != 0) throw new SealFormatException($"the reserved field is {reserved}, not 0");
        ulong total = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (total is < Bytes or > long.MaxValue) throw new SealFormatException($"the object's size is {total}; its header alone has {Bytes}");
        return new SealHeader(bytes[4], (SealCompression)bytes[5], (long)total);
    }
}
