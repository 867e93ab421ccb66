using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation;

/// <summary>An identity's blobs of all jobs, as another process reads them over the network: from its present leader, while both are reachable.</summary>
/// <param name="reader">Who reads.</param>
/// <param name="owner">Whose they are.</param>
/// <param name="lie">Called each time the owner hands out other bytes; null for one that does not.</param>
/// <param name="read">Called each time something is read.</param>
/// <param name="made">What liars publish in the owner's name; null where there are none.</param>
internal sealed class PublishedBlobs(SimulatedProcess reader, SimulatedIdentity owner, Action<JobId>? lie, Action<JobId, Digest> read, Func<Digest, byte[]?>? made) : IBlobStore
{
    public Stream OpenRead(Digest hash)
    {
        if (!reader.IsReachable || !owner.Leader.IsReachable) throw new IOException($"{owner} is not connected");
        if (made?.Invoke(hash) is { } bytes) return new MemoryStream(bytes, writable: false);
        JobId job = owner.JobOf(hash) ?? throw new BlobMissingException($"blob {hash} is not in the store");
        IBlobStore store = owner.Blobs(job);
        lie?.Invoke(job);
        read(job, hash);
        return (lie is null ? store : new LyingBlobs(store)).OpenRead(hash);
    }

    public IBlobWriter Create() => throw new NotSupportedException("the blobs of another node are read only");

    public bool Contains(Digest hash) => owner.AllBlobs.Any(blobs => blobs.Contains(hash));

    public long Length(Digest hash) => owner.AllBlobs.Max(blobs => blobs.Length(hash));

    public void Delete(Digest hash) => throw new NotSupportedException("the blobs of another node are read only");

    public IEnumerable<Digest> List() => [.. owner.AllBlobs.SelectMany(static blobs => blobs.List()).Distinct().Order()];
}
