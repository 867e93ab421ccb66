namespace Fed.Actors.Persistence;

/// <summary>The way from a journal's bytes back to a state: snapshot first, then each event, its place in the hash chain checked over the stored bytes.</summary>
internal sealed class Recovery<TDecider, TState, TCommand, TEvent, TEffect>(EventSourcedOptions<TEvent, TState> options)
    where TDecider : IDecider<TState, TCommand, TEvent, TEffect>
{
    private readonly string _id = options.PersistenceId;
    private JournalSnapshot? _unconfirmed;   // a snapshot whose own event has not been seen yet
    private bool _isOver;

    public TState State { get; private set; } = TDecider.Initial;

    public JournalHead Head { get; private set; } = new(0, ChainHash.Start(options.PersistenceId));

    /// <summary>Starts from a snapshot, or from nothing.</summary>
    /// <returns>The sequence number after which the journal is to be read: one before the snapshot's event, which must be there and carry its head.</returns>
    public long Begin(in SnapshotOutcome outcome)
    {
        if (outcome.Failure is { } failure) throw new RecoveryFailedException(_id, failure);
        if (outcome.Snapshot is not { } snapshot) return 0;
        State = Guarded(() => options.Snapshots!.Read(snapshot.Version, snapshot.Payload.Span), "the snapshot");
        Head = new JournalHead(snapshot.Sequence, snapshot.Head);
        if (snapshot.Sequence == 0) return 0;
        _unconfirmed = snapshot;
        return snapshot.Sequence - 1;
    }

    /// <summary>Applies a batch of events.</summary>
    /// <returns>True for the last batch; a batch that comes after it is ignored.</returns>
    public bool Apply(in ReplayBatch batch)
    {
        if (_isOver) return false;
        if (batch.Failure is { } failure) throw new RecoveryFailedException(_id, failure);
        foreach (ref readonly JournalEvent stored in batch.Events.Span)
        {
            if (_unconfirmed is { } snapshot) Confirm(snapshot, in stored);
            else Apply(in stored);
        }
        if (batch.IsLast && _unconfirmed is { } ahead)
            throw new JournalCorruptException(_id, ahead.Sequence, "a snapshot holds this event but the journal ends before it: its tail was cut");
        return _isOver = batch.IsLast;
    }

    /// <summary>What comes before all commands: a contended leader takes over, and then the effects that the recovered state owes.</summary>
    public Decision<TEvent, TEffect> First(DateTimeOffset now) => Guarded(
        () =>
        {
            ImmutableArray<TEvent> lead = options.Term.IsContended ? TDecider.Lead(State, options.Term, now) : [];
            return new Decision<TEvent, TEffect>(lead, TDecider.Outstanding(lead.Aggregate(State, TDecider.Evolve), now));
        },
        "its outstanding effects");

    private void Confirm(JournalSnapshot snapshot, in JournalEvent stored)
    {
        if (stored.Sequence != snapshot.Sequence || stored.Hash != snapshot.Head)
            throw new JournalCorruptException(_id, snapshot.Sequence, "the snapshot and the journal disagree about the hash chain here");
        _unconfirmed = null;
    }

    private void Apply(in JournalEvent stored)
    {
        long sequence = Head.Sequence + 1;
        if (stored.Sequence != sequence) throw new JournalCorruptException(_id, sequence, $"event {stored.Sequence} stands in its place");
        if (options.Journal.KeepsObjects)
        {
            Evolve((TEvent)stored.Instance!, sequence);
            Head = Head with { Sequence = sequence };
            return;
        }
        Digest hash = ChainHash.Next(Head.Digest, sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, stored.Payload.Span);
        if (hash != stored.Hash) throw new JournalCorruptException(_id, sequence, "its bytes do not match the hash chain: it, or one before it, was changed");
        Evolve(Read(in stored), sequence);
        Head = new JournalHead(sequence, hash);
    }

    private TEvent Read(in JournalEvent stored)
    {
        try { return options.Serializer.Read(stored.Tag, stored.Version, stored.Payload.Span); }
        catch (Exception cause) { throw Failed($"event {stored.Sequence}", cause); }
    }

    private void Evolve(TEvent happened, long sequence)
    {
        try { State = TDecider.Evolve(State, happened); }
        catch (Exception cause) { throw Failed($"event {sequence}", cause); }
    }

    private T Guarded<T>(Func<T> read, string what)
    {
        try { return read(); }
        catch (Exception cause) { throw Failed(what, cause); }
    }

    // Fatal, since a new instance would meet the same bytes.
    private RecoveryFailedException Failed(string what, Exception cause) => new(_id, $"{what}: {cause.Message}", cause);
}
