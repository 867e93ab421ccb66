using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Host.Traffic;

/// <summary>Counts the blobs that a node fetches, once each has arrived whole; on one disk a link stands for the bytes.</summary>
/// <param name="inner">Fetches.</param>
/// <param name="self">The node that fetches; null for a server, whose name does not matter.</param>
/// <param name="meter">Counts.</param>
internal sealed class MeteredBulk(IBulkTransfer inner, string? self, TrafficMeter meter) : IBulkTransfer
{
    private const string SitePrefix = "silo/";

    /// <summary>The site of an address; null for a server's.</summary>
    public static string? SiteOf(NodeAddress address) => address.Value.StartsWith(SitePrefix, StringComparison.Ordinal) ? address.Value[SitePrefix.Length..] : null;

    /// <inheritdoc/>
    public void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done)
    {
        Action<long>? count = Counter(from, MessageFacts.Upload);
        inner.FetchToInbox(from, hash, length, inbox, entryId, failure =>
        {
            if (failure is null) count?.Invoke(length);
            done(failure);
        });
    }

    /// <inheritdoc/>
    public void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue)
    {
        Action<long>? count = Counter(from, null);
        inner.FetchToMemory(
            from,
            hash,
            (bytes, failure) =>
            {
                if (bytes is not null) count?.Invoke(bytes.Length);
                done(bytes, failure);
            },
            lengthMax);
    }

    /// <inheritdoc/>
    public void FetchPartsToMemory(NodeAddress from, Digest hash, BlobParts parts, Action<byte[]?, string?> done)
    {
        Action<long>? count = Counter(from, null);
        inner.FetchPartsToMemory(from, hash, parts, (bytes, failure) =>
        {
            if (bytes is not null) count?.Invoke(bytes.Length);
            done(bytes, failure);
        });
    }

    /// <inheritdoc/>
    public void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done)
    {
        Action<long>? count = store.Contains(hash) ? null : Counter(from, null);
        inner.FetchToStore(from, hash, store, failure =>
        {
            if (failure is null) count?.Invoke(store.Length(hash));
            done(failure);
        });
    }

    private Action<long>? Counter(NodeAddress from, string? phase)
    {
        if ((self ?? SiteOf(from)) is not { } site) return null;
        (int round, string latest) = meter.PhaseOf(site);
        return bytes => meter.Bulk(site, isUp: self is null, (round, phase ?? latest), bytes);
    }
}
