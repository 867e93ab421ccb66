namespace Fed.Learning.Data;

/// <summary>What the sites agreed on about their tables, and how one of them reads its own.</summary>
/// <param name="Columns">The declared columns; their order does not matter, features come in file order.</param>
/// <param name="Target">The column to predict: a number, or a class (0 .. classes-1, or a category).</param>
/// <param name="Split">Which rows are for testing; each site's own matter.</param>
/// <param name="DefaultKind">Kind of columns that are not declared; null refuses them.</param>
/// <param name="DefaultMissing">Missing-value policy of columns that are not declared.</param>
/// <param name="Classes">Number of classes of the target; 0 when it is a number to be predicted as such.</param>
/// <param name="Event">For survival, where the target is a time: the column that says whether an event ended it (1) or it was censored (0), or a category of two, censored first. Else null.</param>
public sealed record DataSchema(
    ImmutableArray<ColumnSpec> Columns, string Target, SplitRule Split, ColumnKind? DefaultKind = ColumnKind.Numeric, MissingPolicy DefaultMissing = MissingPolicy.Error, int Classes = 0,
    string? Event = null)
{
    /// <summary>Units that the site states for its columns beside the file (<c>age</c> in <c>years</c>); a header <c>age [years]</c> states one too. Those that the schema has must agree.</summary>
    public ImmutableSortedDictionary<string, string> Units { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
