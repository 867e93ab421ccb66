using System.Globalization;
using System.Text.Json;
using Fed.Actors.Persistence;

namespace Fed.Host.History;

/// <summary>What <c>fed audit export --json</c> writes, read back.</summary>
internal static class StatementFile
{
    /// <summary>Reads one.</summary>
    /// <exception cref="UserException">The file is missing, or none.</exception>
    public static SiteStatement Read(string path)
    {
        if (Directory.Exists(path)) throw new UserException($"the export '{path}' is a folder; name the files in it, each written by './fed audit export JOB --site DIR --json' at a site");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement, about = root.GetProperty("about")[0];
            return new SiteStatement(
                Text(about, "site"), Text(about, "job"), Hash(about, "plan"),
                [.. root.GetProperty("departures").EnumerateArray().Select(static row => new Departure(
                    At(row), Whole(row, "round"), Whole(row, "attempt"), Text(row, "purpose"), Text(row, "what"), Hash(row, "sha256"), row.GetProperty("bytes") is { ValueKind: JsonValueKind.Number } bytes ? bytes.GetInt64() : null, Hash(row, "base"), row.GetProperty("schema").GetString())
                {
                    Sites = row.GetProperty("sites") is { ValueKind: JsonValueKind.Array } sites ? [.. sites.EnumerateArray().Select(static site => site.GetString() ?? "")] : null,
                })],
                [.. root.GetProperty("receipts").EnumerateArray().Select(static row => new SiteReceipt(row.GetProperty("round").GetInt32(), row.GetProperty("committed").GetBoolean(), row.GetProperty("tookPart").GetBoolean(), Head(row)))])
            {
                Signature = Hash(about, "key") is { } key ? new StatementSignature(key, about.GetProperty("signature").GetBytesFromBase64()) : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new UserException($"'{path}' is no export of a site; one is written by './fed audit export JOB --site DIR --json' at the site", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new UserException($"the export '{path}' cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static SignedHead? Head(JsonElement row) => Hash(row, "head") is { } hash && Hash(row, "key") is { } key ? new SignedHead(Text(row, "log"), row.GetProperty("event").GetInt64(), hash, key, row.GetProperty("signature").GetBytesFromBase64()) : null;

    private static DateTimeOffset At(JsonElement row) => DateTimeOffset.ParseExact(Text(row, "at"), "yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static int? Whole(JsonElement row, string name) => row.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    private static Digest? Hash(JsonElement row, string name) => row.GetProperty(name).GetString() is { } text ? Digest.Parse(text) : null;
}
