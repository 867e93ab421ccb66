using System.Collections.Immutable;
using System.Data.Common;
using System.Text.RegularExpressions;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Host.Data;

/// <summary>The result of a query as a data source. Reads only, in one transaction.</summary>
/// <param name="Database">Where.</param>
/// <param name="Query">A SELECT with an ORDER BY; values stand as <c>@name</c>.</param>
/// <param name="Parameters">Values by name: texts, whole numbers or numbers.</param>
internal sealed partial record SqlSource(IQueryDatabase Database, string Query, ImmutableSortedDictionary<string, object> Parameters) : DataSource
{
    /// <inheritdoc/>
    public override string Name => Database.Name;

    /// <summary>True for a query whose rows come in a stated order.</summary>
    public static bool IsOrdered(string query) => OrderPattern.IsMatch(query);

    /// <inheritdoc/>
    public override IRowReader Open(DataSchema schema)
    {
        DbConnection connection = Database.Open();
        try
        {
            DbTransaction transaction = connection.BeginTransaction();
            Database.Restrict(connection, transaction);
            DbCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = Query;
            foreach ((string name, object value) in Parameters)
            {
                DbParameter parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
            return new DatabaseRows(Name, command.ExecuteReader(), () => Close(command, transaction, connection));
        }
        catch (Exception e)
        {
            connection.Dispose();
            if (e is DbException or InvalidOperationException) throw new DataException($"the query of {Name} failed: {e.Message.TrimEnd('.', ' ', ':')}{(e is InvalidOperationException ? $"; simulation.data.parameters gives {(Parameters.IsEmpty ? "none" : string.Join(", ", Parameters.Keys))}" : "")}.", e);
            throw;
        }
    }

    private static void Close(params ReadOnlySpan<IDisposable> parts)
    {
        foreach (IDisposable part in parts) part.Dispose();
    }

    [GeneratedRegex(@"\border\s+by\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OrderPattern { get; }
}

/// <summary>A database that is only read.</summary>
internal interface IQueryDatabase
{
    /// <summary>What messages call it; never a connection string.</summary>
    string Name { get; }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="DataException">It cannot be opened.</exception>
    DbConnection Open();

    /// <summary>Makes the transaction a reading one.</summary>
    void Restrict(DbConnection connection, DbTransaction transaction);
}
