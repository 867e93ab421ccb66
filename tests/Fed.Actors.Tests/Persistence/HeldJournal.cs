using Fed.Actors.Persistence;

namespace Fed.Actors.Tests.Persistence;

/// <summary>A journal whose outcomes wait until the test lets them go, singly, twice or changed.</summary>
internal sealed class HeldJournal(IEventJournal inner) : IEventJournal
{
    private readonly Queue<Action> _held = new();

    /// <summary>Appends that were asked for, in order.</summary>
    public List<AppendRequest> Requests { get; } = [];

    /// <summary>Every outcome is posted this often.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>False: outcomes are posted at once.</summary>
    public bool Holds { get; set; } = true;

    /// <summary>In place of the next append, this outcome.</summary>
    public AppendOutcome? NextOutcome { get; set; }

    public int Waiting => _held.Count;

    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        Requests.Add(request);
        if (NextOutcome is { } outcome)
        {
            NextOutcome = null;
            Hold(() => done(outcome));
            return;
        }
        inner.Append(request, result => Hold(() => done(result)));
    }

    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) =>
        inner.Replay(persistenceId, afterSequence, batchMax, result => Hold(() => batch(result)));

    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => inner.SaveSnapshot(snapshot, done);

    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) =>
        inner.LoadSnapshot(persistenceId, maxSequence, result => Hold(() => done(result)));

    public void Release()
    {
        Action outcome = _held.Dequeue();
        for (int i = 0; i < Copies; i++) outcome();
    }

    private void Hold(Action outcome)
    {
        _held.Enqueue(outcome);
        if (!Holds) Release();
    }
}
