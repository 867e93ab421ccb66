using System.Collections.Concurrent;
using System.Data;
using Fed.Cluster.Identity;
using Fed.Cluster.Stores;
using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// A role's blobs in the federation's database, as rows of at most 1 MiB, as the leader of one term uses them. Rows are under a number of their upload until it is committed, so a hash never stands for a part; what a crash left of
/// uploads is removed when the next term opens the store. Of a term that is over, deletions do nothing. Thread-safe; an outage is waited for, at any piece.
/// </summary>
/// <remarks>
/// Content is encrypted under keys that the nodes of the role alone have (<see cref="PostgresBlobKeys"/>); the database sees hashes and lengths. What this process has not written under a key of its own is held against its hash before
/// any of it is given out, and each piece later against what it was then: a key that the database gives proves nothing.
/// </remarks>
public sealed class PostgresBlobStore : IBlobStore
{
    private const int ProofsMax = 10_000;

    private readonly PostgresDatabase _database;
    private readonly PostgresBlobKeys _keys;
    private readonly string _store;
    private readonly long _epoch;
    private readonly ConcurrentDictionary<Digest, BlobProof> _proofs = [];

    /// <summary>Opens a role's store for whoever only reads: nothing of a term under way is touched.</summary>
    /// <param name="database">The database; it stays its owner's.</param>
    /// <param name="role">Whose blobs.</param>
    /// <param name="own">Encryption keys of a node of the role; owned by the caller.</param>
    public static PostgresBlobStore OpenReadOnly(PostgresDatabase database, NodeAddress role, ImmutableArray<EncryptionKey> own) =>
        new(database, role, -1, new PostgresBlobKeys(database, role, -1, members: null, own));   // no term deletes anything below every epoch

    /// <summary>Opens a role's store for a term, and makes what can be read here readable for nodes of the role that have come since.</summary>
    /// <param name="database">The database; it stays its owner's.</param>
    /// <param name="role">Whose blobs: roles do not see each other's.</param>
    /// <param name="term">Under which they are written and deleted.</param>
    /// <param name="readers">Who may read them.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public PostgresBlobStore(PostgresDatabase database, NodeAddress role, Term term, BlobReaders readers)
        : this(database, role, term.Epoch, new PostgresBlobKeys(database, role, term.Epoch, readers.Members, readers.Own))
    {
        Call("open the blobs in", "SELECT fed.open_store($1, $2)", command => command.With(_store).With(_epoch));
        Share();
    }

    private PostgresBlobStore(PostgresDatabase database, NodeAddress role, long epoch, PostgresBlobKeys keys) => (_database, _keys, _store, _epoch) = (database, keys, role.Value, epoch);

    /// <summary>Makes what can be read here readable for nodes of the role that have come since.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="NotSupportedException">The store is open for reading only.</exception>
    public void Share()
    {
        RequireWritable();
        _keys.Share();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="NotSupportedException">The store is open for reading only.</exception>
    public IBlobWriter Create()
    {
        RequireWritable();
        BlobKey key = _keys.Current();
        Guid upload = Guid.NewGuid();
        Call("write a blob to", "SELECT fed.begin_upload($1, $2, $3)", command => command.With(upload, NpgsqlDbType.Uuid).With(_store).With(_epoch));
        return new PostgresBlobWriter(this, upload, key.Id, new BlobCipher(key, _store, upload));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="BlobDamagedException">What is stored under the hash is something else.</exception>
    public Stream OpenRead(Digest hash)
    {
        Row row = Find(hash) ?? throw new BlobMissingException($"blob {hash} of {_store} is not in {_database.Name}; restore the database from a backup");
        BlobKey? key = row.Key is not { } id ? null
            : _keys.Find(id) ?? throw new BlobMissingException($"blob {hash} of {_store} is encrypted for nodes whose keys are not here; start a node of this role that was enrolled before, which lets this one read it");
        return key is { IsOwn: true } ? OpenSealed(hash, row, key) : Open(hash, row, key, Prove(hash, row, key));
    }

    /// <inheritdoc/>
    public bool Contains(Digest hash) => Find(hash) is not null;

    /// <inheritdoc/>
    public long Length(Digest hash) => Find(hash)?.Length ?? -1;

    /// <inheritdoc/>
    public void Delete(Digest hash) => Call("delete a blob in", "SELECT fed.delete_blob($1, $2, $3)", command => command.With(_store).With(hash).With(_epoch));

    /// <summary>Deletes a blob that nobody has written for so long; does nothing where a later term of a role's lease has begun.</summary>
    /// <param name="hash">The blob.</param>
    /// <param name="leader">The role by whose lease the caller's term counts: not always the one whose blobs they are.</param>
    /// <param name="age">For how long.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public void Expire(Digest hash, NodeAddress leader, TimeSpan age) =>
        Call("delete a blob in", "SELECT fed.expire_blob($1, $2, $3, $4, $5)", command => command.With(_store).With(hash).With(leader.Value).With(_epoch).With(age, NpgsqlDbType.Interval));

    /// <inheritdoc/>
    public IEnumerable<Digest> List() => _database.Run("list the blobs in", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT hash FROM fed.blobs WHERE store = $1 ORDER BY hash", connection);
        using NpgsqlDataReader row = query.With(_store).ExecuteReader();
        List<Digest> hashes = [];
        while (row.Read()) hashes.Add(row.DigestAt(0));
        return hashes;
    });

    /// <summary>Stores one piece of an upload.</summary>
    /// <exception cref="IOException">The upload is gone: a later term has opened the store; or the database cannot be reached.</exception>
    internal void Put(Guid upload, int piece, ReadOnlyMemory<byte> bytes) => RequireUpload(
        "SELECT fed.put_piece($1, $2, $3)", command => command.With(upload, NpgsqlDbType.Uuid).With(piece).With(bytes, NpgsqlDbType.Bytea));

    /// <summary>Names an upload by its hash. One that is there already stays, and this one goes.</summary>
    /// <exception cref="IOException">As of <see cref="Put"/>.</exception>
    internal void Commit(Guid upload, Digest hash, long length, int pieces, Guid key, byte[] seal) => RequireUpload(
        "SELECT fed.commit_upload($1, $2, $3, $4, $5, $6, $7, $8)",
        command => command.With(upload, NpgsqlDbType.Uuid).With(_store).With(hash).With(length).With(pieces).With(BlobCipher.TagBytes).With(key, NpgsqlDbType.Uuid).With(seal, NpgsqlDbType.Bytea));

    /// <summary>Forgets an upload that is not committed. It does not wait for the end of an outage, since the next term's opening forgets it too.</summary>
    internal void End(Guid upload) => _database.RunBriefly("write a blob to", (connection, _) =>
    {
        using NpgsqlCommand end = new("SELECT fed.end_upload($1)", connection);
        return end.With(upload, NpgsqlDbType.Uuid).ExecuteNonQuery();
    });

    /// <summary>Reads one piece into a buffer and returns its length; -1 where it is not there.</summary>
    internal int Get(Guid upload, int piece, byte[] buffer) => _database.Run("read a blob in", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT bytes FROM fed.pieces WHERE upload = $1 AND index = $2", connection);
        using NpgsqlDataReader row = query.With(upload, NpgsqlDbType.Uuid).With(piece).ExecuteReader(CommandBehavior.SequentialAccess | CommandBehavior.SingleRow);
        return row.Read() ? (int)row.GetBytes(0, 0, buffer, 0, buffer.Length) : -1;
    });

