using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>A blob store on a simulated machine: in memory (<see cref="SimulatedBlobStore"/>), or a real store's code over a simulated disk (<see cref="DiskBlobStore"/>).</summary>
public interface ISimulatedBlobStore : IBlobStore
{
    /// <summary>What may go wrong.</summary>
    StoreFaults Faults { get; set; }

    /// <summary>Hears of each fault that strikes.</summary>
    Action<FaultKind>? Struck { get; set; }

    /// <summary>Hears of each blob that is deleted, before it is.</summary>
    Action<Digest>? Deleting { get; set; }

    /// <summary>The disk below; null for a store in memory.</summary>
    SimulatedFileSystem? Disk { get; }

    /// <summary>Stops the machine and starts it again.</summary>
    void Crash();
}

/// <summary>An inbox on a simulated machine.</summary>
public interface ISimulatedInbox : IInbox
{
    /// <summary>Names of what it holds, in part or whole.</summary>
    IReadOnlyCollection<string> Entries { get; }

    /// <summary>Stops the machine and starts it again.</summary>
    void Crash();
}
