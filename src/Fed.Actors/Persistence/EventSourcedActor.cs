using System.Buffers;
using Fed.Actors.Kernel;

namespace Fed.Actors.Persistence;

/// <summary>
/// Hosts a decider: decides, appends, then evolves and starts effects, so that nobody is told what is not yet on disk. While an append is under way commands wait
/// in the mailbox; those that wait when it is over are decided one after another on the state to come and share one append, and their effects start after it, in order.
/// </summary>
/// <remarks>
/// Start and restart: the newest snapshot, then the events after it with their hash chain verified, then <c>Outstanding</c>, then commands. An append that fails, conflicts or is fenced
/// off fails the actor with <see cref="AppendFailedException"/>; the default strategy stops it. Completions of an earlier incarnation, and second ones, are ignored.
/// </remarks>
public class EventSourcedActor<TDecider, TState, TCommand, TEvent, TEffect> : Actor<TCommand>
    where TDecider : IDecider<TState, TCommand, TEvent, TEffect>
{
    private readonly EventSourcedOptions<TEvent, TState> _options;
    private readonly IEffectRunner<TCommand, TEffect> _effects;
    private readonly EffectContext<TCommand> _context;
    private readonly EventBatch<TEvent, TEffect> _batch;
    private TState _state = TDecider.Initial;
    private TState _nextState = TDecider.Initial;   // with the batch that is not yet appended
    private JournalHead _head;
    private JournalHead _nextHead;
    private AppendFailedException? _doubt;
    private int _failuresInARow;
    private DateTimeOffset _startedAt;
    private long _startStamp;

    /// <summary>Takes its parts; recovery begins when the actor starts.</summary>
    /// <param name="options">Persistence id, journal, serializers, limits.</param>
    /// <param name="effects">Carries effects out.</param>
    public EventSourcedActor(EventSourcedOptions<TEvent, TState> options, IEffectRunner<TCommand, TEffect> effects)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.PersistenceId);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReplayBatchMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SnapshotEvery, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DecisionFailuresMax, 1);
        (_options, _effects) = (options, effects);
        _context = new EffectContext<TCommand>(Context, options.Term.Epoch);
        _batch = new EventBatch<TEvent, TEffect>(options.Serializer, options.Journal.KeepsObjects, options.Term.Epoch);
    }

    /// <summary>The state after every appended event.</summary>
    protected TState State => _state;

    /// <summary>The log's end.</summary>
    protected JournalHead Head => _head;

    /// <summary>The time of this incarnation: the wall clock's at its start, and from then on the monotonic clock's, so that no jump of the wall clock moves what it decides.</summary>
    private DateTimeOffset Now => _startedAt + Context.Time.GetElapsedTime(_startStamp);

    /// <summary>The state is recovered; outstanding effects come next, then commands. Also after a restart.</summary>
    protected virtual void OnRecovered(TState state, JournalHead head) { }

    /// <summary>An append succeeded; its effects come next.</summary>
    /// <param name="state">State after the events.</param>
    /// <param name="events">The events of this append, in order, of one or more commands.</param>
    /// <param name="head">The log's end after them.</param>
    protected virtual void OnEvolved(TState state, ImmutableArray<TEvent> events, JournalHead head) { }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Cell.IsPaused = true;
        Cell.WantsMailboxDrained = true;
        (_startedAt, _startStamp) = (Context.Time.GetUtcNow(), Context.Time.GetTimestamp());
        Recovery<TDecider, TState, TCommand, TEvent, TEffect> recovery = new(_options);
        if (_options.Snapshots is null) Replay(recovery, default);
        else _options.Journal.LoadSnapshot(_options.PersistenceId, long.MaxValue, Once<SnapshotOutcome>(outcome => Replay(recovery, outcome)));
    }

    /// <inheritdoc/>
    protected sealed override void Receive(TCommand message)
    {
        if (_doubt is not null) throw _doubt;   // somebody resumed an actor whose append had failed
        DateTimeOffset now = Now;
        try
        {
            Decision<TEvent, TEffect> decision = TDecider.Decide(_nextState, message, now);
            if (!decision.IsNone) Gather(in decision, now);
            _failuresInARow = 0;
        }
        catch (Exception cause)
        {
            Report(message, cause, now);
        }
        if (_batch.Count >= _options.BatchMax) Flush();
    }

    internal sealed override void OnMailboxDrained()
    {
        if (_batch.Count > 0) Flush();
    }

    private void Gather(in Decision<TEvent, TEffect> decision, DateTimeOffset now)
    {
        TState next = _nextState;
        if (!decision.Events.IsDefault)
        {
            foreach (TEvent happened in decision.Events) next = TDecider.Evolve(next, happened);
        }
        _nextHead = _batch.Add(in decision, _nextHead, now);
        _nextState = next;
    }

    private void Report(TCommand command, Exception cause, DateTimeOffset now)
    {
        KernelLog.DecisionFailed(Context.Log, _options.PersistenceId, _head.Sequence, cause);
        _options.OnDecisionFailed?.Invoke(new DecisionFailure(_options.PersistenceId, command, cause));
        ImmutableArray<TEvent> rejected = TDecider.Rejected(_nextState, command, cause.Message, now);
        if (!rejected.IsDefaultOrEmpty) Gather(new Decision<TEvent, TEffect>(rejected, []), now);
        if (++_failuresInARow >= _options.DecisionFailuresMax) throw new DecisionsFailedException(_options.PersistenceId, _failuresInARow, cause);
    }

    private void Flush()
    {
        if (!_batch.HasEvents && _options.Term.Epoch == 0)
        {
            StartEffects(_batch.Effects);   // nobody contends: there is no fence to check
            _batch.Clear();
            return;
        }
        Append(_batch.TakeStored(), Committed);
    }

    private void Append(ImmutableArray<JournalEvent> events, Action committed)
    {
        Cell.IsPaused = true;
        _options.Journal.Append(
            new AppendRequest(_options.PersistenceId, _head.Sequence, _options.Term.Epoch, events),
            Once<AppendOutcome>(outcome =>
            {
                if (outcome.Status != AppendStatus.Appended) throw _doubt = new AppendFailedException(_options.PersistenceId, outcome);
                committed();
                Cell.IsPaused = false;
            }));
    }

    private void Committed()
    {
        long before = _head.Sequence;
        _state = _nextState;
        _head = _nextHead;
        ImmutableArray<TEvent> events = _batch.TakeEvents();
        if (!events.IsEmpty) OnEvolved(_state, events, _head);
        StartEffects(_batch.Effects);
        _batch.Clear();
        if (_options.Snapshots is { } serializer && before / _options.SnapshotEvery != _head.Sequence / _options.SnapshotEvery) SaveSnapshot(serializer);
    }

    private void StartEffects(IReadOnlyList<TEffect> effects)
    {
        _context.Position = _head;
        for (int i = 0; i < effects.Count; i++) _effects.Run(effects[i], _context);
    }

    private void SaveSnapshot(ISnapshotSerializer<TState> serializer)
    {
        ArrayBufferWriter<byte> buffer = new();
        long sequence = _head.Sequence;
        try { serializer.Write(_state, buffer); }
        catch (Exception cause)
        {
            KernelLog.SnapshotFailed(Context.Log, _options.PersistenceId, sequence, cause.Message);
            return;
        }
        JournalSnapshot snapshot = new(_options.PersistenceId, sequence, _head.Digest, serializer.Version, buffer.WrittenMemory);
        _options.Journal.SaveSnapshot(snapshot, Once<string?>(failure =>
        {
            if (failure is not null) KernelLog.SnapshotFailed(Context.Log, _options.PersistenceId, sequence, failure);
        }));
    }

    private void Replay(Recovery<TDecider, TState, TCommand, TEvent, TEffect> recovery, SnapshotOutcome snapshot)
    {
        long after = recovery.Begin(in snapshot);
        _options.Journal.Replay(_options.PersistenceId, after, _options.ReplayBatchMax, batch => new Outcome<ReplayBatch>(this, Apply, batch).Post());

        void Apply(ReplayBatch batch)
        {
            if (recovery.Apply(in batch)) Recovered(recovery);
        }
    }

    private void Recovered(Recovery<TDecider, TState, TCommand, TEvent, TEffect> recovery)
    {
        _state = _nextState = recovery.State;
        _head = _nextHead = recovery.Head;
        OnRecovered(_state, _head);
        DateTimeOffset now = Now;
        Decision<TEvent, TEffect> first = recovery.First(now);
        Cell.IsPaused = false;
        if (first.IsNone) return;
        Gather(in first, now);
        Flush();   // before any command: a turn ends before the mailbox is looked at again
    }

    /// <summary>A callback for a journal: posts its argument to this incarnation, the first time only.</summary>
    private Action<T> Once<T>(Action<T> handle)
    {
        int isCalled = 0;
        return result =>
        {
            if (Interlocked.Exchange(ref isCalled, 1) == 0) new Outcome<T>(this, handle, result).Post();
        };
    }

    private sealed class Outcome<T>(ActorBase incarnation, Action<T> handle, T result) : Completion(incarnation)
    {
        protected override void Complete() => handle(result);
    }
}
