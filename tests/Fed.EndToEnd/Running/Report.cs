using System.Collections.Immutable;
using System.Text.Json;

namespace Fed.EndToEnd.Running;

/// <summary>A job's report.json.</summary>
internal sealed class Report(string data, string job = "quickstart-1")
{
    public JsonElement Root { get; } = Parse(Path.Combine(data, "jobs", job, "report.json"));

    /// <summary>Hash of the last model.</summary>
    public string FinalSha256 => Root.GetProperty("final").GetProperty("modelSha256").GetString()!;

    /// <summary>Hash of every round's model, in order.</summary>
    public ImmutableArray<string> RoundSha256 => [.. Root.GetProperty("rounds").EnumerateArray().Select(static round => round.GetProperty("modelSha256").GetString()!)];

    /// <summary>A figure.</summary>
    public double Number(string part, string name) => part.Split('.').Aggregate(Root, static (at, step) => at.GetProperty(step)).GetProperty(name).GetDouble();

    private static JsonElement Parse(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }
}
