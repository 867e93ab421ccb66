using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>
/// A role of the federation and what it remembers: an address, a key, logs and blobs. Processes come and go; one of them at a time acts for it, and an older one may believe that it still does.
/// </summary>
public sealed class SimulatedIdentity
{
    private readonly SortedDictionary<JobId, ISimulatedBlobStore> _blobs = [];

    internal SimulatedIdentity(ISimulation simulation, NodeAddress address, ImmutableArray<SimulatedJob> jobs, int standbys, int site, FederationStores stores)
    {
        Address = address;
        Site = site;
        IsContended = standbys > 0;
        Journal = new SimulatedJournal(simulation);
        Signer = new SimulatedSigner(address.Value);
        RegisteredKey = Signer.PublicKey;
        Lease = new SimulatedLease(simulation);
        foreach (SimulatedJob job in jobs) _blobs[job.Id] = IsContended ? new SimulatedBlobStore(simulation) : stores.Blobs(simulation);
        Processes = [.. Enumerable.Range(0, 1 + standbys).Select(index => new SimulatedProcess(simulation, this, index, jobs, stores))];
    }

    /// <summary>Who it is.</summary>
    public NodeAddress Address { get; }

    /// <summary>Its place among the sites, or -1 for a server's role.</summary>
    public int Site { get; }

    /// <summary>True where standbys contend for it: its journal and blobs are then a database that outlives processes, and else the disk of its one process, which crashes with it.</summary>
    public bool IsContended { get; }

    /// <summary>Its journal, with one log for each job.</summary>
    public SimulatedJournal Journal { get; }

    /// <summary>Its key.</summary>
    public SimulatedSigner Signer { get; private set; }

    /// <summary>The public key under which the others know it.</summary>
    public ReadOnlyMemory<byte> RegisteredKey { get; }

    internal SimulatedLease Lease { get; }

    /// <summary>Its secrets of all jobs.</summary>
    public SimulatedSecretStore Secrets { get; } = new();

    /// <summary>Those who act for it, or stand by to.</summary>
    public ImmutableArray<SimulatedProcess> Processes { get; }

    /// <summary>The process that began last to act for it, whether it still lives or not.</summary>
    public SimulatedProcess Leader { get; internal set; } = null!;

    /// <summary>Blobs of all jobs.</summary>
    public IEnumerable<ISimulatedBlobStore> AllBlobs => _blobs.Values;

    /// <summary>A job's blobs.</summary>
    public ISimulatedBlobStore Blobs(JobId job) => _blobs[job];

    /// <summary>The first job that keeps a blob; null where none does.</summary>
    internal JobId? JobOf(Digest hash)
    {
        foreach ((JobId job, ISimulatedBlobStore blobs) in _blobs)
        {
            if (blobs.Contains(hash)) return job;
        }

        return null;
    }

    /// <summary>From its next start on it signs with a key that nobody knows.</summary>
    internal void ChangeKey() => Signer = new SimulatedSigner($"{Address}, another machine");

    /// <inheritdoc/>
    public override string ToString() => Address.Value;
}
