namespace Fed.Learning.Data;

/// <summary>All rows of a source, typed: what the partition divides among sites.</summary>
/// <param name="File">Its name in messages.</param>
/// <param name="Features">Names of the features after encoding (<c>livch=3+</c>), in order.</param>
/// <param name="All">All rows that were kept.</param>
/// <param name="Rows">For each kept row its index in the file, 0-based behind the header.</param>
/// <param name="Roles">For each kept row what it is for.</param>
/// <param name="Keys">The cells of the key columns, by column name; shape <c>[kept rows]</c>.</param>
/// <param name="FileRows">Rows in the file, dropped ones included.</param>
public sealed record DataTable(
    string File, ImmutableArray<string> Features, Matrix All, ImmutableArray<int> Rows, ImmutableArray<RowRole> Roles, ImmutableSortedDictionary<string, ImmutableArray<string>> Keys, int FileRows)
{
    /// <summary>What the columns mean; null for tables that were not read from a source.</summary>
    public FeatureSchema? Schema { get; init; }

    /// <summary>For each feature whether it is a quantity: a numeric column, and no category, letter or word. Shape <c>[features]</c>; empty when all are.</summary>
    public ImmutableArray<bool> IsQuantity { get; init; } = [];
}
