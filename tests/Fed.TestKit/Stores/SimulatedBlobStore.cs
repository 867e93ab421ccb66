using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>Blobs in memory with the durability of the real ones: committed blobs survive <see cref="Crash"/>, writers that are open at that moment never commit.</summary>
public sealed class SimulatedBlobStore(ISimulation simulation) : ISimulatedBlobStore
{
    private readonly SortedDictionary<Digest, byte[]> _blobs = [];
    private int _generation;

    /// <summary>What may go wrong when a blob is written; it shows as an <see cref="IOException"/> at the commit.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Hears of each fault that strikes.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>Hears of each blob that is deleted, before it is.</summary>
    public Action<Digest>? Deleting { get; set; }

    /// <inheritdoc/>
    public SimulatedFileSystem? Disk => null;

    /// <inheritdoc/>
    public IBlobWriter Create() => new Writer(this);

    /// <inheritdoc/>
    public Stream OpenRead(Digest hash) => _blobs.TryGetValue(hash, out byte[]? blob)
        ? new MemoryStream(blob, writable: false)
        : throw new BlobMissingException($"blob {hash} is not in the store");

    /// <inheritdoc/>
    public bool Contains(Digest hash) => _blobs.ContainsKey(hash);

    /// <inheritdoc/>
    public long Length(Digest hash) => _blobs.TryGetValue(hash, out byte[]? blob) ? blob.Length : -1;

    /// <inheritdoc/>
    public void Delete(Digest hash)
    {
        if (!_blobs.ContainsKey(hash)) return;
        Deleting?.Invoke(hash);
        _blobs.Remove(hash);
    }

    /// <inheritdoc/>
    public IEnumerable<Digest> List() => _blobs.Keys.ToImmutableArray();

    /// <summary>Stops the machine and starts it again.</summary>
    public void Crash() => _generation++;

    /// <summary>Flips one bit of a stored blob.</summary>
    public void Damage(Digest hash, int offset)
    {
        byte[] damaged = [.. _blobs[hash]];
        damaged[offset] ^= 1;
        _blobs[hash] = damaged;
    }

    private Digest Commit(byte[] bytes, int generation)
    {
        if (generation != _generation) throw new SimulatedCrashException();
        if (Faults.IsFull) throw new IOException("cannot write a blob: the disk is full; free some space and start again");
        if (simulation.Chance(Faults.FailPermille))
        {
            Struck?.Invoke(FaultKind.DiskFailure);
            throw new IOException("cannot write a blob: simulated input/output error");
        }

        Digest hash = Digest.Of(bytes);
        _blobs.TryAdd(hash, bytes);
        return hash;
    }

    private sealed class Writer(SimulatedBlobStore store) : IBlobWriter
    {
        private readonly int _generation = store._generation;
        private readonly MemoryStream _bytes = new();
        private bool _committed;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (_committed) throw new InvalidOperationException("the blob is committed; start another one");
            _bytes.Write(bytes);
        }

        public Digest Commit()
        {
            if (_committed) throw new InvalidOperationException("the blob is committed already");
            Digest hash = store.Commit(_bytes.ToArray(), _generation);
            _committed = true;
            return hash;
        }

        public void Dispose() => _bytes.Dispose();
    }
}
