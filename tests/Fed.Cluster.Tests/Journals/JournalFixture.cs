using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;

namespace Fed.Cluster.Tests.Journals;

/// <summary>A journal file that tests write honestly and then tamper with.</summary>
internal sealed class JournalFixture : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public string Path => _folder["journal.sqlite"];

    public string this[string name] => _folder[name];

    /// <summary>Events that follow a head, as the kernel would make them.</summary>
    public static ImmutableArray<JournalEvent> Events(Digest head, long after, int count, Func<long, string> payload)
    {
        ImmutableArray<JournalEvent>.Builder events = ImmutableArray.CreateBuilder<JournalEvent>(count);
        for (long sequence = after + 1; sequence <= after + count; sequence++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(payload(sequence));
            head = ChainHash.Next(head, sequence, 0, At.AddTicks(sequence), "noted", 1, bytes);
            events.Add(new JournalEvent(sequence, 0, At.AddTicks(sequence), "noted", 1, bytes, head));
        }
        return events.MoveToImmutable();
    }

    public static ImmutableArray<JournalEvent> Events(string persistenceId, int count) =>
        Events(ChainHash.Start(persistenceId), 0, count, sequence => $"{{\"value\":{sequence}}}");

    public static async Task<AppendOutcome> AppendAsync(IEventJournal journal, string persistenceId, ImmutableArray<JournalEvent> events)
    {
        var outcome = new TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Append(new AppendRequest(persistenceId, events[0].Sequence - 1, 0, events), outcome.SetResult);
        return await outcome.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Writes a log of so many events and closes the file.</summary>
    public async Task<ImmutableArray<JournalEvent>> WriteAsync(string persistenceId, int count)
    {
        ImmutableArray<JournalEvent> events = Events(persistenceId, count);
        using SqliteJournal journal = SqliteJournal.Open(Path);
        await AppendAsync(journal, persistenceId, events);
        return events;
    }

    /// <summary>Runs SQL as a person with access to the file would.</summary>
    public void Tamper(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(Path, readOnly: false);
        database.Execute(sql);
    }

    public void Dispose() => _folder.Dispose();
}
