using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Transport;

/// <summary>
/// Copies blobs between simulated nodes, one piece per step of the simulation, so that crashes and cuts fall into the middle of transfers. A transfer that fails leaves its pieces
/// in the inbox and goes on from there when it is asked for again.
/// </summary>
public sealed class SimulatedBulk(ISimulation simulation) : IBulkTransfer
{
    private readonly Dictionary<NodeAddress, IBlobStore> _stores = [];
    private readonly HashSet<NodeAddress> _cuts = [];
    private int _generation;

    /// <summary>What may go wrong, per piece.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Hears of each fault that strikes.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>Pieces copied so far.</summary>
    public long Pieces { get; private set; }

    /// <summary>Publishes a node's blobs; the last registration counts. A node that is down is not registered.</summary>
    public void Register(NodeAddress address, IBlobStore store) => _stores[address] = store;

    /// <summary>Takes a node off the network, as its crash does.</summary>
    public void Unregister(NodeAddress address) => _stores.Remove(address);

    /// <summary>Makes a node's blobs unreachable.</summary>
    public void Cut(NodeAddress from) => _cuts.Add(from);

    /// <summary>Ends all cuts.</summary>
    public void HealAll() => _cuts.Clear();

    /// <summary>Stops the receiving machine: transfers on their way end without an outcome.</summary>
    public void Crash() => _generation++;

    /// <inheritdoc/>
    public void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done) => Step(from, hash, done, blob =>
    {
        if (blob.Length != length) return End(done, $"blob {hash} of {from} has {blob.Length} bytes, not the announced {length}");
        IInboxEntry entry = inbox.Open(entryId, hash, length);
        for (long piece = 0; piece * IBulkTransfer.PieceBytes < length; piece++)
        {
            if (entry.Has(piece)) continue;
            entry.Write(piece, ReadPiece(blob, piece));
            return true;
        }
        return End(done, entry.Complete() ? null : $"blob {hash} of {from} does not have the announced hash");
    });

    /// <inheritdoc/>
    public void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done)
    {
        long piece = 0;
        IBlobWriter? writer = null;
        IncrementalHash received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Step(from, hash, done, blob =>
        {
            if (store.Contains(hash)) return End(done, failure: null);
            writer ??= store.Create();
            if (piece * IBulkTransfer.PieceBytes < blob.Length)
            {
                byte[] bytes = ReadPiece(blob, piece++);
                received.AppendData(bytes);
                writer.Write(bytes);
                return true;
            }
            using (received)
            using (writer) return End(done, new Digest(received.GetHashAndReset()) == hash && writer.Commit() == hash ? null : $"blob {hash} of {from} does not have the announced hash");
        });
    }

    /// <inheritdoc/>
    public void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue)
    {
        List<byte> received = [];
        byte[]? content = null;
        long piece = 0;
        Step(from, hash, failure => done(content, failure), blob =>
        {
            if (blob.Length > lengthMax) return End(failure => done(null, failure), $"blob {hash} of {from} has {blob.Length} bytes, more than the {lengthMax} that are wanted");
            if (piece * IBulkTransfer.PieceBytes < blob.Length)
            {
                received.AddRange(ReadPiece(blob, piece++));
                return true;
            }
            byte[] bytes = [.. received];
            bool isWhole = Digest.Of(bytes) == hash;
            if (isWhole) content = bytes;
            return End(failure => done(content, failure), isWhole ? null : $"blob {hash} of {from} does not have the announced hash");
        });
    }

    /// <summary>Runs <paramref name="copy"/> with the source once per step, until it says that there is nothing more to do.</summary>
    private void Step(NodeAddress from, Digest hash, Action<string?> done, Func<Stream, bool> copy)
    {
        int generation = _generation;
        TimeSpan delay = simulation.Delay(Faults.DelayMax);
        if (delay > StoreFaults.LongDelay) Struck?.Invoke(FaultKind.SlowDisk);
        simulation.Schedule(delay, () =>
        {
            if (generation != _generation) return;
            if (_cuts.Contains(from) || !_stores.TryGetValue(from, out IBlobStore? source))
            {
                done($"{from} is not connected");
                return;
            }
            if (simulation.Chance(Faults.FailPermille))
            {
                Struck?.Invoke(FaultKind.DiskFailure);
                done($"blob {hash} of {from} could not be fetched: simulated failure");
                return;
            }
            try
            {
                using Stream blob = source.OpenRead(hash);
                if (copy(blob)) Step(from, hash, done, copy);
            }
            catch (Exception failure) when (failure is IOException or BlobMissingException)
            {
                done($"blob {hash} of {from} could not be fetched: {failure.Message}");
            }
        });
    }

    private static bool End(Action<string?> done, string? failure)
    {
        done(failure);
        return false;
    }

    private byte[] ReadPiece(Stream blob, long piece)
    {
        Pieces++;
        blob.Position = piece * IBulkTransfer.PieceBytes;
        var bytes = new byte[Math.Min(IBulkTransfer.PieceBytes, blob.Length - blob.Position)];
        blob.ReadExactly(bytes);
        return bytes;
    }
}
