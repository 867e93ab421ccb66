using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Stores;

namespace Fed.Host.History;

/// <summary>The blobs of the node and of the aggregators of its parts as one, for reading: a contribution that is retained lies where it was added up.</summary>
internal sealed class NodeBlobs(ImmutableArray<IBlobStore> stores) : IBlobStore
{
    /// <summary>Those of a data directory.</summary>
    public static NodeBlobs Of(DataDirectory data) => new([FileBlobStore.OpenReadOnly(data.Node.Blobs), .. data.Aggregators().Select(part => FileBlobStore.OpenReadOnly(data.Aggregator(part).Blobs))]);

    /// <inheritdoc/>
    public IBlobWriter Create() => throw new NotSupportedException("these blobs are read only");

    /// <inheritdoc/>
    public Stream OpenRead(Digest hash) => StoreOf(hash).OpenRead(hash);

    /// <summary>Hashes a blob again: null where it is whole, else a sentence that names the file.</summary>
    public string? Verify(Digest hash)
    {
        IBlobStore store = StoreOf(hash);
        if (store is FileBlobStore files) return files.Verify(hash);
        try
        {
            using Stream blob = store.OpenRead(hash);
            return new Digest(SHA256.HashData(blob)) == hash ? null : $"blob {hash} in the database is damaged: its bytes no longer have its hash; restore the database from a backup";
        }
        catch (Exception finding) when (finding is BlobMissingException or BlobDamagedException)
        {
            return finding.Message;
        }
    }

    /// <inheritdoc/>
    public bool Contains(Digest hash) => stores.Any(store => store.Contains(hash));

    /// <inheritdoc/>
    public long Length(Digest hash) => StoreOf(hash).Length(hash);

    /// <inheritdoc/>
    public void Delete(Digest hash) => throw new NotSupportedException("these blobs are read only");

    /// <inheritdoc/>
    public IEnumerable<Digest> List() => stores.SelectMany(static store => store.List()).Distinct();

    /// <summary>The store that has a blob; the node's own, which then says that it is missing, where none has.</summary>
    private IBlobStore StoreOf(Digest hash) => stores.FirstOrDefault(store => store.Contains(hash)) ?? stores[0];
}
