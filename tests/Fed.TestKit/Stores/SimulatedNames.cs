using System.Collections.Immutable;

namespace Fed.TestKit.Stores;

/// <summary>
/// Folders and names as programs see them, as the disk has them, and the changes in between, in their order per folder. A crash keeps a beginning of each folder's unsynced changes; a move is kept
/// as a whole or not at all, as journaling file systems do it.
/// </summary>
internal sealed class SimulatedNames
{
    private readonly SortedDictionary<string, Folder> _folders = new(StringComparer.Ordinal);

    public IEnumerable<SimulatedFile> AllFiles => _folders.Values.SelectMany(static folder => folder.Names.Values).Distinct();

    public SimulatedFile? Find(string path) => FolderOf(path)?.Names.GetValueOrDefault(path);

    public bool HasFolder(string path) => IsRoot(path) || _folders.ContainsKey(path);

    public ImmutableArray<string> Files(string folder) => _folders.TryGetValue(folder, out Folder? found) ? [.. found.Names.Keys] : [];

    public ImmutableArray<string> Folders(string parent) => [.. _folders.Keys.Where(path => Path.GetDirectoryName(path) == parent)];

    public void Link(string path, SimulatedFile file)
    {
        Folder folder = Required(path);
        folder.Names[path] = file;
        folder.Unsynced.Add(new Change(path, file, Gone: null));
    }

    public void Move(string from, string to, SimulatedFile file)
    {
        Folder source = Required(from), target = Required(to);
        source.Names.Remove(from);
        target.Names[to] = file;
        Change move = new(to, file, from);
        target.Unsynced.Add(move);
        if (!ReferenceEquals(source, target)) source.Unsynced.Add(move);
    }

    public void Unlink(string path)
    {
        Folder folder = Required(path);
        folder.Names.Remove(path);
        folder.Unsynced.Add(new Change(Name: null, File: null, path));
    }

    public void AddFolder(string path)
    {
        Folder parent = Required(path);
        _folders.Add(path, new Folder());
        parent.Unsynced.Add(new Change(path, File: null, Gone: null));
    }

    public void Sync(string folder)
    {
        Folder synced = Of(folder);
        Apply(synced, synced.Unsynced.Count);
        synced.Unsynced.Clear();
    }

    /// <summary>Brings programs' view to what the disk kept.</summary>
    public void Crash(ISimulation simulation)
    {
        foreach (Folder folder in _folders.Values.ToArray()) Apply(folder, simulation.Below(folder.Unsynced.Count + 1));
        foreach ((string path, Folder folder) in _folders.ToArray())   // parents before children
        {
            bool isKept = IsRoot(path) || (FolderOf(path) is { } parent && parent.DurableFolders.Contains(path));
            if (!isKept) _folders.Remove(path);
            folder.Unsynced.Clear();
            folder.Names.Clear();
            foreach ((string name, SimulatedFile file) in folder.Durable) folder.Names[name] = file;
        }
    }

    private void Apply(Folder folder, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Change change = folder.Unsynced[i];
            if (change.IsDurable) continue;
            change.IsDurable = true;
            if (change.File is null && change.Name is not null) folder.DurableFolders.Add(change.Name);
            if (change.File is not null) Of(Path.GetDirectoryName(change.Name!)!).Durable[change.Name!] = change.File;
            if (change.Gone is not null) Forget(change);
        }
    }

    /// <summary>An old name goes: from the disk, and, with a move, from the unsynced changes that would bring it back.</summary>
    private void Forget(Change change)
    {
        Folder source = Of(Path.GetDirectoryName(change.Gone!)!);
        if (change.File is null || (source.Durable.TryGetValue(change.Gone!, out SimulatedFile? file) && ReferenceEquals(file, change.File))) source.Durable.Remove(change.Gone!);
        if (change.File is null) return;
        foreach (Change made in source.Unsynced)
        {
            if (made.Name == change.Gone && ReferenceEquals(made.File, change.File)) made.IsDurable = true;
        }
    }

    private Folder Required(string path) => FolderOf(path) ?? throw new DirectoryNotFoundException($"there is no folder '{Path.GetDirectoryName(path)}'");

    private Folder? FolderOf(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? throw new ArgumentException($"'{path}' names no file or folder below a root", nameof(path));
        return HasFolder(folder) ? Of(folder) : null;
    }

    private Folder Of(string folder)
    {
        if (!_folders.TryGetValue(folder, out Folder? found)) _folders[folder] = found = new Folder();
        return found;
    }

    private static bool IsRoot(string path) => Path.GetDirectoryName(path) is null;

    private sealed class Folder
    {
        public SortedDictionary<string, SimulatedFile> Names { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, SimulatedFile> Durable { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> DurableFolders { get; } = new(StringComparer.Ordinal);

        public List<Change> Unsynced { get; } = [];
    }

    /// <summary>A name for a file, a name for a folder (no file), an end of a name, or a move: both at once.</summary>
    private sealed record Change(string? Name, SimulatedFile? File, string? Gone)
    {
        public bool IsDurable { get; set; }
    }
}
