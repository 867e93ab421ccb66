using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Shell;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>A copy of a site's whole data directory, as somebody takes it while the site is stopped: journal, blobs of all jobs, and secrets with their tombstones.</summary>
internal sealed class SiteBackup
{
    private readonly ReadOnlyMemory<byte> _journal;
    private readonly IReadOnlyDictionary<string, byte[]?> _secrets;
    private readonly ImmutableArray<ImmutableSortedDictionary<Digest, byte[]>> _blobs;

    /// <summary>Copies what a site has, whose process is down.</summary>
    public SiteBackup(SimulatedIdentity site)
    {
        _journal = site.Journal.Snapshot();
        _secrets = site.Secrets.Snapshot();
        _blobs = [.. site.AllBlobs.Select(static blobs => blobs.List().ToImmutableSortedDictionary(static hash => hash, hash => blobs.ReadAll(hash)))];
    }

    /// <summary>Puts the copy in the place of what the site has now; its process is down.</summary>
    public void Restore(SimulatedIdentity site)
    {
        site.Journal.Restore(_journal);
        site.Secrets.Restore(_secrets);
        foreach ((ISimulatedBlobStore blobs, ImmutableSortedDictionary<Digest, byte[]> copy) in site.AllBlobs.Zip(_blobs)) Restore(blobs, copy);
    }

    private static void Restore(ISimulatedBlobStore blobs, ImmutableSortedDictionary<Digest, byte[]> copy)
    {
        (StoreFaults faults, Action<Digest>? deleting) = (blobs.Faults, blobs.Deleting);
        (blobs.Faults, blobs.Deleting) = (StoreFaults.None, null);
        blobs.Disk?.ChangesUntilCrash = null;
        foreach (Digest hash in blobs.List().Where(hash => !copy.ContainsKey(hash)).ToArray()) blobs.Delete(hash);
        foreach ((Digest hash, byte[] bytes) in copy)
        {
            if (!blobs.Contains(hash)) blobs.Store(bytes);
        }

        (blobs.Faults, blobs.Deleting) = (faults, deleting);
    }
}
