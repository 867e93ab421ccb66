namespace Fed.Learning.Data;

/// <summary>Which site a row of a simulated federation belongs to.</summary>
public abstract record PartitionSource
{
    private protected PartitionSource()
    {
    }

    /// <summary>A CSV file with one line per row of the data (or per training row, where those come first; then test rows are dealt out in turn), and a column with the site. A column <c>row</c>, where there is one, must count the rows from 0.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Column">The column.</param>
    public sealed record FromFile(string Path, string Column) : PartitionSource;

    /// <summary>A key column of the data itself: one site per value.</summary>
    /// <param name="Name">The column, declared as a key.</param>
    public sealed record FromColumn(string Name) : PartitionSource;

    /// <summary>Rows dealt out evenly at random.</summary>
    /// <param name="Sites">At least 2.</param>
    /// <param name="Seed">Fixes the division.</param>
    public sealed record Iid(int Sites, long Seed) : PartitionSource;

    /// <summary>Rows at random, but sites of very different size: their shares are drawn from a symmetric Dirichlet distribution.</summary>
    /// <param name="Sites">At least 2.</param>
    /// <param name="Alpha">Concentration, above 0; the smaller, the more the sizes differ.</param>
    /// <param name="Seed">Fixes the division.</param>
    public sealed record Quantity(int Sites, double Alpha, long Seed) : PartitionSource;

    /// <summary>Each class dealt out in proportions drawn from a symmetric Dirichlet distribution: the smaller alpha, the more the sites differ.</summary>
    /// <param name="Sites">At least 2.</param>
    /// <param name="Alpha">Concentration, above 0.</param>
    /// <param name="Seed">Fixes the division.</param>
    /// <remarks>As in Hsu, Qi, Brown 2019, arXiv 1909.06335, but class by class, the usual variant. A target that is no class is cut into ten equal ranks first.</remarks>
    public sealed record Dirichlet(int Sites, double Alpha, long Seed) : PartitionSource;
}
