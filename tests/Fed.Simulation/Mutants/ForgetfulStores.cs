using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Stores;

namespace Fed.Simulation.Mutants;

/// <summary>Production's stores on disks that lie about a kind of sync: as if it were missing in their code.</summary>
internal sealed class ForgetfulStores(SyncKinds leftOut) : FederationStores
{
    public override ISimulatedBlobStore Blobs(ISimulation simulation)
    {
        ISimulatedBlobStore store = ProductionStores.Instance.Blobs(simulation);
        store.Disk!.IgnoredSyncs = leftOut;
        return store;
    }

    public override ISimulatedInbox Inbox(ISimulation simulation) => ProductionStores.Instance.Inbox(simulation);
}
