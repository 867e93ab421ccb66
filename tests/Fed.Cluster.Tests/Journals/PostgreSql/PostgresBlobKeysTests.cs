using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Stores;
using Fed.Cluster.Tests.Identity;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>Who can read a role's blobs, and what becomes of an operator of the database who reads and edits them.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresBlobKeysTests : IDisposable
{
    private static readonly byte[] Canary = "the canary that nobody but coordinators may see"u8.ToArray();

    private readonly PostgresFixture _server;
    private readonly PostgresDatabase _database;
    private readonly TestFederation _federation = new();
    private readonly TestNode _first;
    private readonly byte[] _content = new byte[(2 * IBulkTransfer.PieceBytes) + 99];

    public PostgresBlobKeysTests(PostgresFixture server)
    {
        _server = server;
        _database = server.OpenEmpty();
        _first = _federation.Enrol(NodeRole.Coordinator, "node-1");
        new SeededRandomness(seed: 4).Fill(_content);
        Canary.CopyTo(_content, IBulkTransfer.PieceBytes - 10);
        Canary.CopyTo(_content, 5);
    }

    [Fact]
    public void Operator_of_the_database_finds_neither_content_nor_keys_in_any_column()
    {
        Digest hash = Lead(1, _first).Store(_content);
        Assert.DoesNotContain(Convert.ToHexStringLower(Canary), Everything(), StringComparison.Ordinal);
        Assert.Equal(_content, Lead(2, _first).ReadAll(hash));
        Assert.Equal(1L, _server.Query("SELECT count(*) FROM fed.blob_key_wraps"));
    }

    [Theory]
    [InlineData("UPDATE fed.pieces SET bytes = set_byte(bytes, 70, get_byte(bytes, 70) # 1) WHERE index = 1", "a byte")]
    [InlineData("UPDATE fed.pieces SET bytes = substr(bytes, 2) WHERE index = 2", "a shorter piece")]
    [InlineData("UPDATE fed.pieces SET index = 7 - index WHERE index < 2; UPDATE fed.pieces SET index = index - 6 WHERE index > 5", "two pieces in each other's place")]
    [InlineData("UPDATE fed.blobs SET length = 1048576; DELETE FROM fed.pieces WHERE index > 0", "a shorter blob")]
    [InlineData("UPDATE fed.blobs SET seal = set_byte(seal, 0, get_byte(seal, 0) # 1)", "another seal", false)]
    [InlineData("UPDATE fed.blobs SET key = NULL, seal = NULL", "a blob that is said not to be encrypted")]
    public void Edited_blob_is_refused_with_a_sentence_by_its_writer_and_by_whoever_leads_next(string edit, string what, bool bothFind = true)
    {
        PostgresBlobStore writer = Lead(1, _first);
        Digest hash = writer.Store(_content);
        _server.Execute(edit);
        foreach (PostgresBlobStore reader in (PostgresBlobStore[])[writer, .. bothFind ? [Lead(2, _first)] : Array.Empty<PostgresBlobStore>()])
        {
            BlobDamagedException refused = Assert.Throws<BlobDamagedException>(() => reader.ReadAll(hash));
            Assert.True(refused.Message.Contains(hash.ToString(), StringComparison.Ordinal) && refused.Message.Contains("backup", StringComparison.Ordinal), $"{what}: {refused.Message}");
        }
    }

    [Fact]
    public void Blob_under_the_hash_of_another_is_refused_although_its_key_is_right()
    {
        PostgresBlobStore writer = Lead(1, _first);
        Digest one = writer.Store("one content"u8.ToArray()), two = writer.Store("two content"u8.ToArray());
        _server.Execute("ALTER TABLE fed.blobs DROP CONSTRAINT blobs_upload_key; UPDATE fed.blobs b SET upload = o.upload FROM fed.blobs o WHERE o.hash <> b.hash; ALTER TABLE fed.blobs ADD UNIQUE(upload)");
        Assert.Throws<BlobDamagedException>(() => writer.ReadAll(one));
        Assert.Throws<BlobDamagedException>(() => Lead(2, _first).ReadAll(two));
    }

    /// <summary>Somebody who knows a coordinator's public key can wrap a key of their own for it, and encrypt what they like.</summary>
    [Fact]
    public void Content_of_whoever_runs_the_database_is_refused_even_when_it_opens()
    {
        Digest hash = Lead(1, _first).Store(_content);
        PostgresBlobStore foreign = Lead(2, _first);
        Digest forged = foreign.Store(new byte[_content.Length]);   // as good as theirs: whoever leads next cannot tell whose key it is
        _server.Execute($"DELETE FROM fed.blobs WHERE hash = '\\x{hash}'; UPDATE fed.blobs SET hash = '\\x{hash}' WHERE hash = '\\x{forged}'");
        PostgresBlobStore next = Lead(3, _first);
        Assert.Throws<BlobDamagedException>(() => next.OpenRead(hash));
    }

    [Fact]
    public void What_was_proved_once_is_held_to_it_piece_by_piece()
    {
        Digest hash = Lead(1, _first).Store(_content);
        PostgresBlobStore next = Lead(2, _first);
        Assert.Equal(_content, next.ReadAll(hash));
        _server.Execute("UPDATE fed.blobs SET key = NULL; UPDATE fed.pieces SET bytes = decode(repeat('00', 1048576), 'hex') WHERE index < 2; UPDATE fed.pieces SET bytes = decode(repeat('00', 99), 'hex') WHERE index = 2");
        using Stream blob = next.OpenRead(hash);
        Assert.Throws<BlobDamagedException>(() => blob.ReadByte());
    }

    [Fact]
    public void Node_that_is_enrolled_later_reads_after_another_has_shared_and_not_before()
    {
        PostgresBlobStore leader = Lead(1, _first);
        Digest hash = leader.Store(_content);
        TestNode second = _federation.Enrol(NodeRole.Coordinator, "node-2"), stranger = _federation.Enrol(NodeRole.Aggregator, "sums-1");
        Assert.Contains("enrolled before", Assert.Throws<BlobMissingException>(() => Reading(second).OpenRead(hash)).Message, StringComparison.Ordinal);
        leader.Share();
        Assert.Equal(_content, Reading(second).ReadAll(hash));
        Assert.Throws<BlobMissingException>(() => Reading(stranger).OpenRead(hash));

        TestNode third = _federation.Enrol(NodeRole.Coordinator, "node-3");
        Lead(2, second);   // whoever leads next does so at once
        Assert.Equal(_content, Reading(third).ReadAll(hash));
    }

    [Fact]
    public void Node_that_is_revoked_reads_nothing_that_is_written_afterwards()
    {
        TestNode second = _federation.Enrol(NodeRole.Coordinator, "node-2");
        PostgresBlobStore leader = Lead(1, _first);
        Digest before = leader.Store("before"u8.ToArray());
        _federation.Validator.Use(_federation.Authority.Revoke(second.Signing, second.Encryption).Encoded);
        Digest after = leader.Store("after"u8.ToArray());
        Assert.Equal("before"u8.ToArray(), Reading(second).ReadAll(before));
        Assert.Throws<BlobMissingException>(() => Reading(second).OpenRead(after));
        Assert.Equal("after"u8.ToArray(), leader.ReadAll(after));
        Assert.Equal(2L, _server.Query("SELECT count(*) FROM fed.blob_keys"));
    }

    [Fact]
    public void Renewed_node_reads_with_its_new_key_what_was_written_for_the_old_one()
    {
        PostgresBlobStore leader = Lead(1, _first);
        Digest hash = leader.Store(_content);
        TestNode renewed = _federation.Enrol(NodeRole.Coordinator, "node-1");
        PostgresBlobStore next = new(_database, NodeAddress.Coordinator, new Term(2, "a"), new BlobReaders(_federation.Members, [renewed.Keys.Encryption, _first.Keys.Encryption]));
        Assert.Equal(_content, next.ReadAll(hash));
        Assert.Equal(_content, Reading(renewed).ReadAll(hash));   // the next term has wrapped the key for it
    }

    [Fact]
    public void Keys_under_which_nothing_lies_go_with_the_next_term()
    {
        PostgresBlobStore leader = Lead(1, _first);
        Digest hash = leader.Store(_content);
        leader.Delete(hash);
        Lead(2, _first).Store("kept"u8.ToArray());
        Lead(3, _first);
        Assert.Equal(1L, _server.Query("SELECT count(*) FROM fed.blob_keys"));
    }

    [Fact]
    public void Wrap_that_somebody_has_spoiled_is_as_none()
    {
        Digest hash = Lead(1, _first).Store(_content);
        _server.Execute("UPDATE fed.blob_key_wraps SET wrapped = set_byte(wrapped, 3, get_byte(wrapped, 3) # 1)");
        Assert.Throws<BlobMissingException>(() => Reading(_first).OpenRead(hash));
        _server.Execute("UPDATE fed.blob_key_wraps SET point = '\\x00'");
        Assert.Throws<BlobMissingException>(() => Reading(_first).OpenRead(hash));
    }

    [Fact]
    public void Blob_of_before_blobs_were_encrypted_is_read_on_and_held_against_its_hash()
    {
        PostgresBlobStore leader = Lead(1, _first);
        Digest hash = Digest.Of(Canary), other = Digest.Of("another"u8);
        foreach ((Digest named, string id) in new[] { (hash, "00000000-0000-0000-0000-000000000001"), (other, "00000000-0000-0000-0000-000000000002") })
        {
            _server.Execute($"INSERT INTO fed.uploads VALUES('{id}', 'coordinator', 1); INSERT INTO fed.pieces VALUES('{id}', 0, '\\x{Convert.ToHexStringLower(Canary)}'); INSERT INTO fed.blobs VALUES('coordinator', '\\x{named}', {Canary.Length}, '{id}')");
        }

        Assert.Equal(Canary, leader.ReadAll(hash));
        Assert.Throws<BlobDamagedException>(() => leader.OpenRead(other));
    }

    private PostgresBlobStore Lead(long epoch, TestNode node) => new(_database, NodeAddress.Coordinator, new Term(epoch, node.Identity.Name), new BlobReaders(_federation.Members, [node.Keys.Encryption]));

    private PostgresBlobStore Reading(TestNode node) => PostgresBlobStore.OpenReadOnly(_database, NodeAddress.Coordinator, [node.Keys.Encryption]);

    /// <summary>All rows of all tables as text; bytes as hexadecimal digits.</summary>
    private string Everything()
    {
        StringBuilder all = new();
        foreach (string table in (string[])["logs", "events", "snapshots", "leases", "uploads", "pieces", "blobs", "blob_keys", "blob_key_wraps"])
            all.Append(_server.Query($"SELECT coalesce(string_agg(t::text, ' '), '') FROM fed.{table} t"));
        return all.ToString();
    }

    public void Dispose()
    {
        _database.Dispose();
        _federation.Dispose();
    }
}