    /// <summary>The exception for a blob whose stored bytes are not those of its hash.</summary>
    internal BlobDamagedException Damaged(Digest hash) => new($"what {_database.Name} has as blob {hash} of {_store} is something else, or was changed; restore the database from a backup");

    private PostgresBlobStream OpenSealed(Digest hash, Row row, BlobKey key)
    {
        using BlobCipher cipher = new(key, _store, row.Upload);
        return cipher.IsSealed(hash, row.Length, row.Seal) ? Open(hash, row, key, proof: null) : throw Damaged(hash);
    }

    private PostgresBlobStream Open(Digest hash, Row row, BlobKey? key, BlobProof? proof) => new(this, hash, row.Upload, row.Length, key is null ? null : new BlobCipher(key, _store, row.Upload), proof);

    private BlobProof Prove(Digest hash, Row row, BlobKey? key)
    {
        if (!_proofs.TryGetValue(hash, out BlobProof? proof))
        {
            using (PostgresBlobStream blob = Open(hash, row, key, proof: null)) proof = BlobProof.Of(blob, hash) ?? throw Damaged(hash);
            if (_proofs.Count >= ProofsMax) _proofs.Clear();
            _proofs[hash] = proof;
        }

        return proof.Length == row.Length ? proof : throw Damaged(hash);
    }

    private void RequireWritable()
    {
        if (_epoch < 0) throw new NotSupportedException("these blobs are read only");
    }

    private Row? Find(Digest hash) => _database.Run<Row?>("read", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT upload, length, key, seal FROM fed.blobs WHERE store = $1 AND hash = $2", connection);
        using NpgsqlDataReader row = query.With(_store).With(hash).ExecuteReader();
        return row.Read() ? new Row(row.GetGuid(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.IsDBNull(3) ? [] : row.GetFieldValue<byte[]>(3)) : null;
    });

    private void RequireUpload(string sql, Func<NpgsqlCommand, NpgsqlCommand> bind)
    {
        bool isThere = _database.Run("write a blob to", (connection, _) =>
        {
            using NpgsqlCommand command = new(sql, connection);
            return (bool)bind(command).ExecuteScalar()!;
        });
        if (!isThere) throw new IOException($"cannot write a blob to {_database.Name}: the upload is gone, since another process leads as {_store} by now");
    }

    private void Call(string act, string sql, Func<NpgsqlCommand, NpgsqlCommand> bind) => _database.Run(act, (connection, _) =>
    {
        using NpgsqlCommand command = new(sql, connection);
        return bind(command).ExecuteNonQuery();
    });

    /// <summary>What the database says of a blob; blobs of before they were encrypted have no key.</summary>
    private sealed record Row(Guid Upload, long Length, Guid? Key, byte[] Seal);
}
