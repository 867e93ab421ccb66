using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Tests.Stores;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Fed.Cluster.Tests.Journals;

public sealed class SqliteJournalTests : IDisposable
{
    private const string Log = "coordinator";

    private readonly JournalFixture _file = new();

    [Fact]
    public async Task Requests_that_wait_together_get_their_own_outcomes()
    {
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        Task<AppendOutcome>[] appends = [.. Enumerable.Range(0, 500).Select(index =>
        {
            var outcome = new TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            string id = $"silo/{index}";
            journal.Append(new AppendRequest(id, index % 5 == 0 ? 1 : 0, 0, index % 5 == 0 ? [] : JournalFixture.Events(id, 3)), outcome.SetResult);
            return outcome.Task;
        })];
        AppendOutcome[] outcomes = await Task.WhenAll(appends).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(0, 500).Select(index => index % 5 == 0 ? AppendStatus.SequenceConflict : AppendStatus.Appended), outcomes.Select(outcome => outcome.Status));
        Assert.Equal(400, journal.PersistenceIds().Length);
    }

    [Fact]
    public async Task Appends_to_one_log_may_follow_each_other_without_waiting()
    {
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 50);
        AppendOutcome[] outcomes = await Task.WhenAll(events.Select(one => JournalFixture.AppendAsync(journal, Log, [one])));
        Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
        Assert.Equal(events.Select(one => one.Hash), journal.Read(Log).Select(one => one.Hash));
    }

    [Fact]
    public async Task Reader_opens_what_a_killed_writer_left_and_so_does_the_next_writer()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 10);
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        await JournalFixture.AppendAsync(journal, Log, events);
        Assert.True(new FileInfo(_file.Path + "-wal").Length > 0, "the events are still in the write-ahead log");
        foreach (string part in (string[])["", "-wal"]) File.Copy(_file.Path + part, _file["killed.sqlite"] + part);   // what SIGKILL leaves, but for the shared memory
        using (SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_file["killed.sqlite"])) Assert.Equal(10, reader.Read(Log).Count());
        using SqliteJournal next = SqliteJournal.Open(_file["killed.sqlite"]);
        Assert.Equal(events[^1].Hash, next.Read(Log, 9).Single().Hash);
    }

    [Fact]
    public async Task Torn_write_ahead_log_loses_the_torn_append_only()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 20);
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        await JournalFixture.AppendAsync(journal, Log, events[..10]);
        long whole = new FileInfo(_file.Path + "-wal").Length;
        await JournalFixture.AppendAsync(journal, Log, events[10..]);
        foreach (string part in (string[])["", "-wal"]) File.Copy(_file.Path + part, _file["torn.sqlite"] + part);
        using (FileStream log = File.OpenWrite(_file["torn.sqlite-wal"])) log.SetLength(whole + ((log.Length - whole) / 2));
        using SqliteJournal recovered = SqliteJournal.Open(_file["torn.sqlite"]);
        Assert.Equal(10, recovered.Read(Log).Count());
        Assert.Equal(AppendStatus.Appended, (await JournalFixture.AppendAsync(recovered, Log, events[10..])).Status);
    }

    [Fact]
    public async Task Reader_beside_a_writer_sees_each_append()
    {
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_file.Path);
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 3);
        for (int count = 1; count <= 3; count++)
        {
            await JournalFixture.AppendAsync(journal, Log, [events[count - 1]]);
            Assert.Equal(count, reader.Read(Log).Count());
        }
    }

    [Fact]
    public async Task Long_log_is_read_across_pages_in_order()
    {
        ImmutableArray<JournalEvent> events = await _file.WriteAsync(Log, 3000);
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_file.Path);
        Assert.Equal(events.Select(one => one.Hash), reader.Read(Log).Select(one => one.Hash));
    }

    [Fact]
    public async Task History_is_readable_with_sql()
    {
        ImmutableArray<JournalEvent> events = await _file.WriteAsync(Log, 1);
        using SqliteDatabase database = SqliteDatabase.Open(_file.Path, readOnly: true);
        using SqliteStatement query = database.Prepare("SELECT at, payload, hash, json_extract(payload, '$.value') FROM history");
        Assert.True(query.Step());
        Assert.Equal(("2026-11-21T10:00:00.0000001Z", "{\"value\":1}", events[0].Hash.ToString(), 1L), (query.Text(0), query.Text(1), query.Text(2), query.Integer(3)));
    }

    [Fact]
    public async Task Newer_schema_is_refused_by_writer_and_reader_and_left_alone()
    {
        await _file.WriteAsync(Log, 1);
        _file.Tamper("PRAGMA user_version = 2");
        foreach (Func<object> open in (Func<object>[])[() => SqliteJournal.Open(_file.Path), () => SqliteJournal.OpenReadOnly(_file.Path)])
        {
            string message = Assert.Throws<JournalFormatException>(open).Message;
            Assert.Contains(_file.Path, message, StringComparison.Ordinal);
            Assert.Contains("schema 2", message, StringComparison.Ordinal);
            Assert.Contains("newer version of fed", message, StringComparison.Ordinal);
        }
        using SqliteDatabase database = SqliteDatabase.Open(_file.Path, readOnly: true);
        Assert.Equal((2L, 1L), (database.Scalar("PRAGMA user_version"), database.Scalar("SELECT count(*) FROM events")));
    }

    [Fact]
    public void Other_files_are_refused_by_name()
    {
        File.WriteAllText(_file.Path, new string('x', 5000));
        Assert.Contains("damaged", Assert.Throws<JournalFormatException>(() => SqliteJournal.Open(_file.Path)).Message, StringComparison.Ordinal);
        using (SqliteDatabase other = SqliteDatabase.Open(_file["other.sqlite"], readOnly: false)) other.Execute("CREATE TABLE t(x)");
        Assert.Contains("not a FedActors journal", Assert.Throws<JournalFormatException>(() => SqliteJournal.Open(_file["other.sqlite"])).Message, StringComparison.Ordinal);
        Assert.Contains("no journal at", Assert.Throws<FileNotFoundException>(() => SqliteJournal.OpenReadOnly(_file["none.sqlite"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_whose_writer_was_killed_before_the_tables_is_empty_for_readers_and_new_for_the_next_writer()
    {
        using (SqliteDatabase created = SqliteDatabase.Open(_file.Path, readOnly: false)) created.Execute("PRAGMA journal_mode=WAL");
        Assert.Contains("still empty", Assert.Throws<JournalEmptyException>(() => SqliteJournal.OpenReadOnly(_file.Path)).Message, StringComparison.Ordinal);
        using SqliteJournal journal = SqliteJournal.Open(_file.Path);
        Assert.Empty(journal.PersistenceIds());
    }

    [Fact]
    public async Task Truncated_file_is_an_error_that_names_it()
    {
        await _file.WriteAsync(Log, 3000);
        using (FileStream file = File.OpenWrite(_file.Path)) file.SetLength(file.Length / 2);
        foreach (Func<object> open in (Func<object>[])[() => SqliteJournal.Open(_file.Path), () => SqliteJournal.OpenReadOnly(_file.Path).Read(Log).Count()])
        {
            string message = Assert.Throws<JournalFormatException>(open).Message;
            Assert.Contains(_file.Path, message, StringComparison.Ordinal);
            Assert.Contains("damaged", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Damaged_snapshot_is_passed_over_for_the_older_one()
    {
        using (SqliteJournal journal = SqliteJournal.Open(_file.Path))
        {
            foreach (int sequence in (int[])[1, 2])
            {
                var saved = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
                journal.SaveSnapshot(new JournalSnapshot(Log, sequence, default, 1, "state"u8.ToArray()), saved.SetResult);
                Assert.Null(await saved.Task.WaitAsync(TimeSpan.FromSeconds(30)));
            }
        }
        _file.Tamper("UPDATE snapshots SET payload = 'edited' WHERE sequence = 2");
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_file.Path);
        Assert.Equal(1, reader.ReadSnapshot(Log, long.MaxValue)?.Sequence);
    }

    [Fact]
    public async Task Full_disk_fails_the_append_with_a_sentence_keeps_history_and_heals()
    {
        using var disk = new Tmpfs("2m");
        string path = Path.Combine(disk.Root, "journal.sqlite"), ballast = Path.Combine(disk.Root, "ballast");
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 20);
        using SqliteJournal journal = SqliteJournal.Open(path);
        Assert.Equal(AppendStatus.Appended, (await JournalFixture.AppendAsync(journal, Log, events[..10])).Status);
        FillWith(ballast);
        AppendOutcome full = new(AppendStatus.Appended);
        int stored = 10;
        for (; full.Status == AppendStatus.Appended && stored < 20; stored++) full = await JournalFixture.AppendAsync(journal, Log, [events[stored]]);
        Assert.Equal(AppendStatus.Failed, full.Status);
        Assert.Contains("free", full.Reason, StringComparison.Ordinal);
        Assert.Contains(path, full.Reason, StringComparison.Ordinal);
        Assert.Equal(--stored, journal.Read(Log).Count());
        File.Delete(ballast);
        Assert.Equal(AppendStatus.Appended, (await JournalFixture.AppendAsync(journal, Log, events[stored..])).Status);
    }

    [Fact]
    public async Task Closed_journal_answers_with_a_failure()
    {
        SqliteJournal journal = SqliteJournal.Open(_file.Path);
        journal.Dispose();
        AppendOutcome outcome = await JournalFixture.AppendAsync(journal, Log, JournalFixture.Events(Log, 1));
        Assert.Equal(AppendStatus.Failed, outcome.Status);
        Assert.Contains("closed", outcome.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(_file.Path + "-wal"), "a clean close folds the log into the file");
    }

    private static void FillWith(string ballast)
    {
        using SafeFileHandle file = File.OpenHandle(ballast, FileMode.Create, FileAccess.Write);
        byte[] page = new byte[4096];
        bool isFull = false;
        for (long offset = 0; !isFull; offset += page.Length)
        {
            try { RandomAccess.Write(file, page, offset); }
            catch (IOException) { isFull = true; }
        }
    }

    public void Dispose() => _file.Dispose();
}
