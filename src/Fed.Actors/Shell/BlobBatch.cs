using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Shell;

/// <summary>Several blobs of other nodes at once.</summary>
internal static class BlobBatch
{
    /// <summary>Fetches blobs into memory; posts all of them, or the first failure, once.</summary>
    public static void Fetch(IBulkTransfer bulk, IEnumerable<(NodeAddress From, Digest Hash)> wanted, Action<IReadOnlyDictionary<Digest, byte[]>?, string?> done)
    {
        ImmutableArray<(NodeAddress From, Digest Hash)> all = [.. wanted.DistinctBy(static blob => blob.Hash)];
        Lock gate = new();
        SortedDictionary<Digest, byte[]> fetched = [];
        int left = all.Length;
        string? failed = null;
        if (all.IsEmpty) done(fetched, null);
        foreach ((NodeAddress from, Digest hash) in all)
        {
            bulk.FetchToMemory(from, hash, (bytes, failure) =>
            {
                lock (gate)
                {
                    if (bytes is not null) fetched[hash] = bytes;
                    else failed ??= $"{hash} of {from}: {failure}";
                    if (--left > 0) return;
                }

                done(failed is null ? fetched : null, failed);
            });
        }
    }
}
