namespace Fed.Learning.Data;

/// <summary>Which rows are for testing.</summary>
public abstract record SplitRule
{
    private protected SplitRule()
    {
    }

    /// <summary>Row i (0-based behind the header) when <c>i % Every == Offset</c>.</summary>
    /// <param name="Every">At least 2.</param>
    /// <param name="Offset">0 to Every - 1.</param>
    public sealed record EveryNth(int Every = 5, int Offset = 4) : SplitRule;

    /// <summary>Rows whose column says <c>test</c>; all others must say <c>train</c>.</summary>
    /// <param name="Name">The column.</param>
    public sealed record ByColumn(string Name) : SplitRule;
}

/// <summary>What the sites agreed on about their tables.</summary>
/// <param name="Columns">The declared columns; their order does not matter, features come in file order.</param>
/// <param name="Target">The column to predict: a number, or a class (0 .. classes-1, or a category).</param>
/// <param name="Split">Which rows are for testing.</param>
/// <param name="DefaultKind">Kind of columns that are not declared; null refuses them.</param>
/// <param name="DefaultMissing">Missing-value policy of columns that are not declared.</param>
/// <param name="Classes">Number of classes of the target; 0 when it is a number to be predicted as such.</param>
/// <param name="Event">For survival, where the target is a time: the column that says whether an event ended it (1) or it was censored (0), or a category of two, censored first. Else null.</param>
public sealed record DataSchema(
    ImmutableArray<ColumnSpec> Columns, string Target, SplitRule Split, ColumnKind? DefaultKind = ColumnKind.Numeric, MissingPolicy DefaultMissing = MissingPolicy.Error, int Classes = 0,
    string? Event = null);
