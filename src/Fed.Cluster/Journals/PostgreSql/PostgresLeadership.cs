using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Leases in the federation's database, counted by its clock, on a thread of their own: no append holds a renewal up. A request that the database does not answer fails; the candidate asks again.</summary>
public sealed class PostgresLeadership : ILeadership, IDisposable
{
    private readonly PostgresDatabase _database;
    private readonly Lane<Action> _requests = new("leases", static group => group.ForEach(static request => request()));

    /// <summary>Starts the thread. The database stays its owner's, who closes it after this.</summary>
    public PostgresLeadership(PostgresDatabase database) => _database = database;

    /// <inheritdoc/>
    public void Acquire(LeaseRequest request, Action<LeaseOutcome> done) => Post(done, () => Ask(request, "SELECT granted, epoch, holder FROM fed.acquire_lease($1, $2, $3)", static (command, asked) => command
        .With(asked.Role.Value).With(asked.Holder).With(asked.Length, NpgsqlDbType.Interval)));

    /// <inheritdoc/>
    public void Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done) => Post(done, () => Ask(request, "SELECT granted, epoch, holder FROM fed.renew_lease($1, $2, $3, $4)", (command, asked) => command
        .With(asked.Role.Value).With(asked.Holder).With(epoch).With(asked.Length, NpgsqlDbType.Interval)));

    /// <inheritdoc/>
    public void Release(LeaseRequest request, long epoch) => _requests.TryPost(() =>
    {
        try
        {
            _database.RunBriefly("give a lease back in", (connection, _) =>
            {
                using NpgsqlCommand release = new("SELECT fed.release_lease($1, $2, $3)", connection);
                return release.With(request.Role.Value).With(request.Holder).With(epoch).ExecuteNonQuery();
            });
        }
        catch (IOException)
        {
            // Best effort: its time will be over.
        }
    });

    /// <summary>True while somebody holds a role's lease, by the database's clock. Asks on the caller's thread.</summary>
    /// <exception cref="IOException">The database does not answer.</exception>
    public bool IsHeld(NodeAddress role) => _database.RunBriefly("read the leases in", (connection, _) =>
    {
        using NpgsqlCommand command = new("SELECT EXISTS(SELECT FROM fed.leases WHERE role = $1 AND holder IS NOT NULL AND until > clock_timestamp())", connection);
        return (bool)command.With(role.Value).ExecuteScalar()!;
    });

    private void Post(Action<LeaseOutcome> done, Func<LeaseOutcome> ask)
    {
        if (!_requests.TryPost(() => done(ask()))) done(new LeaseOutcome(LeaseStatus.Failed, 0, $"the leases in {_database.Name} are closed"));
    }

    private LeaseOutcome Ask(LeaseRequest request, string sql, Func<NpgsqlCommand, LeaseRequest, NpgsqlCommand> bind)
    {
        try
        {
            return _database.RunBriefly("ask for a lease in", (connection, _) =>
            {
                using NpgsqlCommand command = new(sql, connection);
                using NpgsqlDataReader row = bind(command, request).ExecuteReader();
                row.Read();
                long epoch = row.GetInt64(1);
                if (row.GetBoolean(0)) return new LeaseOutcome(LeaseStatus.Granted, epoch);
                string holder = row.IsDBNull(2) ? "nobody" : row.GetString(2);
                return new LeaseOutcome(LeaseStatus.Held, epoch, $"epoch {epoch} of {request.Role} is {holder}'s");
            });
        }
        catch (IOException failure)
        {
            return new LeaseOutcome(LeaseStatus.Failed, 0, failure.Message);
        }
    }

    /// <summary>Answers what was asked and ends the thread. Not to be called from a callback.</summary>
    public void Dispose() => _requests.Dispose();
}
