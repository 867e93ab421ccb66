using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Federation;

/// <summary>The blobs of coordinator and aggregator as one, for reading.</summary>
internal sealed class ReplayBlobs(IBlobStore first, IBlobStore second) : IBlobStore
{
    public IBlobWriter Create() => throw new NotSupportedException("a replay writes nothing");

    public Stream OpenRead(Digest hash) => first.Contains(hash) ? first.OpenRead(hash) : second.OpenRead(hash);

    public bool Contains(Digest hash) => first.Contains(hash) || second.Contains(hash);

    public long Length(Digest hash) => Math.Max(first.Length(hash), second.Length(hash));

    public void Delete(Digest hash) => throw new NotSupportedException("a replay deletes nothing");

    public IEnumerable<Digest> List() => [.. first.List().Union(second.List()).Order()];
}
