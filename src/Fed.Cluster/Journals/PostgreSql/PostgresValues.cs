using Npgsql;
using NpgsqlTypes;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Parameters by position, and digests in rows.</summary>
internal static class PostgresValues
{
    /// <summary>Adds the next parameter (<c>$1</c>, <c>$2</c>, ...).</summary>
    public static NpgsqlCommand With<TValue>(this NpgsqlCommand command, TValue value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter<TValue> { TypedValue = value, NpgsqlDbType = type });
        return command;
    }

    /// <summary>Adds text.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, string text) => command.With(text, NpgsqlDbType.Text);

    /// <summary>Adds a number.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, long number) => command.With(number, NpgsqlDbType.Bigint);

    /// <summary>Adds a number.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, int number) => command.With(number, NpgsqlDbType.Integer);

    /// <summary>Adds the 32 bytes of a digest.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, Digest digest) => command.With(BytesOf(digest), NpgsqlDbType.Bytea);

    /// <summary>The 32 bytes.</summary>
    public static byte[] BytesOf(Digest digest)
    {
        byte[] bytes = new byte[Digest.Size];
        digest.CopyTo(bytes);
        return bytes;
    }

    /// <summary>A digest column.</summary>
    /// <exception cref="JournalFormatException">The column holds anything but 32 bytes.</exception>
    public static Digest DigestAt(this NpgsqlDataReader row, int column)
    {
        byte[] bytes = row.GetFieldValue<byte[]>(column);
        return bytes.Length == Digest.Size ? new Digest(bytes) : throw new JournalFormatException($"a stored hash has {bytes.Length} bytes, not {Digest.Size}");
    }
}
