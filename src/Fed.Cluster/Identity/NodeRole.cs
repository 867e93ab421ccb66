namespace Fed.Cluster.Identity;

/// <summary>What a node may be in a federation; its certificates say so, and nobody else can.</summary>
public enum NodeRole
{
    /// <summary>Runs jobs and their rounds: the addresses <c>job</c> and <c>coordinator</c>.</summary>
    Coordinator,

    /// <summary>Sums contributions: <c>aggregator</c> and those of parts.</summary>
    Aggregator,

    /// <summary>A site: <c>silo/</c> and its name.</summary>
    Silo,
}
