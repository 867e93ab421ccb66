using System.Collections.Immutable;

namespace Fed.Host.Configuration;

/// <summary>The <c>simulation</c> block: sites on one machine. Each setting is explained in reference.conf.</summary>
/// <param name="DataFile">The CSV file, relative to the current folder or absolute.</param>
/// <param name="Partition">Which site a row belongs to.</param>
/// <param name="Split">Which rows are for testing.</param>
/// <param name="SiteNames">In the order of the partition's values; empty: derived from those values.</param>
/// <param name="SiteMissing">What a site without training rows does.</param>
/// <param name="Workers">Threads for local work, at least 1.</param>
/// <param name="ArrivalShuffleSeed">Shuffles the order of arrival; null leaves it.</param>
internal sealed record SimulationOptions(
    string DataFile,
    PartitionOptions Partition,
    SplitOptions Split,
    ImmutableArray<string> SiteNames,
    SiteMissing SiteMissing,
    int Workers,
    long? ArrivalShuffleSeed);

/// <summary>Which site a row belongs to.</summary>
internal abstract record PartitionOptions
{
    private PartitionOptions()
    {
    }

    /// <summary>Number of sites where the settings alone decide it.</summary>
    public virtual int? SiteCount => null;

    /// <summary>A file beside the data says it.</summary>
    /// <param name="Path">CSV, one line per row of the data.</param>
    /// <param name="Column">Its column with the site.</param>
    public sealed record FromFile(string Path, string Column) : PartitionOptions;

    /// <summary>A column of the data says it: one site per value.</summary>
    /// <param name="Name">The column.</param>
    public sealed record FromColumn(string Name) : PartitionOptions;

    /// <summary>Rows are dealt out evenly at random.</summary>
    /// <param name="Sites">At least 2.</param>
    /// <param name="Seed">Of the division.</param>
    public sealed record Iid(int Sites, long Seed) : PartitionOptions
    {
        /// <inheritdoc/>
        public override int? SiteCount => Sites;
    }

    /// <summary>Classes are dealt out by Dirichlet proportions.</summary>
    /// <param name="Sites">At least 2.</param>
    /// <param name="Alpha">Concentration, above 0.</param>
    /// <param name="Seed">Of the division.</param>
    public sealed record Dirichlet(int Sites, double Alpha, long Seed) : PartitionOptions
    {
        /// <inheritdoc/>
        public override int? SiteCount => Sites;
    }
}

internal enum PartitionSource
{
    File,
    Column,
    Iid,
    Dirichlet,
}

/// <summary>Which rows are for testing.</summary>
internal abstract record SplitOptions
{
    private SplitOptions()
    {
    }

    /// <summary>Row i (from 0) when i mod Every = Offset.</summary>
    /// <param name="Every">At least 2.</param>
    /// <param name="Offset">0 to Every - 1.</param>
    public sealed record EveryNth(int Every, int Offset) : SplitOptions;

    /// <summary>Rows whose column says <c>test</c>; the others say <c>train</c>.</summary>
    /// <param name="Name">The column.</param>
    public sealed record ByColumn(string Name) : SplitOptions;
}

/// <summary>What a site without training rows does.</summary>
internal enum SiteMissing
{
    /// <summary>Refuses the run.</summary>
    Fail,

    /// <summary>Leaves the federation before it starts.</summary>
    Drop,
}
