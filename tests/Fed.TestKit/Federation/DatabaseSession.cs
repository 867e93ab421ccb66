using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Federation;

/// <summary>
/// A process's connection to the database that its identity shares: journal and leases. What was handed in takes effect although the process dies or is cut off meanwhile; the answer then
/// waits, as a port waits that reads back what became of its append, or is lost with the process.
/// </summary>
internal sealed class DatabaseSession(ISimulation world, SimulatedProcess process) : IEventJournal, ILeadership
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);
    private const string Unreachable = "the database cannot be reached";

    private readonly SimulatedIdentity _identity = process.Identity;
    private readonly int _life = process.Crashes;

    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        if (process.IsCutFromDatabase) After(ConnectLimit, () => done(new AppendOutcome(AppendStatus.Failed, Unreachable)));
        else _identity.Journal.Append(request, outcome => Hand(() => done(outcome)));
    }

    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch)
    {
        if (process.IsCutFromDatabase) After(ConnectLimit, () => batch(new ReplayBatch(default, IsLast: true, Unreachable)));
        else _identity.Journal.Replay(persistenceId, afterSequence, batchMax, read => Hand(() => batch(read)));
    }

    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => _identity.Journal.SaveSnapshot(snapshot, failure => Hand(() => done(failure)));

    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) =>
        _identity.Journal.LoadSnapshot(persistenceId, maxSequence, outcome => Hand(() => done(outcome)));

    public void Acquire(LeaseRequest request, Action<LeaseOutcome> done) => Ask(() => _identity.Lease.Acquire(request), done);

    public void Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done) => Ask(() => _identity.Lease.Renew(request, epoch), done);

    public void Release(LeaseRequest request, long epoch)
    {
        if (!process.IsCutFromDatabase) world.Schedule(Delay(), () => _identity.Lease.Release(request, epoch));
    }

    private void Ask(Func<LeaseOutcome> question, Action<LeaseOutcome> done)
    {
        if (process.IsCutFromDatabase)
        {
            After(ConnectLimit, () => done(new LeaseOutcome(LeaseStatus.Failed, 0, Unreachable)));
            return;
        }

        world.Schedule(Delay(), () =>
        {
            LeaseOutcome outcome = question();
            world.Schedule(Delay(), () => Hand(() => done(outcome)));
        });
    }

    private TimeSpan Delay() => world.Delay(_identity.Journal.Faults.DelayMax);

    private void After(TimeSpan delay, Action action) => world.Schedule(delay, () =>
    {
        if (_life == process.Crashes) process.Deliver(action);
    });

    /// <summary>Brings an answer to the process that asked: now, or when it is connected and awake.</summary>
    private void Hand(Action answer)
    {
        if (_life != process.Crashes) return;
        if (process.IsCutFromDatabase) process.WhenDatabaseIsBack(() => Hand(answer));
        else process.Deliver(answer);
    }
}
