using System.Collections.Immutable;
using Fed.Actors.Persistence;

namespace Fed.TestKit.Stores;

/// <summary>
/// A journal in memory whose next appends go as a test says: fail, conflict, are fenced, are stored without an answer, are torn. Outcomes may be held back, delayed and doubled. Everything that is not
/// scripted works. Belongs to one thread.
/// </summary>
/// <example>
/// <code>
/// FaultyJournal journal = new FaultyJournal().FailNext().LoseAnswerNext();   // the first append fails, the second is stored and its writer never hears of it
/// </code>
/// </example>
/// <param name="inner">Holds the events; one in memory when null.</param>
/// <param name="simulation">Carries delays; null where none are asked for.</param>
public sealed class FaultyJournal(IEventJournal? inner = null, ISimulation? simulation = null) : IEventJournal, IJournalReader
{
    private readonly IEventJournal _inner = inner ?? new InMemoryJournal();
    private readonly Queue<Action<AppendRequest, Action<AppendOutcome>>> _script = new();
    private readonly Queue<Action> _held = new();
    private bool _holds;

    /// <summary>Appends that were asked for, in order, whatever became of them.</summary>
    public List<AppendRequest> Requests { get; } = [];

    /// <summary>Every outcome is posted this often.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>Time between a request and its outcome.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>True: outcomes wait for <see cref="Release"/>.</summary>
    public bool Holds
    {
        get => _holds;
        set
        {
            _holds = value;
            while (!value && _held.Count > 0) Release();
        }
    }

    /// <summary>Outcomes that wait.</summary>
    public int Waiting => _held.Count;

    /// <summary>The next appends store nothing and fail.</summary>
    public FaultyJournal FailNext(int count = 1, string reason = "simulated input/output error") => AnswerNext(new AppendOutcome(AppendStatus.Failed, reason), count);

    /// <summary>The next appends store nothing and meet another writer's events.</summary>
    public FaultyJournal ConflictNext(int count = 1) => AnswerNext(new AppendOutcome(AppendStatus.SequenceConflict, "somebody else has appended (simulated)"), count);

    /// <summary>The next appends store nothing and are fenced off by a higher epoch.</summary>
    public FaultyJournal FenceNext(int count = 1) => AnswerNext(new AppendOutcome(AppendStatus.Fenced, "a higher epoch has written (simulated)"), count);

    /// <summary>The next appends store nothing and are answered so.</summary>
    public FaultyJournal AnswerNext(AppendOutcome outcome, int count = 1) => Script(count, (_, done) => done(outcome));

    /// <summary>The next appends are stored, and their writer never hears of it: what a connection that is lost at the commit leaves, seen by a writer that does not read back.</summary>
    public FaultyJournal LoseAnswerNext(int count = 1) => Script(count, (request, _) => _inner.Append(request, static _ => { }));

    /// <summary>The next appends never arrive, and their writer never hears of it: the other half of an unknown outcome.</summary>
    public FaultyJournal LoseRequestNext(int count = 1) => Script(count, static (_, _) => { });

    /// <summary>The next append stores only its first events and fails: what no journal may do, to see who notices.</summary>
    public FaultyJournal TearNext(int stored = 1) => Script(1, (request, done) => _inner.Append(
        request with { Events = [.. request.Events.Take(stored)] }, _ => done(new AppendOutcome(AppendStatus.Failed, "torn (simulated)"))));

    /// <summary>The next appends work: to come to a later one.</summary>
    public FaultyJournal PassNext(int count = 1) => Script(count, _inner.Append);

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        Requests.Add(request);
        if (!_script.TryDequeue(out Action<AppendRequest, Action<AppendOutcome>>? act)) act = _inner.Append;
        act(request, outcome => Post(() => done(outcome)));
    }

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) =>
        _inner.Replay(persistenceId, afterSequence, batchMax, result => Post(() => batch(result)));

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => _inner.SaveSnapshot(snapshot, done);

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) =>
        _inner.LoadSnapshot(persistenceId, maxSequence, result => Post(() => done(result)));

    /// <inheritdoc/>
    public ImmutableArray<string> PersistenceIds() => ((IJournalReader)_inner).PersistenceIds();

    /// <inheritdoc/>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0) => ((IJournalReader)_inner).Read(persistenceId, afterSequence);

    /// <summary>Posts the outcome that waits longest.</summary>
    /// <exception cref="InvalidOperationException">None waits.</exception>
    public void Release()
    {
        Action outcome = _held.Dequeue();
        for (int i = 0; i < Copies; i++) outcome();
    }

    private FaultyJournal Script(int count, Action<AppendRequest, Action<AppendOutcome>> act)
    {
        for (int i = 0; i < count; i++) _script.Enqueue(act);
        return this;
    }

    private void Post(Action outcome)
    {
        if (Delay > TimeSpan.Zero)
        {
            (simulation ?? throw new InvalidOperationException("a delay needs a simulation: give the journal one")).Schedule(Delay, () => Hold(outcome));
            return;
        }

        Hold(outcome);
    }

    private void Hold(Action outcome)
    {
        _held.Enqueue(outcome);
        if (!Holds) Release();
    }
}
