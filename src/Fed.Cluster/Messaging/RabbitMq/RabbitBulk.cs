using Fed.Cluster.Messaging.Envelopes;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Blobs over RabbitMQ, in pieces of 1 MiB that nobody keeps: the receiver asks for as many as it can take, and again for what did not come. Requests and grants are sealed envelopes; a grant tells the key under which the pieces are
/// encrypted. Several nodes that fetch one blob at a time get each piece from one publication. One for a node, which fetches for each of its addresses (<see cref="As"/>). Thread-safe.
/// </summary>
public sealed class RabbitBulk : IDisposable
{
    private const int StreamsMax = 256;

    private readonly RabbitNode _node;
    private readonly IWorkerPool _workers;
    private readonly BulkOptions _options;
    private readonly BulkLane _lane;
    private readonly IDisposable _publishing, _consuming;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (BulkFetch Fetch, Action<string?> Done)> _fetches = [];
    private readonly Queue<(BulkFetch Fetch, Action<string?> Done)> _waiting = [];
    private readonly KeptModel _kept;
    private readonly Dictionary<(IBlobStore Store, Digest Hash, string Parts), BulkStream> _streams = [];
    private readonly byte[] _piece = new byte[IBulkTransfer.PieceBytes];   // of the one consumer
    private bool _isDisposed;

    /// <summary>Begins to consume.</summary>
    /// <param name="node">The node's connection; owned by the caller.</param>
    /// <param name="workers">Opens and completes what is fetched.</param>
    /// <param name="options">Limits.</param>
    public RabbitBulk(RabbitNode node, IWorkerPool workers, BulkOptions options)
    {
        (_node, _workers, _options) = (node, workers, options);
        _kept = new KeptModel(options.ModelKeptFor, options.ModelKeptMax);
        _lane = new BulkLane(RabbitNames.ExchangeOf(node.Identity.Role), node.Identity.Name, node.Counters);
        _publishing = node.Serve(_lane);
        _consuming = node.Serve(new ConsumerLane(RabbitNames.Data(node.Identity.Name), options.Prefetch, WireLane.Bulk, Take, node.Counters));
        _timer = node.Clock.CreateTimer(_ => Repair(), null, options.RepairAfter, options.RepairAfter);
    }

    /// <summary>Pieces that were published, each once for all who wanted it.</summary>
    public long PiecesPublished => _lane.PiecesPublished;

    /// <summary>Transfers to this node that are under way.</summary>
    public int FetchCount
    {
        get
        {
            lock (_gate) return _fetches.Count + _waiting.Count;
        }
    }

    /// <summary>Publishes the blobs of an address of this node, until the result is disposed.</summary>
    public IDisposable Register(NodeAddress address, IBlobStore store)
    {
        if (!_node.Identity.MayBe(address)) throw new ArgumentException($"{_node.Identity} does not stand for {address}", nameof(address));
        return _node.Serve(new ConsumerLane(RabbitNames.Requests(address), _options.Prefetch, WireLane.Bulk, frame => Serve(address, store, frame), _node.Counters));
    }

    /// <summary>Fetches for an address of this node.</summary>
    /// <exception cref="ArgumentException">The node does not stand for it.</exception>
    public IBulkTransfer As(NodeAddress self) =>
        _node.Identity.MayBe(self) ? new Receiver(this, self) : throw new ArgumentException($"{_node.Identity} does not stand for {self}", nameof(self));

    /// <summary>Ends all transfers with a failure.</summary>
    public void Dispose()
    {
        (BulkFetch Fetch, Action<string?> Done)[] open, waiting;
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            (open, waiting) = ([.. _fetches.Values], [.. _waiting]);
            _waiting.Clear();
        }

