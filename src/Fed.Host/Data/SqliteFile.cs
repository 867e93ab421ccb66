using System.Data.Common;
using Fed.Learning.Data;
using Microsoft.Data.Sqlite;

namespace Fed.Host.Data;

/// <summary>A SQLite file, opened for reading.</summary>
/// <param name="Path">The file.</param>
internal sealed record SqliteFile(string Path) : IQueryDatabase
{
    /// <inheritdoc/>
    public string Name => Path;

    /// <inheritdoc/>
    public DbConnection Open()
    {
        if (!File.Exists(Path)) throw new DataException($"data file {Path} does not exist; check the path, which is relative to the configuration file.");
        SQLitePCL.Batteries_V2.Init();
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new DataException($"{Path} cannot be opened as a SQLite database: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <inheritdoc/>
    public void Restrict(DbConnection connection, DbTransaction transaction)
    {
        // The file is open for reading only.
    }
}
