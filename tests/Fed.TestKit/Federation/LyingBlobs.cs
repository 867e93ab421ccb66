using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Federation;

/// <summary>A store that hands out other bytes than were asked for, of the right length.</summary>
internal sealed class LyingBlobs(IBlobStore honest) : IBlobStore
{
    public IBlobWriter Create() => honest.Create();

    public Stream OpenRead(Digest hash)
    {
        using Stream blob = honest.OpenRead(hash);
        byte[] bytes = new byte[blob.Length];
        blob.ReadExactly(bytes);
        bytes[0] ^= 1;
        return new MemoryStream(bytes, writable: false);
    }

    public bool Contains(Digest hash) => honest.Contains(hash);

    public long Length(Digest hash) => honest.Length(hash);

    public void Delete(Digest hash) => honest.Delete(hash);

    public IEnumerable<Digest> List() => honest.List();
}
