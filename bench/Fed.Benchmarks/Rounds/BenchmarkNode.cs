using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Stores;

namespace Fed.Benchmarks.Rounds;

/// <summary>One node of a benchmarked federation with production parts: SQLite journal, file blobs, ECDSA key.</summary>
internal sealed class BenchmarkNode : IDisposable
{
    private readonly SqliteJournal _journal;
    private readonly LocalSigner _signer;

    public BenchmarkNode(string folder)
    {
        Directory.CreateDirectory(folder);
        Folder = folder;
        _journal = SqliteJournal.Open(Path.Combine(folder, "journal.sqlite"));
        _signer = LocalSigner.LoadOrCreate(Path.Combine(folder, "key.pem"));
        Blobs = new FileBlobStore(Path.Combine(folder, "blobs"));
    }

    public string Folder { get; }

    public FileBlobStore Blobs { get; }

    public LocalSigner Signer => _signer;

    public NodeServices Services(ActorSystem system, ITransport transport, IBulkTransfer bulk, IWorkerPool workers, IReadOnlyDictionary<NodeAddress, ReadOnlyMemory<byte>> keys, IFederationObserver observer) => new()
    {
        System = system,
        Journal = _journal,
        Blobs = Blobs,
        Switchboard = new Switchboard(transport),
        Bulk = bulk,
        Workers = workers,
        Signer = _signer,
        PublicKeys = address => keys.TryGetValue(address, out ReadOnlyMemory<byte> key) ? key : null,
        Protection = new PlainProtection(),
        Observer = observer,
        ResendInterval = TimeSpan.FromMinutes(5),
        BeatInterval = TimeSpan.FromMinutes(5),
    };

    public void Dispose()
    {
        _journal.Dispose();
        _signer.Dispose();
    }
}

/// <summary>Trivial local work: the same vector every time, so that what is timed is everything else.</summary>
internal sealed class FixedVector(double[] values) : ILocalComputation
{
    public bool KeepsSiloState => false;

    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel) => new(values, 1);

    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => null;
}

/// <summary>A trivial server step: the state is the round's number.</summary>
internal sealed class CountingProgram : IServerProgram
{
    public byte[] InitialState() => BitConverter.GetBytes(0L);

    public byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state) => [.. state.Span, .. BitConverter.GetBytes(round)];

    public StepResult Step(StepRequest request) =>
        new(BitConverter.GetBytes(BitConverter.ToInt64(request.State.Span) + 1 + request.Opened.Span[0]), null, ImmutableSortedDictionary<string, double>.Empty, null);
}

/// <summary>Waits for what the benchmark waits for.</summary>
internal sealed class Watcher(Action<object> happened) : IFederationObserver
{
    public void Recovered(NodeAddress node, JournalHead head, object state)
    {
    }

    public void Journaled(NodeAddress node, JournalHead head, object what) => happened(what);

    public void Progress(SiloId silo, CollectionId collection, int percent)
    {
    }

    public void Refused(NodeAddress node, string reason) => throw new InvalidOperationException($"{node} refused: {reason}");

    public void Fault(NodeAddress node, Exception cause) => Environment.FailFast($"{node}: {cause}");
}
