using System.Collections.Immutable;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>
/// A disk that keeps only what it must. <see cref="Crash"/> brings every file back to its synced bytes or to something between them and the last write, and every name to its
/// synced state or the current one, as the seed decides: so code that forgets an fsync, or syncs in the wrong order, loses data here.
/// </summary>
/// <remarks>Operations are synchronous; slowness is modelled by <see cref="SimulatedWorkerPool"/>, on which they run.</remarks>
public sealed class SimulatedFileSystem(ISimulation simulation) : IFileSystem
{
    private readonly SortedDictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimulatedFile> _durableNames = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _durableFolders = new(StringComparer.Ordinal);

    /// <summary>What may go wrong.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Bytes that fit; writing beyond fails as on a full disk.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Stops the machine (<see cref="SimulatedCrashException"/>) in place of this many changes from now; null: never.</summary>
    public int? ChangesUntilCrash { get; set; }

    /// <summary>Crashes so far. What was open before a crash cannot be used after it.</summary>
    public int Generation { get; private set; }

    /// <summary>Bytes in all files.</summary>
    public long Used => _names.Values.Sum(static file => file.Length);

    /// <inheritdoc/>
    public IOpenFile Create(string path)
    {
        Change(path);
        RequireFolder(path);
        if (!_names.TryGetValue(path, out SimulatedFile? file)) _names[path] = file = new SimulatedFile();
        file.Truncate();
        return new OpenFile(this, file, path);
    }

    /// <inheritdoc/>
    public Stream OpenRead(string path) => _names.TryGetValue(path, out SimulatedFile? file)
        ? new MemoryStream(file.ToArray(), writable: false)
        : throw new FileNotFoundException($"there is no file '{path}'", path);

    /// <inheritdoc/>
    public long Length(string path) => _names.TryGetValue(path, out SimulatedFile? file) ? file.Length : -1;

    /// <inheritdoc/>
    public bool TryLink(string existing, string created)
    {
        Change(created);
        RequireFolder(created);
        if (!_names.TryGetValue(existing, out SimulatedFile? file) || _names.ContainsKey(created)) return false;
        _names[created] = file;
        return true;
    }

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        Change(to);
        RequireFolder(to);
        if (!_names.Remove(from, out SimulatedFile? file)) throw new FileNotFoundException($"there is no file '{from}'", from);
        _names[to] = file;
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (!_names.ContainsKey(path)) return;
        Change(path);
        _names.Remove(path);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (IsRoot(path) || _folders.Contains(path)) return;
        string parent = Path.GetDirectoryName(path)!;
        CreateDirectory(parent);
        Change(path);
        _folders.Add(path);
        SyncDirectory(parent);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        Change(path);
        if (!IsRoot(path) && !_folders.Contains(path)) throw new DirectoryNotFoundException($"there is no folder '{path}'");
        foreach (string gone in _durableNames.Keys.Where(name => IsIn(name, path) && !_names.ContainsKey(name)).ToArray()) _durableNames.Remove(gone);
        foreach ((string name, SimulatedFile file) in _names.Where(entry => IsIn(entry.Key, path))) _durableNames[name] = file;
        _durableFolders.UnionWith(_folders.Where(folder => IsIn(folder, path)));
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Files(string directory) => [.. _names.Keys.Where(name => IsIn(name, directory))];

    /// <inheritdoc/>
    public ImmutableArray<string> Directories(string directory) => [.. _folders.Where(folder => IsIn(folder, directory))];

    /// <summary>Stops the machine and starts it again with what the disk kept.</summary>
    public void Crash()
    {
        Generation++;
        ChangesUntilCrash = null;
        foreach (string folder in _folders.Where(folder => !_durableFolders.Contains(folder) && simulation.Chance(500)).ToArray()) _durableFolders.Add(folder);
        foreach (string name in _names.Keys.Union(_durableNames.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray())
        {
            if (simulation.Chance(500)) continue;   // the name as it was synced
            if (_names.TryGetValue(name, out SimulatedFile? current)) _durableNames[name] = current;
            else _durableNames.Remove(name);
        }
        foreach (string folder in _durableFolders.Where(folder => !IsReachable(folder)).ToArray()) _durableFolders.Remove(folder);
        foreach (string lost in _durableNames.Keys.Where(name => !IsReachable(name)).ToArray()) _durableNames.Remove(lost);
        foreach (SimulatedFile file in _durableNames.Values.Distinct()) file.Crash(simulation);
        _names.Clear();
        foreach ((string name, SimulatedFile file) in _durableNames) _names[name] = file;
        _folders.Clear();
        _folders.UnionWith(_durableFolders);
    }

    /// <summary>Flips one bit of a file, on the disk too, as a decaying medium would.</summary>
    public void Damage(string path, int offset) => _names[path].Damage(offset);

    private void Change(string path)
    {
        if (ChangesUntilCrash is int left)
        {
            if (left == 0) throw new SimulatedCrashException();
            ChangesUntilCrash = left - 1;
        }
        if (simulation.Chance(Faults.FailPermille)) throw new IOException($"cannot write '{path}': simulated input/output error");
    }

    private void RequireSpace(string path, long growth)
    {
        if (growth > 0 && (Faults.IsFull || Used + growth > Capacity)) throw new IOException($"cannot write '{path}': the disk is full; free some space and start again");
    }

    private void RequireFolder(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        if (folder is not null && !IsRoot(folder) && !_folders.Contains(folder)) throw new DirectoryNotFoundException($"there is no folder '{folder}'");
    }

    private bool IsReachable(string path) =>
        Path.GetDirectoryName(path) is not string folder || IsRoot(folder) || (_durableFolders.Contains(folder) && IsReachable(folder));

    private static bool IsIn(string path, string folder) => Path.GetDirectoryName(path) == folder;

    private static bool IsRoot(string path) => Path.GetDirectoryName(path) is null;

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
            file.Sync();
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
