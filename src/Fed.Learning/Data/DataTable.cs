namespace Fed.Learning.Data;

/// <summary>A whole file, typed: what the partition divides among sites.</summary>
/// <param name="File">Its name in messages.</param>
/// <param name="Features">Names of the features after one-hot coding (<c>livch=3+</c>), in order.</param>
/// <param name="All">All rows that were kept.</param>
/// <param name="Rows">For each kept row its index in the file, 0-based behind the header.</param>
/// <param name="IsTest">For each kept row whether it is for testing.</param>
/// <param name="Keys">The cells of the key columns, by column name; shape <c>[kept rows]</c>.</param>
/// <param name="FileRows">Rows in the file, dropped ones included.</param>
public sealed record DataTable(
    string File, ImmutableArray<string> Features, Matrix All, ImmutableArray<int> Rows, ImmutableArray<bool> IsTest, ImmutableSortedDictionary<string, ImmutableArray<string>> Keys, int FileRows);
