using System.Text.Json;

namespace Fed.Learning.Data;

/// <summary>What a site tells of its data before there is a plan: the names of its features in order and what the columns mean. No value, no count.</summary>
/// <param name="Features">Names, in order.</param>
/// <param name="Schema">What the columns mean; null where nobody stated it.</param>
public sealed record SiteColumns(ImmutableArray<string> Features, FeatureSchema? Schema)
{
    /// <summary>Those of a site's rows.</summary>
    public static SiteColumns Of(SiteData site) => new(site.Features, site.Schema);

    /// <summary>JSON; the same columns give the same bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, FeatureSchemaJson.Default.SiteColumns);

    /// <summary>Reads what a site has told.</summary>
    /// <exception cref="DataException">The bytes are no such thing.</exception>
    public static SiteColumns FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            SiteColumns? read = JsonSerializer.Deserialize(json, FeatureSchemaJson.Default.SiteColumns);
            return read is { Features.IsDefaultOrEmpty: false } ? read : throw new DataException("a site tells of no features.");
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException)
        {
            throw new DataException($"what a site tells of its columns cannot be read: {damaged.Message}", damaged);
        }
    }

    /// <summary>The first difference to another site's, as part of a sentence; null where they agree.</summary>
    public string? DifferenceTo(SiteColumns other)
    {
        if (!Features.SequenceEqual(other.Features, StringComparer.Ordinal)) return $"its features are {Shown(Features)} and not {Shown(other.Features)}";
        return (Schema, other.Schema) is ({ } own, { } theirs) ? own.DifferenceTo(theirs) : null;
    }

    private static string Shown(ImmutableArray<string> features) => features.Length <= 5 ? string.Join(", ", features) : $"{string.Join(", ", features.Take(5))} and {features.Length - 5} others";
}
