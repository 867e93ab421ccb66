using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>Where the simulated federation keeps blobs. In memory, unless a program brings the stores of production over <see cref="DiskBlobStore"/> and <see cref="DiskInbox"/>: the test kit does not refer to them.</summary>
public class FederationStores
{
    /// <summary>In memory, with the durability of the real ones.</summary>
    public static FederationStores InMemory { get; } = new();

    /// <summary>A store for the blobs of one job at one identity.</summary>
    public virtual ISimulatedBlobStore Blobs(ISimulation simulation) => new SimulatedBlobStore(simulation);

    /// <summary>An inbox for one job in one process.</summary>
    public virtual ISimulatedInbox Inbox(ISimulation simulation) => new SimulatedInbox();
}
