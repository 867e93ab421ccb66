using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>A real blob store over a disk that forgets what was not synced: opened anew, and so recovered by its own code, after each crash.</summary>
/// <param name="simulation">Decides what a crash leaves.</param>
/// <param name="open">Opens the store on a disk.</param>
public sealed class DiskBlobStore(ISimulation simulation, Func<IFileSystem, IBlobStore> open) : ISimulatedBlobStore
{
    private readonly SimulatedFileSystem _disk = new(simulation);

    /// <inheritdoc/>
    public StoreFaults Faults { get => _disk.Faults; set => _disk.Faults = value; }

    /// <inheritdoc/>
    public Action<FaultKind>? Struck { get => _disk.Struck; set => _disk.Struck = value; }

    /// <inheritdoc/>
    public Action<Digest>? Deleting { get; set; }

    /// <inheritdoc/>
    public SimulatedFileSystem Disk => _disk;

    private IBlobStore Store { get => field ??= Opened(); set; }

    /// <inheritdoc/>
    public IBlobWriter Create() => Store.Create();

    /// <inheritdoc/>
    public Stream OpenRead(Digest hash) => Store.OpenRead(hash);

    /// <inheritdoc/>
    public bool Contains(Digest hash) => Store.Contains(hash);

    /// <inheritdoc/>
    public long Length(Digest hash) => Store.Length(hash);

    /// <inheritdoc/>
    public void Delete(Digest hash)
    {
        if (Store.Contains(hash)) Deleting?.Invoke(hash);
        Store.Delete(hash);
    }

    /// <inheritdoc/>
    public IEnumerable<Digest> List() => Store.List();

    /// <inheritdoc/>
    public void Crash()
    {
        _disk.Crash();
        Store = Opened();
    }

    /// <summary>A process whose store cannot be opened does not start, and is started again until it can: here the disk works for so long.</summary>
    private IBlobStore Opened()
    {
        (StoreFaults faults, int? changes) = (_disk.Faults, _disk.ChangesUntilCrash);
        (_disk.Faults, _disk.ChangesUntilCrash) = (StoreFaults.None, null);
        try
        {
            return open(_disk);
        }
        finally
        {
            (_disk.Faults, _disk.ChangesUntilCrash) = (faults, changes);
        }
    }
}
