using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Host.Tests.Protection;

/// <summary>A blob that is written into memory.</summary>
internal sealed class MemoryBlob : IBlobWriter
{
    private readonly MemoryStream _stream = new();

    public byte[] Bytes => _stream.ToArray();

    public void Write(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public Digest Commit() => Digest.Of(Bytes);

    public void Dispose() => _stream.Dispose();
}
