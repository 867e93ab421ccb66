using Xunit;

namespace Fed.EndToEnd.Faults;

/// <summary>One cluster for the tests that leave it as it was, since its start takes longest; started when the first of them asks for it. Its job has two parts, so each part has an aggregator.</summary>
public sealed class SharedCluster : IDisposable
{
    private readonly Lazy<FaultyCluster> _cluster = new(static () => new FaultyCluster("job.rounds = 20", "job.aggregators = 2", "simulation.baselines = false"));

    /// <summary>The cluster; the test that asks is skipped where its servers are not installed.</summary>
    internal FaultyCluster Cluster => _cluster.Value;

    public void Dispose()
    {
        if (_cluster.IsValueCreated) _cluster.Value.Dispose();
    }
}

/// <summary>The tests that share a cluster: one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedClusterGroup : ICollectionFixture<SharedCluster>
{
    /// <summary>Its name.</summary>
    public const string Name = "shared cluster";
}
