using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fed.Actors.Protocol;

/// <summary>A job's name within a federation, for example <c>quickstart-1</c>.</summary>
[JsonConverter(typeof(IdJsonConverter<JobId>))]
public readonly record struct JobId(string Value) : IComparable<JobId>, IId<JobId>
{
    /// <summary>The longest that a job can be called.</summary>
    public const int LengthMax = 120;

    /// <summary>What a job can be called, as the end of a sentence.</summary>
    public static readonly string Form = $"1 to {LengthMax} of the characters a-z A-Z 0-9 _ . -, no dot at either end";

    /// <summary>The job as the name of a file or a folder. Whoever builds a path of a job takes this, so that no peer's word leads out of the folder.</summary>
    /// <exception cref="InvalidOperationException">No job can be called so.</exception>
    public string FileName => IsName(Value) ? Value : throw new InvalidOperationException($"no folder is named for a job that is not called by {Form}");

    /// <summary>True for what a job can be called: it is part of the names of logs, files and actors, and it may be anybody's word.</summary>
    public static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= LengthMax } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && text[0] != '.' && text[^1] != '.';

    /// <inheritdoc/>
    public static JobId From(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(JobId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A silo, named for its site: ordinal order is the order of every list that reaches an event or a sum.</summary>
[JsonConverter(typeof(IdJsonConverter<SiloId>))]
public readonly record struct SiloId(string Value) : IComparable<SiloId>, IId<SiloId>
{
    /// <inheritdoc/>
    public static SiloId From(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(SiloId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>One collection: which sum of which round, and which try at it. Every command, timer and effect carries it.</summary>
/// <param name="Round">0 is start-up.</param>
/// <param name="Attempt">From 1; rises with every try of the round, over all its sums.</param>
/// <param name="Sum">Name of the sum in the plan.</param>
public readonly record struct CollectionId(int Round, int Attempt, string Sum)
{
    /// <summary>Path-safe text, <c>3.1.training</c>, for the ids of effects.</summary>
    public override string ToString() => $"{Round}.{Attempt}.{Sum}";
}

/// <summary>An id that JSON writes as a plain string, also as a property name.</summary>
internal interface IId<TSelf>
    where TSelf : struct, IId<TSelf>
{
    /// <summary>The text of the id.</summary>
    string Value { get; }

    /// <summary>Wraps a text.</summary>
    static abstract TSelf From(string value);
}

internal sealed class IdJsonConverter<TId> : JsonConverter<TId>
    where TId : struct, IId<TId>
{
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TId.From(reader.GetString() ?? throw new JsonException("an id must be a string"));

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override TId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TId.From(reader.GetString() ?? throw new JsonException("an id must be a string"));

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);
}
