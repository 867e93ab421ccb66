using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>The write side: a group of appends is one call of <c>fed.append</c> in one transaction, with two trips to the server. Used by one thread.</summary>
internal sealed class PostgresJournalWriter(PostgresDatabase database)
{
    private const int Appended = 0, Conflict = 1;

    /// <summary>Appends a group in one transaction and gives each request its outcome, in order.</summary>
    /// <remarks>Where the server refuses the transaction as a whole (one oversize event, say), every request gets a transaction of its own; an outage is the same for all.</remarks>
    public void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes) => Append(requests, outcomes, wasTried: false);

    private void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes, bool wasTried)
    {
        try
        {
            AppendRequest[] group = requests.ToArray();
            AppendOutcome[] answered = database.Run("append to", (connection, inDoubt) => Append(connection, group, wasTried || inDoubt));
            answered.CopyTo(outcomes);
        }
        catch (IOException failure) when (requests.Length == 1 || PostgresFailure.IsOutage(failure.InnerException!))
        {
            outcomes[..requests.Length].Fill(new AppendOutcome(AppendStatus.Failed, ReasonOf(failure)));
        }
        catch (IOException)
        {
            for (int i = 0; i < requests.Length; i++) Append(requests.Slice(i, 1), outcomes.Slice(i, 1), wasTried: true);
        }
    }

    /// <summary>Stores a snapshot; null, or a sentence that says what failed.</summary>
    public string? SaveSnapshot(JournalSnapshot snapshot)
    {
        try
        {
            return database.Run<string?>("save a snapshot in", (connection, _) =>
            {
                using NpgsqlCommand save = new("SELECT fed.save_snapshot($1, $2, $3, $4, $5, $6)", connection);
                save.With(snapshot.PersistenceId).With(snapshot.Sequence).With(snapshot.Head).With(snapshot.Version)
                    .With(snapshot.Payload, NpgsqlDbType.Bytea).With(Digest.Of(snapshot.Payload.Span)).ExecuteNonQuery();
                return null;
            });
        }
        catch (IOException failure)
        {
            return failure.Message;
        }
    }

    private static string ReasonOf(IOException failure) => PostgresFailure.IsOutage(failure.InnerException!)
        ? $"{failure.Message}; the events may be stored or not, and the next start reads which"
        : failure.Message;

    private static AppendOutcome[] Append(NpgsqlConnection connection, AppendRequest[] group, bool inDoubt)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        AppendOutcome[] outcomes = Append(CommandFor(connection, group, inDoubt), group);
        transaction.Commit();
        return outcomes;
    }

    private static AppendOutcome[] Append(NpgsqlCommand append, AppendRequest[] group)
    {
        using (append)
        {
            using NpgsqlDataReader row = append.ExecuteReader();
            return [.. group.Select(request =>
            {
                row.Read();
                long place = row.GetInt64(1);
                return row.GetInt32(0) switch
                {
                    Appended => new AppendOutcome(AppendStatus.Appended),
                    Conflict => JournalFormat.Conflict(request, place),
                    _ => JournalFormat.Fenced(request, place),
                };
            })];
        }
    }

    private static NpgsqlCommand CommandFor(NpgsqlConnection connection, AppendRequest[] group, bool inDoubt)
    {
        JournalEvent[] events = [.. group.SelectMany(static request => request.Events)];
        return new NpgsqlCommand("SELECT outcome, place FROM fed.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", connection)
            .With(Column(group, static request => request.PersistenceId), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(Column(group, static request => request.ExpectedSequence), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .With(Column(group, static request => request.Epoch), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .With(Column(group, static request => request.Events.Length), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(Column(events, static stored => stored.At.UtcTicks), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .With(Column(events, static stored => stored.Tag), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(Column(events, static stored => stored.Version), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(Column(events, static stored => stored.Payload), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(Column(events, static stored => PostgresValues.BytesOf(stored.Hash)), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(inDoubt, NpgsqlDbType.Boolean);
    }

    private static TValue[] Column<TRow, TValue>(TRow[] rows, Converter<TRow, TValue> value) => Array.ConvertAll(rows, value);
}
