using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Shell;

/// <summary>A blob of another node, or parts of it.</summary>
/// <param name="From">Who has it.</param>
/// <param name="Hash">Of the whole blob.</param>
/// <param name="Parts">Null for the whole of it.</param>
/// <param name="Store">Where it is put, if it is too much for the memory; then no bytes of it are posted.</param>
internal readonly record struct WantedBlob(NodeAddress From, Digest Hash, BlobParts? Parts = null, IBlobStore? Store = null);

/// <summary>Several blobs of other nodes at once.</summary>
internal static class BlobBatch
{
    /// <summary>Fetches blobs into memory; posts all of them, or the first failure, once.</summary>
    public static void Fetch(IBulkTransfer bulk, IEnumerable<WantedBlob> wanted, Action<IReadOnlyDictionary<Digest, byte[]>?, string?> done)
    {
        ImmutableArray<WantedBlob> all = [.. wanted.DistinctBy(static blob => blob.Hash)];
        Lock gate = new();
        SortedDictionary<Digest, byte[]> fetched = [];
        int left = all.Length;
        string? failed = null;
        if (all.IsEmpty) done(fetched, null);
        foreach (WantedBlob blob in all)
        {
            if (blob.Store is { } store) bulk.FetchToStore(blob.From, blob.Hash, store, failure => Take(failure is null ? [] : null, failure));
            else if (blob.Parts is { } parts) bulk.FetchPartsToMemory(blob.From, blob.Hash, parts, Take);
            else bulk.FetchToMemory(blob.From, blob.Hash, Take);

            void Take(byte[]? bytes, string? failure)
            {
                lock (gate)
                {
                    if (bytes is not null) fetched[blob.Hash] = bytes;
                    else failed ??= $"{blob.Hash} of {blob.From}: {failure}";
                    if (--left > 0) return;
                }

                done(failed is null ? fetched : null, failed);
            }
        }
    }
}
