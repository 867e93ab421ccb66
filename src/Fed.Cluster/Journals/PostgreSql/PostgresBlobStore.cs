using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// A role's blobs in the federation's database, as rows of at most 1 MiB, as the leader of one term uses them. Rows are under a number of their upload until it is committed, so a hash never stands for a part; what a crash left of
/// uploads is removed when the next term opens the store. Of a term that is over, deletions do nothing. Thread-safe; an outage is waited for, at any piece.
/// </summary>
public sealed class PostgresBlobStore : IBlobStore
{
    private readonly PostgresDatabase _database;
    private readonly string _store;
    private readonly long _epoch;

    private PostgresBlobStore(PostgresDatabase database, NodeAddress role) => (_database, _store, _epoch) = (database, role.Value, -1);   // no term deletes anything below every epoch

    /// <summary>Opens a role's store for whoever only reads: nothing of a term under way is touched.</summary>
    public static PostgresBlobStore OpenReadOnly(PostgresDatabase database, NodeAddress role) => new(database, role);

    /// <summary>Opens a role's store for a term.</summary>
    /// <param name="database">The database; it stays its owner's.</param>
    /// <param name="role">Whose blobs: roles do not see each other's.</param>
    /// <param name="term">Under which they are written and deleted.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public PostgresBlobStore(PostgresDatabase database, NodeAddress role, Term term)
    {
        (_database, _store, _epoch) = (database, role.Value, term.Epoch);
        Call("open the blobs in", "SELECT fed.open_store($1, $2)", command => command.With(_store).With(_epoch));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="NotSupportedException">The store is open for reading only.</exception>
    public IBlobWriter Create()
    {
        if (_epoch < 0) throw new NotSupportedException("these blobs are read only");
        Guid upload = Guid.NewGuid();
        Call("write a blob to", "SELECT fed.begin_upload($1, $2, $3)", command => command.With(upload, NpgsqlDbType.Uuid).With(_store).With(_epoch));
        return new PostgresBlobWriter(this, upload);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public Stream OpenRead(Digest hash) => Find(hash) is { } found
        ? new PostgresBlobStream(this, hash, found.Upload, found.Length)
        : throw new BlobMissingException($"blob {hash} of {_store} is not in {_database.Name}; restore the database from a backup");

    /// <inheritdoc/>
    public bool Contains(Digest hash) => Find(hash) is not null;

    /// <inheritdoc/>
    public long Length(Digest hash) => Find(hash)?.Length ?? -1;

    /// <inheritdoc/>
    public void Delete(Digest hash) => Call("delete a blob in", "SELECT fed.delete_blob($1, $2, $3)", command => command.With(_store).With(hash).With(_epoch));

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
    internal void Commit(Guid upload, Digest hash, long length, int pieces) => RequireUpload(
        "SELECT fed.commit_upload($1, $2, $3, $4, $5)", command => command.With(upload, NpgsqlDbType.Uuid).With(_store).With(hash).With(length).With(pieces));

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

    private (Guid Upload, long Length)? Find(Digest hash) => _database.Run<(Guid, long)?>("read", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT upload, length FROM fed.blobs WHERE store = $1 AND hash = $2", connection);
        using NpgsqlDataReader row = query.With(_store).With(hash).ExecuteReader();
        return row.Read() ? (row.GetGuid(0), row.GetInt64(1)) : null;
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
}
