using System.Text.Json.Serialization;

namespace Fed.Learning.Data;

/// <summary>What the cells of a column are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ColumnKind>))]
public enum ColumnKind
{
    /// <summary>A finite number.</summary>
    [JsonStringEnumMemberName("numeric")]
    Numeric,

    /// <summary>A whole number; a feature as a numeric one is.</summary>
    [JsonStringEnumMemberName("integer")]
    Integer,

    /// <summary>One of the declared categories: one-hot, the first being the reference level without a feature of its own.</summary>
    [JsonStringEnumMemberName("category")]
    Category,

    /// <summary>A fixed number of letters of an agreed alphabet, as <see cref="ColumnSpec.Text"/> says.</summary>
    [JsonStringEnumMemberName("letters")]
    Letters,

    /// <summary>A text whose words become hashed token ids, as <see cref="ColumnSpec.Text"/> says.</summary>
    [JsonStringEnumMemberName("words")]
    Words,

    /// <summary>Divides the rows among sites or into training, validation and test rows; no feature.</summary>
    [JsonStringEnumMemberName("key")]
    Key,

    /// <summary>Not read.</summary>
    [JsonStringEnumMemberName("ignore")]
    Ignore,
}

/// <summary>What an empty cell of a feature does. An empty target is an error, whatever its policy, unless the row is dropped.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MissingPolicy>))]
public enum MissingPolicy
{
    /// <summary>Refused, with row and column.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    /// <summary>Filled with the federated mean of the training rows.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>Filled with 0 (of a category: the reference level; of letters and words: padding).</summary>
    [JsonStringEnumMemberName("zero")]
    Zero,

    /// <summary>The row is left out.</summary>
    [JsonStringEnumMemberName("drop-row")]
    DropRow,
}

/// <summary>What a number outside its column's range does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutOfRangePolicy>))]
public enum OutOfRangePolicy
{
    /// <summary>Refused, with row and column.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    /// <summary>Counts as an empty cell; then <see cref="MissingPolicy"/> decides.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}

/// <summary>One column as all sites declare it.</summary>
/// <param name="Name">As in the header line, without a unit. A name that ends in <c>*</c> stands for every column that begins so and is not declared itself.</param>
/// <param name="Kind">What its cells are.</param>
/// <param name="Missing">What an empty cell does; of a key only whether the row is dropped.</param>
/// <param name="Categories">The agreed categories in the agreed order, at least two; empty unless a category.</param>
[method: JsonConstructor]
public sealed record ColumnSpec(string Name, ColumnKind Kind, MissingPolicy Missing, ImmutableArray<string> Categories)
{
    /// <summary>A column without categories.</summary>
    public ColumnSpec(string name, ColumnKind kind, MissingPolicy missing = MissingPolicy.Error)
        : this(name, kind, missing, [])
    {
    }

    /// <summary>The agreed categories; empty unless a category.</summary>
    public ImmutableArray<string> Categories { get; init; } = Categories.IsDefault ? [] : Categories;

    /// <summary>The unit of its numbers, such as <c>years</c>; null where none is agreed. A file that states another one is refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    /// <summary>The least possible number; null for no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Min { get; init; }

    /// <summary>The greatest possible number; null for no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Max { get; init; }

    /// <summary>What a number below <see cref="Min"/> or above <see cref="Max"/> does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OutOfRangePolicy OutOfRange { get; init; }

    /// <summary>How letters or words become numbers; null for every other kind.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextEncoding? Text { get; init; }

    /// <summary>True for a column that becomes features.</summary>
    [JsonIgnore]
    public bool IsFeature => Kind is not (ColumnKind.Key or ColumnKind.Ignore);

    /// <summary>True for the name of several columns.</summary>
    [JsonIgnore]
    public bool IsPattern => Name.EndsWith('*');
}
