using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Journals.PostgreSql;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>Connections cut at exact statements, a server that is away, one that crashes: what was asked is done once, or its writer knows that it must stop.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresOutageTests : IDisposable
{
    private const string Log = "coordinator";

    private readonly PostgresFixture _server;
    private readonly TcpProxy _network;
    private readonly PostgresDatabase _database;
    private readonly PostgresJournal _journal;
    private int _cuts;

    public PostgresOutageTests(PostgresFixture server)
    {
        _server = server;
        _network = new TcpProxy(server.Server.Port);
        _database = server.OpenEmpty(_network);
        _journal = new PostgresJournal(_database);
    }

    /// <summary>Cut before the commit arrives it is undone and must be done again; cut behind it, it is done and must not be done again. The writer sees the same.</summary>
    [Theory]
    [InlineData(ProxyVerdict.CutBefore, 1)]
    [InlineData(ProxyVerdict.CutAfter, 1)]
    [InlineData(ProxyVerdict.CutBefore, 3)]
    [InlineData(ProxyVerdict.CutAfter, 3)]
    public async Task Commit_whose_answer_is_lost_is_resolved_by_reading_back(ProxyVerdict verdict, int cuts)
    {
        await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        CutAt("COMMIT\0"u8.ToArray(), verdict, cuts);
        Task<AppendOutcome> first = PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 1, epoch: 1, events: 2));
        Assert.Equal(AppendStatus.Appended, (await first).Status);
        Assert.Equal(AppendStatus.Appended, (await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 3, epoch: 1))).Status);
        Assert.Equal(cuts, _cuts);
        Assert.Equal([1, 2, 3, 4], _journal.Read(Log).Select(static one => one.Sequence));
    }

    [Fact]
    public async Task Each_request_of_a_group_whose_commit_was_in_doubt_gets_its_own_outcome()
    {
        _network.Watch = bytes => Contains(bytes, "COMMIT\0"u8) ? ProxyVerdict.Hold : ProxyVerdict.Pass;
        Task<AppendOutcome> opening = PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("opening", after: 0, epoch: 0));
        await _network.HeldAsync();   // so what follows gathers in one group
        Task<AppendOutcome>[] group =
        [
            PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("a", after: 0, epoch: 2)),
            PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("a", after: 1, epoch: 2, events: 3)),
            PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("a", after: 2, epoch: 2)),
            PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("a", after: 4, epoch: 1)),
            PostgresRequests.AppendAsync(_journal, new AppendRequest("a", 4, 2, [])),
            PostgresRequests.AppendAsync(_journal, PostgresRequests.Request("b", after: 0, epoch: 0)),
        ];
        CutAt("COMMIT\0"u8.ToArray(), ProxyVerdict.CutAfter, cuts: 1);
        _network.Release();
        Assert.Equal(AppendStatus.Appended, (await opening).Status);
        AppendStatus[] statuses = [.. (await Task.WhenAll(group)).Select(static outcome => outcome.Status)];
        Assert.Equal(
            [AppendStatus.Appended, AppendStatus.Appended, AppendStatus.SequenceConflict, AppendStatus.Fenced, AppendStatus.Appended, AppendStatus.Appended], statuses);
        Assert.Equal((1, 4, 1), (_cuts, _journal.Read("a").Count(), _journal.Read("b").Count()));
    }

    /// <summary>The transaction of yesterday's leader is open, with its commit under way, when the next one writes: one of them stores its events.</summary>
    [Fact]
    public async Task Leader_of_today_waits_for_the_open_commit_of_yesterday_s()
    {
        _network.Watch = bytes => Contains(bytes, "COMMIT\0"u8) ? ProxyVerdict.Hold : ProxyVerdict.Pass;
        Task<AppendOutcome> old = PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        await _network.HeldAsync();
        using PostgresDatabase other = _server.Open();
        using PostgresJournal today = new(other);
        Task<AppendOutcome> next = PostgresRequests.AppendAsync(today, PostgresRequests.Request(Log, after: 0, epoch: 2));
        _network.Watch = null;
        _network.Release();
        Assert.Equal(new AppendOutcome(AppendStatus.Appended), await old);
        Assert.Equal(AppendStatus.SequenceConflict, (await next).Status);
        Assert.Equal(AppendStatus.Appended, (await PostgresRequests.AppendAsync(today, PostgresRequests.Request(Log, after: 1, epoch: 2))).Status);
        Assert.Equal(AppendStatus.Fenced, (await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 2, epoch: 1))).Status);
    }

    /// <summary>The old leader's commit waits in the network for ever. The server ends its transaction, and with it the locks that the next leader waits for.</summary>
    [Fact]
    public async Task Leader_that_is_cut_off_inside_its_transaction_does_not_keep_the_next_one_out()
    {
        using PostgresDatabase cutOff = PostgresDatabase.Open(_server.Options(_network) with { OwnerConnection = null, SilenceMax = TimeSpan.FromMilliseconds(300) });
        using PostgresJournal yesterday = new(cutOff);
        _network.Watch = bytes => Contains(bytes, "COMMIT\0"u8) ? ProxyVerdict.Hold : ProxyVerdict.Pass;
        Task<AppendOutcome> old = PostgresRequests.AppendAsync(yesterday, PostgresRequests.Request(Log, after: 0, epoch: 1));
        await _network.HeldAsync();
        using PostgresDatabase other = _server.Open();
        using PostgresJournal today = new(other);
        Assert.Equal(AppendStatus.Appended, (await PostgresRequests.AppendAsync(today, PostgresRequests.Request(Log, after: 0, epoch: 2))).Status);
        _network.Watch = null;
        _network.CutAll();
        AppendOutcome late = await old;
        Assert.True(late.Status == AppendStatus.Fenced, late.Reason);
    }

    [Fact]
    public async Task Crash_of_the_server_loses_nothing_and_is_waited_for()
    {
        ImmutableArray<JournalEvent> events = JournalFixture.Events(Log, 30);
        await JournalFixture.AppendAsync(_journal, Log, events[..10]);
        _server.Server.Crash();
        Assert.Equal(AppendStatus.Appended, (await JournalFixture.AppendAsync(_journal, Log, events[10..20])).Status);
        _server.Server.Crash();
        Assert.Equal(events[..20].Select(static one => one.Hash), _journal.Read(Log).Select(static one => one.Hash));
    }

    [Fact]
    public async Task Outage_is_waited_for_and_what_was_asked_is_done_once()
    {
        await PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        _network.Refuse();
        Task<AppendOutcome> append = PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 1, epoch: 1));
        Task<SnapshotOutcome> load = PostgresRequests.LoadAsync(_journal, Log);
        await _network.RefusedAsync(4);
        Assert.False(append.IsCompleted || load.IsCompleted);
        _network.Accept();
        Assert.Equal((new AppendOutcome(AppendStatus.Appended), default(SnapshotOutcome)), (await append, await load));
        Assert.Equal(2, _journal.Read(Log).Count());
    }

    [Fact]
    public async Task Outage_that_lasts_too_long_fails_what_was_asked_with_a_sentence()
    {
        using PostgresDatabase impatient = _server.Open(_network, TimeSpan.FromMilliseconds(200));
        using PostgresJournal journal = new(impatient);
        using PostgresLeadership leases = new(impatient);
        LeaseRequest lease = new(NodeAddress.Coordinator, "a", TimeSpan.FromHours(1));
        Assert.Equal(LeaseStatus.Granted, (await PostgresRequests.AcquireAsync(leases, lease)).Status);
        _network.Refuse();
        AppendOutcome outcome = await PostgresRequests.AppendAsync(journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        Assert.Equal(AppendStatus.Failed, outcome.Status);
        Assert.Contains($"cannot append to PostgreSQL database '{PostgresFixture.Database}' at 127.0.0.1:{_network.Port}", outcome.Reason, StringComparison.Ordinal);
        Assert.Contains("check that the server runs", outcome.Reason, StringComparison.Ordinal);
        LeaseOutcome renewal = await PostgresRequests.RenewAsync(leases, lease, 1);
        Assert.Equal(LeaseStatus.Failed, renewal.Status);
        Assert.Contains("check that the server runs", renewal.Reason, StringComparison.Ordinal);
        _network.Accept();
        Assert.Equal(LeaseStatus.Granted, (await PostgresRequests.RenewAsync(leases, lease, 1)).Status);
    }

    /// <summary>The one case in which a failed append may be there: its writer stops, and the next start reads it.</summary>
    [Fact]
    public async Task Append_in_doubt_at_the_end_of_patience_says_so_and_the_next_start_reads_it()
    {
        using PostgresDatabase impatient = _server.Open(_network, TimeSpan.FromMilliseconds(200));
        using (PostgresJournal journal = new(impatient))
        {
            CutAt("COMMIT\0"u8.ToArray(), ProxyVerdict.CutAfter, cuts: 1, andThen: () => _network.Refuse(cuts: false));
            AppendOutcome outcome = await PostgresRequests.AppendAsync(journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
            Assert.Equal(AppendStatus.Failed, outcome.Status);
            Assert.Contains("may be stored or not", outcome.Reason, StringComparison.Ordinal);
        }
        _network.Accept();
        Assert.Single(_journal.Read(Log));
    }

    [Fact]
    public async Task Waiting_ends_when_the_database_is_closed()
    {
        _network.Refuse();
        Task<AppendOutcome> append = PostgresRequests.AppendAsync(_journal, PostgresRequests.Request(Log, after: 0, epoch: 1));
        await _network.RefusedAsync(2);
        _database.Dispose();
        Assert.Contains("it was closed meanwhile", (await append).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_hosts_the_one_that_takes_writes_is_used()
    {
        using TcpProxy dead = new(_server.Server.Port);
        dead.Refuse();
        string connection = _server.Connection(PostgresFixture.Node).Replace("Host=127.0.0.1", $"Host=127.0.0.1:{dead.Port},127.0.0.1:{_server.Server.Port}", StringComparison.Ordinal);
        using PostgresDatabase database = PostgresDatabase.Open(new PostgresOptions { Connection = connection });
        using PostgresJournal journal = new(database);
        Assert.Empty(journal.PersistenceIds());
    }

    private void CutAt(byte[] statement, ProxyVerdict verdict, int cuts, Action? andThen = null)
    {
        int left = cuts;
        _network.Watch = bytes =>
        {
            if (left == 0 || !Contains(bytes, statement)) return ProxyVerdict.Pass;
            (left, _cuts) = (left - 1, _cuts + 1);
            andThen?.Invoke();
            return verdict;
        };
    }

    private static bool Contains(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> statement) => bytes.IndexOf(statement) >= 0;

    public void Dispose()
    {
        _journal.Dispose();
        _database.Dispose();
        _network.Dispose();
    }
}
