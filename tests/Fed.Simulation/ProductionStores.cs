using Fed.Cluster.Stores;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Stores;

namespace Fed.Simulation;

/// <summary>Production's blob store and inbox, on disks that forget what was not synced.</summary>
internal sealed class ProductionStores : FederationStores
{
    public static ProductionStores Instance { get; } = new();

    /// <summary>The stores that a scenario asks for; null for those in memory.</summary>
    public static ProductionStores? For(FederationScenario scenario) => scenario.IsOnDisks ? Instance : null;

    public override ISimulatedBlobStore Blobs(ISimulation simulation) => new DiskBlobStore(simulation, static disk => new FileBlobStore("/data/blobs", disk));

    public override ISimulatedInbox Inbox(ISimulation simulation) => new DiskInbox(simulation, static disk => new FileInbox("/data/inbox", disk));
}
