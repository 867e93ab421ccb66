using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;
using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// The keys of a role's blobs, in the database only as wraps for the encryption keys of the role's nodes. Whoever leads writes under a key that it has made itself, in this term, and makes another when a node that has it does not
/// count any more; keys of before it wraps for nodes that have come since. So nobody writes under a key that the database gave. Thread-safe.
/// </summary>
internal sealed class PostgresBlobKeys(PostgresDatabase database, NodeAddress role, long epoch, Membership? members, ImmutableArray<EncryptionKey> own)
{
    private const string WrapKey = "SELECT fed.wrap_blob_key($1, $2, $3, $4, $5, $6)";

    private readonly ConcurrentDictionary<Guid, BlobKey> _known = [];
    private readonly Lock _gate = new();
    private ImmutableSortedSet<Digest> _readers = [];
    private BlobKey? _current;

    /// <summary>The key to write under, wrapped for all who may read now.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public BlobKey Current()
    {
        lock (_gate)
        {
            ImmutableArray<CertifiedKey> present = Readers();
            ImmutableSortedSet<Digest> ids = [.. present.Select(static key => key.KeyId)];
            if (_current is null || !_readers.IsSubsetOf(ids))
            {
                BlobKey made = BlobKey.New();
                Wrap(made, present);
                _known[made.Id] = _current = made;
            }
            else if (!ids.SetEquals(_readers)) ShareAll(present);

            _readers = ids;
            return _current;
        }
    }

    /// <summary>Wraps the keys that this node can open for nodes of the role that have come since.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public void Share()
    {
        lock (_gate) ShareAll(Readers());
    }

    /// <summary>A key by its name; null where it is not wrapped for a key of this node.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public BlobKey? Find(Guid id)
    {
        if (_known.TryGetValue(id, out BlobKey? known)) return known;
        return Open(id) is { } opened ? _known.GetOrAdd(id, opened) : null;
    }

    private ImmutableArray<CertifiedKey> Readers() =>
        members!.All(NodeIdentity.RoleOf(role)!.Value, CertificateUse.Encryption) is { IsEmpty: false } present ? present : throw new IOException($"no node that counts may read the blobs of {role}; import the newest members.pem");

    private void ShareAll(ImmutableArray<CertifiedKey> present)
    {
        foreach ((Guid id, HashSet<Digest> wrappedFor) in Wraps())
        {
            ImmutableArray<CertifiedKey> missing = [.. present.Where(key => !wrappedFor.Contains(key.KeyId))];
            if (!missing.IsEmpty && Find(id) is { } key) Wrap(key, missing);
        }
    }

    private Dictionary<Guid, HashSet<Digest>> Wraps() => database.Run("read the keys of blobs in", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT k.id, w.reader FROM fed.blob_keys k JOIN fed.blob_key_wraps w ON w.key = k.id WHERE k.store = $1", connection);
        using NpgsqlDataReader row = query.With(role.Value).ExecuteReader();
        Dictionary<Guid, HashSet<Digest>> wraps = [];
        while (row.Read())
        {
            if (!wraps.TryGetValue(row.GetGuid(0), out HashSet<Digest>? readers)) wraps[row.GetGuid(0)] = readers = [];
            readers.Add(row.DigestAt(1));
        }

        return wraps;
    });

    private BlobKey? Open(Guid id) => database.Run("read the keys of blobs in", (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT reader, point, wrapped FROM fed.blob_key_wraps WHERE key = $1", connection);
        using NpgsqlDataReader row = query.With(id, NpgsqlDbType.Uuid).ExecuteReader();
        while (row.Read())
        {
            Digest reader = row.DigestAt(0);
            if (own.FirstOrDefault(key => key.KeyId == reader) is not { } mine) continue;
            byte[] secret = new byte[BlobKey.Bytes], wrapped = row.GetFieldValue<byte[]>(2);
            try
            {
                if (wrapped.Length != EnvelopeForm.WrappedBytes) continue;
                ContentKeys.Unwrap(wrapped, mine, row.GetFieldValue<byte[]>(1), secret, Purpose(id));
                return new BlobKey(id, secret, isOwn: false);
            }
            catch (CryptographicException)
            {
                // Not what a node of the role has wrapped: as good as none.
            }
        }

        return null;
    });

    private void Wrap(BlobKey key, ImmutableArray<CertifiedKey> readers)
    {
        using ECDiffieHellman ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = new byte[EnvelopeForm.PointBytes];
        EncryptionKey.ExportPoint(ephemeral, point);
        byte[][] ids = [.. readers.Select(static reader => PostgresValues.BytesOf(reader.KeyId))];
        byte[][] wraps = [.. readers.Select(reader =>
        {
            byte[] wrapped = new byte[EnvelopeForm.WrappedBytes];
            ContentKeys.Wrap(key.Secret, ephemeral, point, reader, wrapped, Purpose(key.Id));
            return wrapped;
        })];
        database.Run("wrap a key of blobs in", (connection, _) =>
        {
            using NpgsqlCommand wrap = new(WrapKey, connection);
            return wrap.With(key.Id, NpgsqlDbType.Uuid).With(role.Value).With(epoch).With(ids, NpgsqlDbType.Array | NpgsqlDbType.Bytea).With(point, NpgsqlDbType.Bytea).With(wraps, NpgsqlDbType.Array | NpgsqlDbType.Bytea).ExecuteNonQuery();
        });
    }

    private byte[] Purpose(Guid id) => Encoding.UTF8.GetBytes($"fedactors/blobs/1/wrap\n{role.Value}\n{id:N}\n");
}
