namespace Fed.Learning.Data;

/// <summary>What the cells of a column are.</summary>
public enum ColumnKind
{
    /// <summary>A finite number.</summary>
    Numeric,

    /// <summary>A whole number; a feature as a numeric one is.</summary>
    Integer,

    /// <summary>One of the declared categories: one-hot, the first being the reference level without a feature of its own.</summary>
    Category,

    /// <summary>Divides the rows among sites or into train and test; no feature.</summary>
    Key,

    /// <summary>Not read.</summary>
    Ignore,
}

/// <summary>What an empty cell of a feature does. An empty target is an error, whatever its policy, unless the row is dropped.</summary>
public enum MissingPolicy
{
    /// <summary>Refused, with row and column.</summary>
    Error,

    /// <summary>Filled with the federated mean of the training rows.</summary>
    Mean,

    /// <summary>Filled with 0 (of a category: the reference level).</summary>
    Zero,

    /// <summary>The row is left out.</summary>
    DropRow,
}

/// <summary>One column as all sites declare it.</summary>
/// <param name="Name">As in the header line.</param>
/// <param name="Kind">What its cells are.</param>
/// <param name="Missing">What an empty cell does.</param>
/// <param name="Categories">The agreed categories in the agreed order, at least two; empty unless a category.</param>
public sealed record ColumnSpec(string Name, ColumnKind Kind, MissingPolicy Missing, ImmutableArray<string> Categories)
{
    /// <summary>A column without categories.</summary>
    public ColumnSpec(string name, ColumnKind kind, MissingPolicy missing = MissingPolicy.Error)
        : this(name, kind, missing, [])
    {
    }
}
