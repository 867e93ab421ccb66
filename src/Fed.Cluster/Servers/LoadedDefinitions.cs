using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Servers;

/// <summary>
/// The definitions that a broker reads at each start (<c>load_definitions</c>). They overwrite the broker's own users: whoever is in the file comes back with the broker, with the password of the file. So it changes before the broker
/// does, all or nothing.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class LoadedDefinitions(string path)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;   // hashes of 256 random bits; the broker's user must read it, whoever writes it

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Writes other definitions in the place of those that are there.</summary>
    /// <returns>The users who had another password until now.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ImmutableArray<string> Replace(string definitions)
    {
        Dictionary<string, string?> before = File.Exists(path) ? Passwords(Read()) : [];
        Write(definitions);
        return [.. Passwords(Parse(definitions)).Where(user => before.TryGetValue(user.Key, out string? password) && password != user.Value).Select(static user => user.Key)];
    }

    /// <summary>Takes a user out.</summary>
    /// <exception cref="IOException">The file cannot be read, or not be written.</exception>
    public void Remove(string user)
    {
        JsonObject all = Read();
        foreach ((string rows, string column) in ((string, string)[])[("users", "name"), ("permissions", "user"), ("topic_permissions", "user")])
        {
            if (all[rows] is JsonArray list) list.RemoveAll(row => row?[column]?.GetValue<string>() == user);
        }

        Write(all.ToJsonString());
    }

    private static Dictionary<string, string?> Passwords(JsonObject definitions) =>
        definitions["users"] is JsonArray users ? users.OfType<JsonObject>().ToDictionary(static user => $"{user["name"]}", static user => user["password_hash"]?.ToString(), StringComparer.Ordinal) : [];

    private static JsonObject Parse(string definitions) => JsonNode.Parse(definitions) as JsonObject ?? throw new JsonException("it has no object");

    private JsonObject Read()
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception unread) when (unread is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}', which the broker reads at each start, cannot be read ({unread.Message.TrimEnd('.')}); {Remedy}", unread);
        }
    }

    private void Write(string definitions)
    {
        try
        {
            KeyFiles.WriteDurably(path, definitions, Readable);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}', which the broker reads at each start, cannot be written ({unwritten.Message.TrimEnd('.')}); {Remedy}", unwritten);
        }
    }

    private const string Remedy = "run this as whoever may, on the broker's machine, and name the file with --load-definitions where load_definitions in rabbitmq.conf names another";
}
