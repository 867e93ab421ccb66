using System.IO.Compression;
using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>Something that SEAL can save and load.</summary>
public abstract class SealObject
{
    private protected SealObject() { }

    /// <summary>Bytes behind the header, uncompressed.</summary>
    internal abstract long BodyBytes { get; }

    /// <summary>Bytes that <see cref="Save(Stream, SealSaveOptions?)"/> writes without compression: SEAL's <c>save_size(compr_mode_type::none)</c>.</summary>
    public long SaveSize() => SealHeader.Bytes + BodyBytes;

    /// <summary>Writes the object as SEAL does.</summary>
    /// <param name="stream">Written from its position on.</param>
    /// <param name="options">Compression and version; uncompressed 4.4 if absent.</param>
    /// <returns>Bytes written.</returns>
    public long Save(Stream stream, SealSaveOptions? options = null)
    {
        options ??= SealSaveOptions.Default;
        return options.Compression == SealCompression.None ? SavePlain(stream, options) : SaveCompressed(stream, options);
    }

    /// <summary>The object's bytes, as <see cref="Save(Stream, SealSaveOptions?)"/> writes them.</summary>
    public byte[] Save(SealSaveOptions? options = null)
    {
        using MemoryStream stream = new(checked((int)SaveSize()));
        Save(stream, options);
        return stream.Length == stream.Capacity ? stream.GetBuffer() : stream.ToArray();
    }

    private protected abstract void WriteBody(SealWriter writer);

    private long SavePlain(Stream stream, SealSaveOptions options)
    {
        SealWriter writer = new(stream, options.VersionMinor);
        writer.Header(SaveSize());
        WriteBody(writer);
        return SaveSize();
    }

    // The header holds the compressed size, so the body is compressed first.
    private long SaveCompressed(Stream stream, SealSaveOptions options)
    {
        using MemoryStream body = new();
        using (ZLibStream zlib = new(body, CompressionLevel.Optimal, leaveOpen: true)) WriteBody(new SealWriter(zlib, options.VersionMinor));
        Span<byte> header = stackalloc byte[SealHeader.Bytes];
        new SealHeader(options.VersionMinor, SealCompression.Zlib, SealHeader.Bytes + body.Length).Write(header);
        stream.Write(header);
        body.WriteTo(stream);
        return SealHeader.Bytes + body.Length;
    }
}
