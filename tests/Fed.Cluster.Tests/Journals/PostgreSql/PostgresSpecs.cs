using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Tests.Identity;
using Fed.TestKit;
using Fed.TestKit.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

[Collection(PostgresTests.Name)]
public sealed class PostgresJournalSpec(PostgresFixture server) : JournalSpec, IDisposable
{
    private readonly List<IDisposable> _open = [];

    protected override IEventJournal Open() => Open(server.OpenEmpty());

    protected override IEventJournal Reopen(IEventJournal journal)
    {
        Dispose();
        return Open(server.Open());
    }

    private PostgresJournal Open(PostgresDatabase database)
    {
        PostgresJournal journal = new(database);
        _open.AddRange([journal, database]);
        return journal;
    }

    public void Dispose()
    {
        _open.ForEach(static one => one.Dispose());
        _open.Clear();
    }
}

[Collection(PostgresTests.Name)]
public sealed class PostgresJournalProperties(PostgresFixture server)
{
    [Fact]
    public void Journal_behaves_as_the_model() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(20), Prop.ForAll(JournalModelProperties.Requests, requests =>
    {
        using PostgresDatabase database = server.OpenEmpty();
        using PostgresJournal journal = new(database);
        return JournalModelProperties.BehavesAsTheModel(requests, journal, journal);
    }));
}

[Collection(PostgresTests.Name)]
public sealed class PostgresBlobStoreSpec : BlobStoreSpec, IDisposable
{
    private readonly TestFederation _federation = new();
    private readonly PostgresDatabase _database;

    public PostgresBlobStoreSpec(PostgresFixture server)
    {
        _database = server.OpenEmpty();
        TestNode node = _federation.Enrol(NodeRole.Coordinator, "node-1");
        Store = new PostgresBlobStore(_database, NodeAddress.Coordinator, new Term(3, "a"), new BlobReaders(_federation.Members, [node.Keys.Encryption]));
    }

    protected override IBlobStore Store { get; }

    public void Dispose()
    {
        _database.Dispose();
        _federation.Dispose();
    }
}

[Collection(PostgresTests.Name)]
public sealed class PostgresLeadershipSpec : LeadershipSpec, IDisposable
{
    private readonly PostgresDatabase _database;
    private readonly PostgresLeadership _leases;

    public PostgresLeadershipSpec(PostgresFixture server)
    {
        _database = server.OpenEmpty();
        _leases = new PostgresLeadership(_database);
    }

    protected override ILeadership Leadership => _leases;

    public void Dispose()
    {
        _leases.Dispose();
        _database.Dispose();
    }
}
