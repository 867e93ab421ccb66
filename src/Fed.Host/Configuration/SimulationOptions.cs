using System.Collections.Immutable;
using Fed.Learning.Data;

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
    PartitionSource Partition,
    SplitRule Split,
    ImmutableArray<string> SiteNames,
    SiteMissing SiteMissing,
    int Workers,
    long? ArrivalShuffleSeed)
{
    /// <summary>Number of sites where the settings alone decide it, else null.</summary>
    public int? SiteCount => Partition switch
    {
        PartitionSource.Iid iid => iid.Sites,
        PartitionSource.Dirichlet drawn => drawn.Sites,
        _ => null,
    };
}

/// <summary>Where the division into sites comes from, before its settings are read.</summary>
internal enum PartitionChoice
{
    /// <summary>A file beside the data.</summary>
    File,

    /// <summary>A key column of the data.</summary>
    Column,

    /// <summary>Drawn evenly.</summary>
    Iid,

    /// <summary>Drawn with Dirichlet proportions.</summary>
    Dirichlet,
}

/// <summary>What a site without training rows does.</summary>
internal enum SiteMissing
{
    /// <summary>Refuses the run.</summary>
    Fail,

    /// <summary>Leaves the federation before it starts.</summary>
    Drop,
}
