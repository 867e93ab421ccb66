using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>Requests as tasks. Whoever waits for an outcome that does not come is told so.</summary>
internal static class PostgresRequests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>One event of an epoch, with a chain of its own: enough where only sequence and epoch count.</summary>
    public static AppendRequest Request(string log, long after, long epoch, int events = 1) =>
        new(log, after, epoch, [.. JournalFixture.Events(ChainHash.Start(log), after, events, sequence => $"{{\"epoch\":{epoch},\"value\":{sequence}}}").Select(one => one with { Epoch = epoch })]);

    public static Task<AppendOutcome> AppendAsync(IEventJournal journal, AppendRequest request) => OutcomeAsync<AppendOutcome>(done => journal.Append(request, done));

    public static Task<string?> SaveAsync(IEventJournal journal, JournalSnapshot snapshot) => OutcomeAsync<string?>(done => journal.SaveSnapshot(snapshot, done));

    public static Task<SnapshotOutcome> LoadAsync(IEventJournal journal, string log) => OutcomeAsync<SnapshotOutcome>(done => journal.LoadSnapshot(log, long.MaxValue, done));

    public static Task<LeaseOutcome> AcquireAsync(ILeadership leases, LeaseRequest request) => OutcomeAsync<LeaseOutcome>(done => leases.Acquire(request, done));

    public static Task<LeaseOutcome> RenewAsync(ILeadership leases, LeaseRequest request, long epoch) => OutcomeAsync<LeaseOutcome>(done => leases.Renew(request, epoch, done));

    private static async Task<TOutcome> OutcomeAsync<TOutcome>(Action<Action<TOutcome>> ask)
    {
        TaskCompletionSource<TOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ask(outcome.SetResult);
        return await outcome.Task.WaitAsync(Patience);
    }
}