        _timer.Dispose();
        _consuming.Dispose();
        _publishing.Dispose();
        foreach ((BulkFetch fetch, _) in open) End(fetch, Stopped(fetch));
        foreach ((BulkFetch fetch, Action<string?> done) in waiting) done(Stopped(fetch));
    }

    private void Start(NodeAddress self, string lane, NodeAddress from, Digest hash, BlobParts? parts, Func<IBulkSink> open, Action<IBulkSink?, string?> done) => _workers.Run(
        lane,
        _ => open(),
        sink =>
        {
            BulkFetch fetch = new(self, from, hash, parts is { } some ? BulkParts.Of(some) : null, sink, _node.Clock.GetTimestamp());
            Action<string?> complete = failure => _workers.Run(lane, _ => Complete(fetch, failure), outcome => done(sink, outcome), e => done(null, Failure(fetch, e.Message)));
            bool isStopping, mayBegin;
            lock (_gate)
            {
                isStopping = _isDisposed;
                mayBegin = !isStopping && _fetches.Count < _options.TotalPiecesMax;
                if (mayBegin) _fetches.Add(fetch.Id, (fetch, complete));
                else if (!isStopping) _waiting.Enqueue((fetch, complete));
            }

            if (isStopping) complete(Stopped(fetch));
            else if (mayBegin) Ask(fetch, isRepair: false);
        },
        failure => done(null, $"blob {hash} of {from} could not be fetched: {failure.Message}"));

    private static string? Complete(BulkFetch fetch, string? failure)
    {
        using (fetch) return failure ?? (fetch.Sink.Finish() ? null : $"blob {fetch.Hash} of {fetch.From} does not have the announced hash");
    }

    private static string Stopped(BulkFetch fetch) => $"blob {fetch.Hash} of {fetch.From} was not fetched: the node stops";

    private static string Failure(BulkFetch fetch, string reason) => $"blob {fetch.Hash} of {fetch.From} could not be fetched: {reason}";

    private void Ask(BulkFetch fetch, bool isRepair)
    {
        BulkRequest? request;
        lock (_gate) request = fetch.Request(Share(), isRepair, _node.Clock.GetTimestamp());
        if (request is not null && _node.Sealer.Seal(BulkContent.Job, fetch.Self, fetch.From, BulkContent.Of(request)) is { } envelope)
            _lane.Say(RabbitNames.KeyOf(_node.Identity.Name, RabbitNames.Requests(fetch.From)), envelope);
    }

    /// <summary>Pieces that a transfer may have on their way now: the more there are, the fewer each.</summary>
    private int Share() => Math.Clamp(_options.TotalPiecesMax / Math.Max(1, _fetches.Count), 1, _options.PiecesMax);

    private void End(BulkFetch fetch, string? failure)
    {
        (BulkFetch Fetch, Action<string?> Done) ended, next;
        lock (_gate)
        {
            if (!_fetches.Remove(fetch.Id, out ended)) return;
            if (_waiting.TryDequeue(out next))
            {
                next.Fetch.Start(_node.Clock.GetTimestamp());
                _fetches.Add(next.Fetch.Id, next);
            }
        }

        ended.Done(failure);
        if (next.Fetch is { } begun) Ask(begun, isRepair: false);
    }

    /// <summary>Looks after transfers that hear nothing.</summary>
    private void Repair()
    {
        BulkFetch[] open;
        _kept.ForgetOld(_node.Clock);
        lock (_gate) open = [.. _fetches.Values.Select(static entry => entry.Fetch)];
        foreach (BulkFetch fetch in open)
        {
            TimeSpan silence = _node.Clock.GetElapsedTime(fetch.Heard);
            if (silence >= _options.GiveUpAfter)
                End(fetch, $"blob {fetch.Hash} of {fetch.From} could not be fetched: {(fetch.Stream is null ? $"{fetch.From} is not connected, or did not answer" : "nothing more came")} within {_options.GiveUpAfter.TotalSeconds:0.#} s");
            else if (silence >= _options.RepairAfter && _node.Clock.GetElapsedTime(fetch.Asked) >= _options.RepairAfter)
                Ask(fetch, isRepair: true);
        }
    }

    private void Take(ReadOnlyMemory<byte> frame)
    {
        if (PieceFrame.IsPiece(frame.Span)) TakePiece(frame.Span);
        else if (_node.Open(frame) is { } opened && _node.Counted(_node.Identity.Name, () => BulkContent.ReadGrant(opened)) is { } grant) TakeGrant(opened.Header, grant);
    }

    private void TakeGrant(EnvelopeHeader header, BulkGrant grant)
    {
        BulkFetch fetch;
        string? failure;
        bool isDone;
        lock (_gate)
        {
            if (!_fetches.TryGetValue(grant.Transfer, out (BulkFetch Fetch, Action<string?> Done) found) || (found.Fetch.From, found.Fetch.Self) != (header.Sender.Address, header.Recipient) || found.Fetch.Hash.ToString() != grant.Hash) return;
            fetch = found.Fetch;
            failure = fetch.Begin(grant, _options.BlobBytesMax, _node.Clock.GetTimestamp());
            isDone = fetch.IsDone;
        }

        if (failure is not null) End(fetch, $"blob {fetch.Hash} of {fetch.From} could not be fetched: {failure}");
        else if (isDone) End(fetch, null);
        else Ask(fetch, isRepair: false);
    }

    private void TakePiece(ReadOnlySpan<byte> frame)
    {
        if (PieceFrame.Name(frame) is not { } name)
        {
            _node.Counters.Refused(_node.Identity.Name, EnvelopeForm.Malformed("a piece of a blob has no name"));
            return;
        }

        BulkFetch[] wanting;
        lock (_gate) wanting = [.. _fetches.Values.Select(static entry => entry.Fetch).Where(fetch => fetch.Stream == name.Stream)];
        foreach (BulkFetch fetch in wanting)
        {
            int bytes = PieceFrame.Open(frame, fetch.Key!, _piece);
            if (bytes < 0)
            {
                _node.Counters.Refused(_node.Identity.Name, new EnvelopeException(EnvelopeRefusal.DamagedPiece, $"a piece of blob {fetch.Hash} that is not what its source has sent"));
                continue;
            }

            try
            {
                bool isDone;
                lock (_gate)
                {
                    if (!_fetches.ContainsKey(fetch.Id) || !fetch.Takes(name.Piece, bytes, _node.Clock.GetTimestamp())) continue;
                    fetch.Sink.Put(name.Piece, _piece.AsSpan(0, bytes));
                    isDone = fetch.IsDone;
                }

                if (isDone) End(fetch, null);
                else Ask(fetch, isRepair: false);
            }
            catch (IOException full)
            {
                End(fetch, Failure(fetch, full.Message));
            }
        }
    }

    private void Serve(NodeAddress address, IBlobStore store, ReadOnlyMemory<byte> frame)
    {
        if (_node.Open(frame, address) is not { } opened || _node.Counted(address.Value, () => BulkContent.ReadRequest(opened)) is not { } request) return;
        (BulkStream? stream, string? refusal) = StreamOf(store, request);
        if (request.WantsGrant || refusal is not null)
        {
            BulkGrant grant = stream is null ? new(request.Transfer, request.Hash, 0, Guid.Empty, [], refusal) : new(request.Transfer, request.Hash, stream.Length, stream.Id, stream.Key, null);
            if (_node.Sealer.SealFor(opened.By, BulkContent.Job, address, opened.Header.Sender.Address, BulkContent.Of(grant)) is { } envelope)
                _lane.Say(RabbitNames.KeyOf(_node.Identity.Name, RabbitNames.Data(opened.By.Name)), envelope);
        }

        if (stream is not null) _lane.Send(stream, request.Pieces, opened.By.Name);
    }

    private (BulkStream? Stream, string? Refusal) StreamOf(IBlobStore store, BulkRequest request)
    {
        Digest hash = Digest.Parse(request.Hash);
        BlobParts? parts = request.Parts?.Read();
        (IBlobStore, Digest, string) key = (store, hash, BulkContent.NameOf(request.Parts));
        lock (_gate)
        {
            if (_streams.TryGetValue(key, out BulkStream? known) && store.Contains(hash)) return (known, null);
        }

        (long length, string? refusal) = BulkStream.Measure(store, hash, parts);
        if (refusal is not null) return (null, refusal);
        lock (_gate)
        {
            if (_streams.Count >= StreamsMax) _streams.Clear();   // whoever is in the middle asks for a grant when it hears nothing
            return (_streams[key] = new BulkStream(store, hash, parts, length), null);
        }
    }

    /// <summary>An address's side of it.</summary>
    private sealed class Receiver(RabbitBulk bulk, NodeAddress self) : IBulkTransfer
    {
        /// <inheritdoc/>
        public void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done) =>
            bulk.Start(self, "bulk/inbox/" + entryId, from, hash, null, () => new InboxSink(inbox, entryId, hash, length), (_, failure) => done(failure));

        /// <inheritdoc/>
        public void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done)
        {
            if (store.Contains(hash)) done(null);
            else bulk.Start(self, "bulk/store/" + hash, from, hash, null, () => new StoreSink(store, hash), (_, failure) => done(failure));
        }

        /// <inheritdoc/>
        public void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue)
        {
            if (bulk._kept.Find(hash) is { } known && known.Length <= lengthMax) done(known, null);
            else
            {
                bulk.Start(self, "bulk/memory/" + hash, from, hash, null, () => new MemorySink(hash, lengthMax), (sink, failure) =>
                {
                    byte[]? fetched = failure is null ? ((MemorySink)sink!).Bytes : null;
                    if (fetched is not null) bulk._kept.Keep(hash, fetched, bulk._node.Clock);
                    done(fetched, failure);
                });
            }
        }

        /// <inheritdoc/>
        public void FetchPartsToMemory(NodeAddress from, Digest hash, BlobParts parts, Action<byte[]?, string?> done) =>
            bulk.Start(self, "bulk/memory/" + hash, from, hash, parts, static () => new MemorySink(null), (sink, failure) => done(failure is null ? ((MemorySink)sink!).Bytes : null, failure));
    }
}
