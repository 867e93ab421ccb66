using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using Fed.TestKit;

namespace Fed.Cluster.Tests.Journals;

public sealed class SqliteJournalSpec : JournalSpec, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SqliteJournal? _journal;

    protected override IEventJournal Open() => _journal = SqliteJournal.Open(_folder["journal.sqlite"]);

    protected override IEventJournal Reopen(IEventJournal journal)
    {
        ((SqliteJournal)journal).Dispose();
        return Open();
    }

    protected override IJournalReader Reader(IEventJournal journal) => SqliteJournal.OpenReadOnly(_folder["journal.sqlite"]);

    public void Dispose()
    {
        _journal?.Dispose();
        _folder.Dispose();
    }
}
