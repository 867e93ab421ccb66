using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Host.Presentation;

namespace Fed.Host.Comparisons;

/// <summary><c>compare.json</c> and <c>outcome.json</c>, in the form of report.json.</summary>
internal static class ComparisonJson
{
    private static readonly ComparisonJsonContext Context = new(ReportJson.Options());

    /// <summary>The file's text, ending with a line feed.</summary>
    public static string Write(ComparisonReport report) => JsonSerializer.Serialize(report, Context.ComparisonReport) + "\n";

    /// <summary>The file's text, ending with a line feed.</summary>
    public static string Write(RunOutcome outcome) => JsonSerializer.Serialize(outcome, Context.RunOutcome) + "\n";

    /// <summary>Reads what was written; null where it is no outcome of this version, and the run is made again.</summary>
    public static RunOutcome? ReadOutcome(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Context.RunOutcome);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Reflection-free metadata.</summary>
[JsonSerializable(typeof(ComparisonReport))]
[JsonSerializable(typeof(RunOutcome))]
internal sealed partial class ComparisonJsonContext : JsonSerializerContext;
