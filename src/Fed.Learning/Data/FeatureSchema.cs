using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fed.Learning.Data;

/// <summary>What the columns of a learning job mean, as its plan states it: units, ranges, categories and encodings. Every site compares it with what its own file came to, before the first round.</summary>
/// <param name="Columns">The columns that become features, in order, without those that are plain numbers: no unit, no range, no policy. Neighbours that are alike stand together as <c>x0..x783</c>.</param>
/// <param name="Target">The column to predict.</param>
/// <param name="Event">For survival the column of events; else null.</param>
public sealed record FeatureSchema(ImmutableArray<ColumnSpec> Columns, ColumnSpec Target, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ColumnSpec? Event)
{
    /// <summary>SHA-256 over canonical JSON, in hexadecimal.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, FeatureSchemaJson.Default.FeatureSchema)));

    /// <summary>From the columns of a file as the declared schema resolved them.</summary>
    internal static FeatureSchema Of(IEnumerable<ColumnSpec> features, ColumnSpec target, ColumnSpec? ended) => new(Joined(features), target, ended);

    /// <summary>The first difference to another schema, as part of a sentence; null when they agree.</summary>
    /// <param name="other">The plan's.</param>
    internal string? DifferenceTo(FeatureSchema other)
    {
        if (Hash() == other.Hash()) return null;
        Dictionary<string, string> theirs = other.All().ToDictionary(static column => column.Name, Json, StringComparer.Ordinal);
        foreach (ColumnSpec column in All())
        {
            if (!theirs.Remove(column.Name, out string? wanted)) return $"column '{column.Name}' is {Json(column)}, which the plan does not say";
            if (Json(column) != wanted) return $"column '{column.Name}' is {Json(column)}, but the plan says {wanted}";
        }
        return theirs.Count > 0 ? $"the plan has {theirs.First().Value}, which the file's columns do not come to" : "its columns stand in another order";
    }

    private static ImmutableArray<ColumnSpec> Joined(IEnumerable<ColumnSpec> features)
    {
        ImmutableArray<ColumnSpec>.Builder joined = ImmutableArray.CreateBuilder<ColumnSpec>();
        ColumnSpec? first = null, last = null;
        foreach (ColumnSpec? column in features.Append<ColumnSpec?>(null))
        {
            if (first is not null && (column is null || !IsAlike(first, column)))
            {
                if (!IsPlain(first)) joined.Add(first == last ? first : first with { Name = $"{first.Name}..{last!.Name}" });
                first = null;
            }
            first ??= column;
            last = column;
        }
        return joined.ToImmutable();
    }

    // Categories compare by reference within a record: columns of one pattern share them, others stand alone, which is fine.
    private static bool IsAlike(ColumnSpec a, ColumnSpec b) => a with { Name = b.Name } == b;

    private static bool IsPlain(ColumnSpec column) =>
        column is { Kind: ColumnKind.Numeric, Missing: MissingPolicy.Error, Unit: null, Min: null, Max: null };

    private static string Json(ColumnSpec column) => JsonSerializer.Serialize(column, FeatureSchemaJson.Default.ColumnSpec);

    private IEnumerable<ColumnSpec> All() => Event is null ? Columns.Append(Target) : Columns.Append(Target).Append(Event);
}

/// <summary>Source-generated JSON of the schema.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FeatureSchema))]
[JsonSerializable(typeof(SiteColumns))]
internal sealed partial class FeatureSchemaJson : JsonSerializerContext;
