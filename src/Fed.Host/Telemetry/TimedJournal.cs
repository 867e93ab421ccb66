using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fed.Actors.Persistence;

namespace Fed.Host.Telemetry;

/// <summary>A journal whose appends are timed, by how they end.</summary>
internal sealed class TimedJournal(IEventJournal journal, Histogram<double> durations) : IEventJournal
{
    /// <inheritdoc/>
    public bool KeepsObjects => journal.KeepsObjects;

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        long since = Stopwatch.GetTimestamp();
        journal.Append(request, outcome =>
        {
            durations.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome.Status.ToString().ToLowerInvariant()));
            done(outcome);
        });
    }

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => journal.Replay(persistenceId, afterSequence, batchMax, batch);

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => journal.SaveSnapshot(snapshot, done);

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => journal.LoadSnapshot(persistenceId, maxSequence, done);
}
