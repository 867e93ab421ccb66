using System.Runtime.InteropServices;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Federation.Checks;

/// <summary>Passes on what is written to a blob, and keeps a copy. The blob stays its owner's.</summary>
internal sealed class CopiedWriter(IBlobWriter inner) : IBlobWriter
{
    private readonly List<byte> _bytes = [];

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_bytes);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        inner.Write(bytes);
    }

    public Digest Commit() => inner.Commit();

    public void Dispose()
    {
    }
}
