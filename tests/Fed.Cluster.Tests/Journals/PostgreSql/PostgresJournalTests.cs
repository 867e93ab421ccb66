using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals;
using Fed.Cluster.Journals.PostgreSql;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>What the journal does beyond its specification while the server is well.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresJournalTests : IDisposable
{
    private const string Log = "coordinator";

    private readonly PostgresFixture _server;
    private readonly PostgresDatabase _database;
    private readonly PostgresJournal _journal;

    public PostgresJournalTests(PostgresFixture server)
    {
        _server = server;
        _database = server.OpenEmpty();
        _journal = new PostgresJournal(_database);
    }

    [Fact]
    public async Task Requests_that_wait_together_get_their_own_outcomes()
    {
        Task<AppendOutcome>[] appends = [.. Enumerable.Range(0, 500).Select(index =>
        {
            string id = $"silo/{index}";
            bool isWrong = index % 5 == 0;
            return PostgresRequests.AppendAsync(_journal, new AppendRequest(id, isWrong ? 1 : 0, 0, isWrong ? [] : JournalFixture.Events(id, 3)));
        })];
        AppendOutcome[] outcomes = await Task.WhenAll(appends);
        Assert.Equal(Enumerable.Range(0, 500).Select(static index => index % 5 == 0 ? AppendStatus.SequenceConflict : AppendStatus.Appended), outcomes.Select(static outcome => outcome.Status));
        Assert.Equal(400, _journal.PersistenceIds().Length);
    }

    [Fact]
    public async Task Appends_to_one_log_may_follow_each_other_without_waiting()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 50);
        AppendOutcome[] outcomes = await Task.WhenAll(events.Select(one => JournalFixture.AppendAsync(_journal, Log, [one])));
        Assert.All(outcomes, static outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
        Assert.Equal(events.Select(static one => one.Hash), _journal.Read(Log).Select(static one => one.Hash));
    }

    [Fact]
    public async Task Long_log_is_read_across_pages_in_order()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 3000);
        await JournalFixture.AppendAsync(_journal, Log, events);
        Assert.Equal(events.Select(static one => one.Hash), _journal.Read(Log).Select(static one => one.Hash));
    }

    [Fact]
    public async Task Event_that_the_server_refuses_fails_alone_and_its_neighbours_are_stored()
    {
        JournalEvent good = JournalFixture.Events(Log, 1)[0], bad = good with { Payload = new byte[] { 0x22, 0xff, 0x22 } };   // no UTF-8
        Task<AppendOutcome> before = JournalFixture.AppendAsync(_journal, "a", JournalFixture.Events("a", 1));
        Task<AppendOutcome> refused = JournalFixture.AppendAsync(_journal, "b", [bad]);
        Task<AppendOutcome> after = JournalFixture.AppendAsync(_journal, "c", JournalFixture.Events("c", 1));
        Assert.Equal([AppendStatus.Appended, AppendStatus.Failed, AppendStatus.Appended], [(await before).Status, (await refused).Status, (await after).Status]);
        Assert.Contains("invalid byte sequence", (await refused).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("may be stored", (await refused).Reason, StringComparison.Ordinal);
        Assert.Equal(["a", "c"], _journal.PersistenceIds());
    }

    [Fact]
    public async Task Payload_that_a_text_format_would_touch_keeps_its_bytes()
    {
        byte[] payload = Encoding.UTF8.GetBytes("{\"b\":1, \"a\" : \"\\u0000 \\\\ ' \u20ac \ud83d\ude00\",\r\n\"a\":1e400 }  ");
        await JournalFixture.AppendAsync(_journal, Log, JournalFixture.Events(ChainHash.Start(Log), 0, 1, _ => Encoding.UTF8.GetString(payload)));
        Assert.Equal(payload, _journal.Read(Log).Single().Payload.ToArray());
    }

    [Fact]
    public async Task Two_leaders_of_different_epochs_cannot_both_write()
    {
        using PostgresDatabase second = _server.Open();
        using PostgresJournal other = new(second);
        await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        Assert.Equal(AppendStatus.Appended, (await PostgresRequests.AppendAsync(other, PostgresRequests.Request(Log, after: 1, epoch: 2))).Status);
        foreach (long after in (long[])[1, 2])
        {
            AppendOutcome late = await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after, epoch: 1));
            Assert.Equal(AppendStatus.Fenced, late.Status);
            Assert.Contains("epoch 2 has written", late.Reason, StringComparison.Ordinal);
        }
        Assert.Equal([1, 2], _journal.Read(Log).Select(static one => one.Epoch));
    }

    [Fact]
    public async Task Edit_by_the_database_s_operator_is_found()
    {
        await JournalFixture.AppendAsync(_journal, Log, JournalFixture.Events(Log, 5));
        Assert.True(JournalAudit.VerifyChains(_journal).IsSound);
        _server.Execute("UPDATE fed.events SET payload = '{\"value\":33}' WHERE sequence = 3");
        AuditFinding finding = Assert.Single(JournalAudit.VerifyChains(_journal).Findings);
        Assert.Equal((AuditFault.EventChanged, Log, 3L), (finding.Fault, finding.PersistenceId, finding.Sequence));
    }

    [Fact]
    public async Task Damaged_snapshot_is_passed_over_for_the_older_one()
    {
        foreach (int sequence in (int[])[1, 2]) Assert.Null(await PostgresRequests.SaveAsync(_journal, new JournalSnapshot(Log, sequence, default, 1, "state"u8.ToArray())));
        _server.Execute("UPDATE fed.snapshots SET payload = 'edited' WHERE sequence = 2");
        Assert.Equal(1, (await PostgresRequests.LoadAsync(_journal, Log)).Snapshot?.Sequence);
    }

    [Fact]
    public async Task History_is_readable_with_sql()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 1);
        await JournalFixture.AppendAsync(_journal, Log, events);
        Assert.Equal($"2026-11-21T10:00:00.0000001Z 1 {events[0].Hash}", _server.Query("SELECT at || ' ' || (payload::jsonb ->> 'value') || ' ' || hash FROM fed.history"));
    }

    [Fact]
    public async Task Closed_journal_and_closed_database_answer_with_a_failure()
    {
        _database.Dispose();
        AppendOutcome unreachable = await JournalFixture.AppendAsync(_journal, Log, JournalFixture.Events(Log, 1));
        _journal.Dispose();
        AppendOutcome closed = await JournalFixture.AppendAsync(_journal, Log, JournalFixture.Events(Log, 1));
        Assert.Equal([AppendStatus.Failed, AppendStatus.Failed], [unreachable.Status, closed.Status]);
        Assert.Contains("closed", closed.Reason, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _journal.Dispose();
        _database.Dispose();
    }
}
