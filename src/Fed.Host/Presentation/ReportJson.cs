using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Fed.Host.Presentation;

/// <summary><c>report.json</c>: indented, camelCase, declared order, UTF-8, line feeds; the same report gives the same bytes on every machine.</summary>
internal static class ReportJson
{
    private static readonly ReportJsonContext Context = new(Options());

    /// <summary>How reports are written: fresh, since a context takes its options over.</summary>
    internal static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),   // letters of all languages stay readable; <, >, & and quotes are still escaped
        Converters = { new FiniteOrNullConverter() },
    };

    /// <summary>The file's text, ending with a line feed. Non-finite numbers are written as null: JSON has no other way to say "undefined".</summary>
    public static string Write(RunReport report) => JsonSerializer.Serialize(report, Context.RunReport) + "\n";

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not a report, or one of a newer format.</exception>
    public static RunReport Read(string json)
    {
        RunReport report = JsonSerializer.Deserialize(json, Context.RunReport) ?? throw new JsonException("the report is empty (null)");
        return report.Format <= RunReport.CurrentFormat
            ? report
            : throw new JsonException($"the report has format {report.Format}, this version of fed reads up to {RunReport.CurrentFormat}: use a newer fed");
    }

    private sealed class FiniteOrNullConverter : JsonConverter<double?>
    {
        public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? null : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
        {
            if (value is { } number && double.IsFinite(number)) writer.WriteNumberValue(number);
            else writer.WriteNullValue();
        }
    }
}

/// <summary>Reflection-free metadata of the report.</summary>
[JsonSerializable(typeof(RunReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
