using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Stores;
using Fed.Cluster.Tests.Identity;
using Fed.TestKit.Servers;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>Terms, outages and damage: what a store in a database has beyond its specification.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresBlobStoreTests : IDisposable
{
    private static readonly NodeAddress Role = NodeAddress.Coordinator;

    private readonly PostgresFixture _server;
    private readonly TcpProxy _network;
    private readonly PostgresDatabase _database;
    private readonly TestFederation _federation = new();
    private readonly BlobReaders _readers;
    private readonly byte[] _content = new byte[(3 * IBulkTransfer.PieceBytes) + 99];

    public PostgresBlobStoreTests(PostgresFixture server)
    {
        _server = server;
        _network = new TcpProxy(server.Server.Port);
        _database = server.OpenEmpty(_network);
        new SeededRandomness(seed: 1).Fill(_content);
        _readers = new BlobReaders(_federation.Members, [_federation.Enrol(NodeRole.Coordinator, "node-1").Keys.Encryption, _federation.Enrol(NodeRole.Aggregator, "sums-1").Keys.Encryption]);
    }

    /// <summary>Each statement of a blob's life, lost before it arrived and with its answer.</summary>
    [Theory]
    [InlineData("begin_upload")]
    [InlineData("put_piece")]
    [InlineData("commit_upload")]
    public void Blob_is_written_once_although_every_statement_is_cut_twice(string statement)
    {
        PostgresBlobStore store = Store(epoch: 1);
        Queue<ProxyVerdict> verdicts = new([ProxyVerdict.CutBefore, ProxyVerdict.CutAfter]);
        byte[] name = System.Text.Encoding.ASCII.GetBytes(statement);
        _network.Watch = bytes => bytes.IndexOf(name) >= 0 && verdicts.TryDequeue(out ProxyVerdict verdict) ? verdict : ProxyVerdict.Pass;
        Digest hash = Write(store);
        Assert.Empty(verdicts);
        Assert.Equal(_content, Read(store, hash));
        Assert.Equal((1L, 4L), (_server.Query("SELECT count(*) FROM fed.uploads"), _server.Query("SELECT count(*) FROM fed.pieces")));
    }

    [Fact]
    public void Crash_of_the_server_in_the_middle_of_a_blob_is_waited_for_by_writer_and_reader()
    {
        PostgresBlobStore store = Store(epoch: 1);
        using IBlobWriter writer = store.Create();
        writer.Write(_content.AsSpan(0, 2 * IBulkTransfer.PieceBytes));
        _server.Server.Crash();
        writer.Write(_content.AsSpan(2 * IBulkTransfer.PieceBytes));
        Digest hash = writer.Commit();
        using Stream blob = store.OpenRead(hash);
        byte[] read = new byte[_content.Length];
        blob.ReadExactly(read.AsSpan(0, 100));
        _server.Server.Crash();
        blob.ReadExactly(read.AsSpan(100));
        Assert.Equal(_content, read);
    }

    [Fact]
    public void Outage_that_lasts_too_long_is_an_exception_and_disposal_of_the_writer_adds_none()
    {
        using PostgresDatabase impatient = _server.Open(_network, TimeSpan.FromMilliseconds(200));
        PostgresBlobStore store = new(impatient, Role, new Term(1, "a"), _readers);
        using (IBlobWriter writer = store.Create())
        {
            _network.Refuse();
            Assert.Contains("cannot write a blob to", Assert.Throws<IOException>(() => writer.Write(_content)).Message, StringComparison.Ordinal);
        }
        _network.Accept();
        Assert.Empty(store.List());
    }

    [Fact]
    public void Next_term_forgets_what_earlier_ones_left_unfinished_and_keeps_what_they_committed()
    {
        PostgresBlobStore yesterday = Store(epoch: 1);
        Digest kept = Write(yesterday);
        IBlobWriter unfinished = yesterday.Create(), elsewhere = Store(epoch: 1, NodeAddress.Aggregator).Create();
        unfinished.Write(_content);
        PostgresBlobStore today = Store(epoch: 2);
        Assert.Equal([kept], today.List());
        Assert.Equal(2L, _server.Query("SELECT count(*) FROM fed.uploads"));   // what was kept, and the other role's
        Assert.Contains("another process leads", Assert.Throws<IOException>(() => unfinished.Commit()).Message, StringComparison.Ordinal);
        elsewhere.Write("whole"u8);
        Assert.Equal(Digest.Of("whole"u8), elsewhere.Commit());
    }

    [Fact]
    public async Task Leader_of_yesterday_deletes_nothing()
    {
        using PostgresLeadership leases = new(_database);
        LeaseRequest lease = new(Role, "a", TimeSpan.Zero);
        PostgresBlobStore yesterday = Store((await PostgresRequests.AcquireAsync(leases, lease)).Epoch);
        Digest hash = Write(yesterday);
        PostgresBlobStore today = Store((await PostgresRequests.AcquireAsync(leases, lease with { Holder = "b" })).Epoch);
        yesterday.Delete(hash);
        Assert.True(today.Contains(hash));
        today.Delete(hash);
        Assert.False(today.Contains(hash));
        Assert.Equal(0L, _server.Query("SELECT count(*) FROM fed.pieces"));
    }

    [Fact]
    public void Roles_do_not_see_each_other_s_blobs()
    {
        PostgresBlobStore mine = Store(epoch: 1), other = Store(epoch: 1, NodeAddress.Aggregator);
        Digest hash = Write(mine);
        Assert.False(other.Contains(hash));
        other.Delete(hash);
        Assert.Equal(hash, Write(other));
        mine.Delete(hash);
        Assert.Equal(_content, Read(other, hash));
    }

    [Fact]
    public void Part_of_a_blob_is_read_from_any_place()
    {
        PostgresBlobStore store = Store(epoch: 1);
        using Stream blob = store.OpenRead(Write(store));
        byte[] part = new byte[1000];
        foreach (long place in (long[])[IBulkTransfer.PieceBytes - 500, 5, _content.Length - 1000, IBulkTransfer.PieceBytes])
        {
            blob.Position = place;
            blob.ReadExactly(part);
            Assert.Equal(_content[(int)place..((int)place + part.Length)], part);
        }
        Assert.Equal(0, blob.Seek(0, SeekOrigin.End) - _content.Length + blob.Read(part));
    }

    [Fact]
    public void Damaged_or_missing_piece_is_an_exception_that_names_the_blob()
    {
        PostgresBlobStore store = Store(epoch: 1);
        Digest hash = Write(store);
        _server.Execute("UPDATE fed.pieces SET bytes = 'short' WHERE index = 1");
        Assert.Contains(hash.ToString(), Assert.Throws<BlobDamagedException>(() => Read(store, hash)).Message, StringComparison.Ordinal);
        _server.Execute("DELETE FROM fed.pieces WHERE index = 1");
        Assert.Contains(hash.ToString(), Assert.Throws<BlobMissingException>(() => Read(store, hash)).Message, StringComparison.Ordinal);
    }

    private PostgresBlobStore Store(long epoch, NodeAddress? role = null) => new(_database, role ?? Role, new Term(epoch, "a"), _readers);

    private Digest Write(PostgresBlobStore store)
    {
        using IBlobWriter writer = store.Create();
        writer.Write(_content);
        return writer.Commit();
    }

    private static byte[] Read(PostgresBlobStore store, Digest hash)
    {
        using Stream blob = store.OpenRead(hash);
        byte[] bytes = new byte[blob.Length];
        blob.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose()
    {
        _database.Dispose();
        _network.Dispose();
        _federation.Dispose();
    }
}
