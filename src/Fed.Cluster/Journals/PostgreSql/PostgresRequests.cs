using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Where a request stands.</summary>
public enum RequestState
{
    /// <summary>Nobody has answered it.</summary>
    Open,

    /// <summary>It is accepted, and waits for its turn.</summary>
    Queued,

    /// <summary>It is carried out.</summary>
    Done,

    /// <summary>It is refused; the answer says why.</summary>
    Refused,
}

/// <summary>A request as the database has it.</summary>
/// <param name="Id">Its name, which its envelope must have too.</param>
/// <param name="Envelope">What is asked, and by whom: sealed.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Answer">What was answered; null before.</param>
public sealed record StoredRequest(string Id, ReadOnlyMemory<byte> Envelope, RequestState State, string? Answer);

/// <summary>What a node says of itself.</summary>
/// <param name="Node">Its name, as it gives it; the envelope tells who signed.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="Age">How long ago.</param>
/// <param name="Envelope">What it says: sealed.</param>
public sealed record StoredPresence(string Node, DateTimeOffset At, TimeSpan Age, ReadOnlyMemory<byte> Envelope);

/// <summary>
/// What operators ask of whoever leads, and what servers say of themselves, by way of the federation's database: from any coordinator's machine, whoever leads. The database carries envelopes; who reads one believes its signature
/// alone. Thread-safe.
/// </summary>
/// <param name="database">The database; it stays its owner's.</param>
public sealed class PostgresRequests(PostgresDatabase database)
{
    /// <summary>Puts a request down. The same id again changes nothing.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public void Ask(string id, ReadOnlyMemory<byte> envelope) => Run("ask through", "SELECT fed.ask($1, $2)", command => command.With(id).With(envelope, NpgsqlDbType.Bytea).ExecuteNonQuery());

    /// <summary>Requests that nobody has carried out, in order.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public ImmutableArray<StoredRequest> Waiting() => Run("read the requests in", "SELECT id, envelope, state, answer FROM fed.requests WHERE state IN ('open', 'queued') ORDER BY number", ReadAll);

    /// <summary>One request; null where there is none of that name.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public StoredRequest? Find(string id) => Run("read the requests in", "SELECT id, envelope, state, answer FROM fed.requests WHERE id = $1", command => ReadAll(command.With(id)).FirstOrDefault());

    /// <summary>Answers a request, once, unless a later term has begun.</summary>
    /// <param name="id">The request.</param>
    /// <param name="state">Where it stands now.</param>
    /// <param name="answer">What is answered.</param>
    /// <param name="role">The role that answers.</param>
    /// <param name="epoch">Of the leader's term.</param>
    /// <returns>False where it is answered already, or another leads.</returns>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public bool Answer(string id, RequestState state, string answer, NodeAddress role, long epoch) => Run(
        "answer a request in", "SELECT fed.answer($1, $2, $3, $4, $5)",
        command => (bool)command.With(id).With(state.ToString().ToLowerInvariant()).With(answer).With(role.Value).With(epoch).ExecuteScalar()!);

    /// <summary>Says what a node says of itself, in place of what it said before. What is not stored now is said again: an outage is not waited for.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public void Say(string node, ReadOnlyMemory<byte> envelope) => database.RunBriefly("say something in", (connection, _) =>
    {
        using NpgsqlCommand command = new("SELECT fed.say($1, $2)", connection);
        return command.With(node).With(envelope, NpgsqlDbType.Bytea).ExecuteNonQuery();
    });

    /// <summary>What all nodes have said last.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public ImmutableArray<StoredPresence> Said() => Run("read the nodes' words in", "SELECT node, at, clock_timestamp() - at, envelope FROM fed.presence ORDER BY node", static command =>
    {
        using NpgsqlDataReader row = command.ExecuteReader();
        ImmutableArray<StoredPresence>.Builder said = ImmutableArray.CreateBuilder<StoredPresence>();
        while (row.Read()) said.Add(new StoredPresence(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetTimeSpan(2), row.GetFieldValue<byte[]>(3)));
        return said.ToImmutable();
    });

    /// <summary>Who holds a role's lease, and under which epoch; null where nobody does.</summary>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public (string Holder, long Epoch)? Leader(NodeAddress role) => Run<(string, long)?>("read the leases in", "SELECT holder, epoch FROM fed.leases WHERE role = $1 AND holder IS NOT NULL AND until > clock_timestamp()", command =>
    {
        using NpgsqlDataReader row = command.With(role.Value).ExecuteReader();
        return row.Read() ? (row.GetString(0), row.GetInt64(1)) : null;
    });

    private TResult Run<TResult>(string act, string sql, Func<NpgsqlCommand, TResult> body) => database.Run(act, (connection, _) =>
    {
        using NpgsqlCommand command = new(sql, connection);
        return body(command);
    });

    private static ImmutableArray<StoredRequest> ReadAll(NpgsqlCommand command)
    {
        using NpgsqlDataReader row = command.ExecuteReader();
        ImmutableArray<StoredRequest>.Builder found = ImmutableArray.CreateBuilder<StoredRequest>();
        while (row.Read()) found.Add(new StoredRequest(row.GetString(0), row.GetFieldValue<byte[]>(1), Enum.Parse<RequestState>(row.GetString(2), ignoreCase: true), row.IsDBNull(3) ? null : row.GetString(3)));
        return found.ToImmutable();
    }
}
