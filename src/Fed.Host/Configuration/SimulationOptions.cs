using System.Collections.Immutable;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Host.Configuration;

/// <summary>The <c>simulation</c> block: sites on one machine. Each setting is explained in reference.conf.</summary>
/// <param name="Source">Where the rows lie; files are relative to the current folder or absolute.</param>
/// <param name="Units">The units that the sites state for their columns beside the file.</param>
/// <param name="Partition">Which site a row belongs to.</param>
/// <param name="Shift">How the sites' features differ beyond what the partition does; null leaves them.</param>
/// <param name="Split">Which rows are for testing.</param>
/// <param name="Evaluate">On which held-out rows the rounds report.</param>
/// <param name="SiteNames">In the order of the partition's values; empty: derived from those values.</param>
/// <param name="SiteMissing">What a site without training rows does.</param>
/// <param name="Workers">Threads for local work, at least 1.</param>
/// <param name="ArrivalShuffleSeed">Shuffles the order of arrival; null leaves it.</param>
internal sealed record SimulationOptions(
    DataSource Source,
    ImmutableSortedDictionary<string, string> Units,
    PartitionSource Partition,
    FeatureShift? Shift,
    SplitRule Split,
    EvaluateChoice Evaluate,
    ImmutableArray<string> SiteNames,
    SiteMissing SiteMissing,
    int Workers,
    long? ArrivalShuffleSeed)
{
    /// <summary>What messages call the source.</summary>
    public string DataFile => Source.Name;

    /// <summary>Whether a federated run ends with its baselines: all rows pooled, and each site alone.</summary>
    public bool HasBaselines { get; init; } = true;

    /// <summary>How the sites start trainers, by id; a trainer that is not here is looked up in the node block.</summary>
    public ImmutableSortedDictionary<string, TrainerOptions> Trainers { get; init; } = ImmutableSortedDictionary.Create<string, TrainerOptions>(StringComparer.Ordinal);

    /// <summary>Number of sites where the settings alone decide it, else null.</summary>
    public int? SiteCount => Partition switch
    {
        PartitionSource.Iid iid => iid.Sites,
        PartitionSource.Dirichlet drawn => drawn.Sites,
        PartitionSource.Quantity drawn => drawn.Sites,
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

    /// <summary>Classes drawn with Dirichlet proportions.</summary>
    Dirichlet,

    /// <summary>Sizes of sites drawn from a Dirichlet distribution.</summary>
    Quantity,
}

/// <summary>On which held-out rows the rounds report.</summary>
internal enum EvaluateChoice
{
    /// <summary>The test rows: for results.</summary>
    Test,

    /// <summary>The validation rows: for choosing settings. The test rows stay unseen.</summary>
    Validation,
}

/// <summary>What a site without training rows does.</summary>
internal enum SiteMissing
{
    /// <summary>Refuses the run.</summary>
    Fail,

    /// <summary>Leaves the federation before it starts.</summary>
    Drop,
}
