using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fed.Learning.Data;

namespace Fed.Host.Data;

/// <summary>Prints what the sites would read.</summary>
/// <param name="reports">One a site.</param>
/// <param name="labels">Class labels in the order of the classes.</param>
/// <param name="schema">What the columns mean; gives units and the hash.</param>
internal sealed class DataReportView(ImmutableArray<DataReport> reports, ImmutableArray<string> labels, FeatureSchema? schema)
{
    private const int FeaturesShown = 40;
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A block for each site.</summary>
    public void WriteText(TextWriter output)
    {
        if (schema is not null) output.WriteLine($"schema {schema.Hash()}");
        foreach (DataReport site in reports)
        {
            output.WriteLine();
            output.WriteLine($"{site.Site}: {site.Train} training, {site.Validation} validation, {site.Test} test rows; {site.Features.Sum(static f => (long)f.Missing)} cells missing");
            if (!site.Classes.IsEmpty) output.WriteLine($"  classes: {string.Join(", ", site.Classes.Select((count, index) => $"{labels[index]} {count}"))}");
            FeatureSummary[] shown = [.. site.Target is null ? [] : new[] { site.Target }, .. site.Features.Take(FeaturesShown)];
            int width = Math.Max(7, shown.Max(static feature => feature.Feature.Length));
            output.WriteLine($"  {"column".PadRight(width)} {"present",8} {"missing",8} {"least",12} {"mean",12} {"greatest",12}");
            foreach (FeatureSummary feature in shown)
                output.WriteLine($"  {feature.Feature.PadRight(width)} {feature.Present,8} {feature.Missing,8} {Number(feature.Min),12} {Number(feature.Mean),12} {Number(feature.Max),12}{(Unit(feature.Feature) is { } unit ? " " + unit : "")}");
            if (site.Features.Length > FeaturesShown) output.WriteLine($"  and {site.Features.Length - FeaturesShown} more (--json has all)");
        }
    }

    /// <summary>One document.</summary>
    public string ToJson()
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("schemaSha256", schema?.Hash());
            json.WriteStartArray("sites");
            foreach (DataReport site in reports) Write(json, site);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void Write(Utf8JsonWriter json, DataReport site)
    {
        json.WriteStartObject();
        json.WriteString("site", site.Site);
        json.WriteNumber("train", site.Train);
        json.WriteNumber("validation", site.Validation);
        json.WriteNumber("test", site.Test);
        json.WriteStartObject("classes");
        for (int c = 0; c < site.Classes.Length; c++) json.WriteNumber(labels[c], site.Classes[c]);
        json.WriteEndObject();
        if (site.Target is { } target)
        {
            json.WritePropertyName("target");
            Write(json, target);
        }
        json.WriteStartArray("columns");
        foreach (FeatureSummary feature in site.Features) Write(json, feature);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, FeatureSummary feature)
    {
        json.WriteStartObject();
        json.WriteString("name", feature.Feature);
        if (Unit(feature.Feature) is { } unit) json.WriteString("unit", unit);
        json.WriteNumber("present", feature.Present);
        json.WriteNumber("missing", feature.Missing);
        foreach ((string name, double value) in (ReadOnlySpan<(string, double)>)[("min", feature.Min), ("mean", feature.Mean), ("max", feature.Max)])
        {
            if (double.IsNaN(value)) json.WriteNull(name);
            else json.WriteNumber(name, value);
        }
        json.WriteEndObject();
    }

    private string? Unit(string feature) => schema?.Columns.FirstOrDefault(column => column.Name == feature)?.Unit;

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("0.#####", CultureInfo.InvariantCulture);
}
