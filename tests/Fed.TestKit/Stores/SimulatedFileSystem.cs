using System.Collections.Immutable;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>
/// A disk that keeps only what it must. At a <see cref="Crash"/>, pages that were not synced are there, gone or torn, and so are names whose folder was not synced (created, moved or deleted files,
/// created folders), as the seed decides: code that forgets an fsync, or syncs in the wrong order, loses data here. <see cref="IgnoredSyncs"/> makes the disk lie, to see that somebody notices.
/// </summary>
/// <remarks>Operations are synchronous; slowness is modelled by <see cref="SimulatedWorkerPool"/>, on which they run.</remarks>
public sealed class SimulatedFileSystem(ISimulation simulation) : IFileSystem
{
    private readonly SimulatedNames _names = new();

    /// <summary>What may go wrong.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Hears of each fault that strikes.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>Bytes that fit; writing beyond fails as on a full disk.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Syncs that return without having done anything: as if the call were missing in the program.</summary>
    public SyncKinds IgnoredSyncs { get; set; }

    /// <summary>Stops the machine (<see cref="SimulatedCrashException"/>) in place of this many changes from now; null: never.</summary>
    public int? ChangesUntilCrash { get; set; }

    /// <summary>Crashes so far. What was open before a crash cannot be used after it.</summary>
    public int Generation { get; private set; }

    /// <summary>Changes so far: writes, syncs, names.</summary>
    public long Changes { get; private set; }

    /// <summary>Bytes in all files.</summary>
    public long Used => _names.AllFiles.Sum(static file => file.Length);

    /// <inheritdoc/>
    public IOpenFile Create(string path)
    {
        Change(path);
        SimulatedFile? file = _names.Find(path);
        if (file is null) _names.Link(path, file = new SimulatedFile());
        file.CutTo(0);
        return new OpenFile(this, file, path);
    }

    /// <inheritdoc/>
    public Stream OpenRead(string path) => new MemoryStream(Required(path).ToArray(), writable: false);

    /// <inheritdoc/>
    public long Length(string path) => _names.Find(path)?.Length ?? -1;

    /// <inheritdoc/>
    public bool TryLink(string existing, string created)
    {
        Change(created);
        if (_names.Find(existing) is not { } file || _names.Find(created) is not null) return false;
        _names.Link(created, file);
        return true;
    }

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        Change(to);
        _names.Move(from, to, Required(from));
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (_names.Find(path) is null) return;
        Change(path);
        _names.Unlink(path);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (_names.HasFolder(path)) return;
        string parent = Path.GetDirectoryName(path)!;
        CreateDirectory(parent);
        Change(path);
        _names.AddFolder(path);
        SyncDirectory(parent);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        Change(path);
        if (!_names.HasFolder(path)) throw new DirectoryNotFoundException($"there is no folder '{path}'");
        if (!IgnoredSyncs.HasFlag(SyncKinds.Directories)) _names.Sync(path);
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Files(string directory) => _names.Files(directory);

    /// <inheritdoc/>
    public ImmutableArray<string> Directories(string directory) => _names.Folders(directory);

    /// <summary>Stops the machine and starts it again with what the disk kept.</summary>
    public void Crash()
    {
        Generation++;
        ChangesUntilCrash = null;
        _names.Crash(simulation);
        foreach (SimulatedFile file in _names.AllFiles.ToArray()) file.Crash(simulation);
    }

    /// <summary>Flips one bit of a file, on the disk too, as a decaying medium would.</summary>
    public void Damage(string path, int offset) => Required(path).Damage(offset);

    /// <summary>Opens a file as it is and cuts it to a length, as the recovery of a log does.</summary>
    internal IOpenFile Reopen(string path, int length)
    {
        SimulatedFile file = Required(path);
        file.CutTo(length);
        return new OpenFile(this, file, path);
    }

    private SimulatedFile Required(string path) => _names.Find(path) ?? throw new FileNotFoundException($"there is no file '{path}'", path);

    private void Change(string path)
    {
        if (ChangesUntilCrash is int left)
        {
            if (left == 0) throw new SimulatedCrashException();
            ChangesUntilCrash = left - 1;
        }

        if (simulation.Chance(Faults.FailPermille))
        {
            Struck?.Invoke(FaultKind.DiskFailure);
            throw new IOException($"cannot write '{path}': simulated input/output error");
        }

        Changes++;
    }

    private void RequireSpace(string path, long growth)
    {
        if (growth <= 0 || (!Faults.IsFull && (Capacity == long.MaxValue || Used + growth <= Capacity))) return;
        throw new IOException($"cannot write '{path}': the disk is full; free some space and start again");
    }

    private sealed class OpenFile(SimulatedFileSystem disk, SimulatedFile file, string path) : IOpenFile
    {
        private readonly int _generation = disk.Generation;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            RequireAlive();
            disk.Change(path);
            disk.RequireSpace(path, offset + bytes.Length - file.Length);
            file.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> destination)
        {
            RequireAlive();
            return file.Read(offset, destination);
        }

        public void Sync()
        {
            RequireAlive();
            disk.Change(path);
            if (!disk.IgnoredSyncs.HasFlag(SyncKinds.Files)) file.Sync();
        }

        public void Dispose()
        {
        }

        private void RequireAlive()
        {
            if (_generation != disk.Generation) throw new SimulatedCrashException();
        }
    }
}
