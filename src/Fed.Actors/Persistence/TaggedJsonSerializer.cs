using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Fed.Actors.Persistence;

/// <summary>
/// Stores the cases of a closed event family as JSON under a tag and a version each. A tag is never renamed or given to another case; a version rises only when
/// old bytes would be misread, and the reader of the old version stays.
/// </summary>
public sealed class TaggedJsonSerializer<TEvent> : IEventSerializer<TEvent>
    where TEvent : notnull
{
    private readonly Dictionary<Type, Case> _byType = [];
    private readonly Dictionary<string, Case> _byTag = new(StringComparer.Ordinal);
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private sealed record Case(string Tag, int Version, JsonTypeInfo Info);

    /// <summary>Adds a case.</summary>
    /// <param name="tag">Its tag for ever.</param>
    /// <param name="info">Source-generated metadata of the case.</param>
    /// <param name="version">Its present version, from 1.</param>
    public TaggedJsonSerializer<TEvent> With<TCase>(string tag, JsonTypeInfo<TCase> info, int version = 1)
        where TCase : TEvent
    {
        Case added = new(tag, version, info);
        _byType.Add(typeof(TCase), added);
        _byTag.Add(tag, added);
        return this;
    }

    /// <summary>The newest version of a tag that this program reads; null for a tag that it does not know.</summary>
    public int? NewestVersion(string tag) => _byTag.TryGetValue(tag, out Case? known) ? known.Version : null;

    /// <summary>The tag of a case.</summary>
    public string TagOf<TCase>()
        where TCase : TEvent => _byType[typeof(TCase)].Tag;

    /// <inheritdoc/>
    public (string Tag, int Version) Describe(TEvent happened)
    {
        Case known = Of(happened);
        return (known.Tag, known.Version);
    }

    /// <inheritdoc/>
    public void Write(TEvent happened, IBufferWriter<byte> output)
    {
        Utf8JsonWriter writer = _writer ??= new Utf8JsonWriter(Stream.Null);
        writer.Reset(output);
        JsonSerializer.Serialize(writer, happened, Of(happened).Info);
        writer.Flush();
        writer.Reset(Stream.Null);
    }

    /// <inheritdoc/>
    public TEvent Read(string tag, int version, ReadOnlySpan<byte> payload)
    {
        if (!_byTag.TryGetValue(tag, out Case? known))
            throw new JournalFormatException($"the journal holds an event '{tag}' that this program does not know: it was written by a newer version");
        if (version > known.Version)
            throw new JournalFormatException($"the journal holds version {version} of '{tag}'; this program reads up to {known.Version}: use the version that wrote it, or a newer one");
        try
        {
            return (TEvent?)JsonSerializer.Deserialize(payload, known.Info) ?? throw new JournalFormatException($"event '{tag}' is empty");
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException)
        {
            throw new JournalFormatException($"event '{tag}' is damaged: {e.Message}", e);
        }
    }

    private Case Of(TEvent happened) =>
        _byType.TryGetValue(happened.GetType(), out Case? known)
            ? known
            : throw new ArgumentException($"{happened.GetType().Name} has no tag", nameof(happened));
}
