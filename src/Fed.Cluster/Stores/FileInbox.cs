namespace Fed.Cluster.Stores;

/// <summary>
/// Contributions on their way in, one file each, never synced: a crash loses them and the silos' outboxes give them again, so opening the inbox empties it.
/// Memory is one bit per piece and entry. Thread-safe.
/// </summary>
public sealed class FileInbox : IInbox
{
    private readonly IFileSystem _files;
    private readonly string _root;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, FileInboxEntry> _entries = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Opens an empty inbox; files of an earlier run are deleted.</summary>
    /// <param name="root">Folder of the inbox; nothing else lives in it.</param>
    /// <param name="files">The file system; the operating system's when null.</param>
    public FileInbox(string root, IFileSystem? files = null)
    {
        _files = files ?? DiskFileSystem.Instance;
        _root = Path.GetFullPath(root);
        _files.CreateDirectory(_root);
        foreach (string leftover in _files.Files(_root)) _files.Delete(leftover);
    }

    /// <inheritdoc/>
    /// <remarks>An id that is opened with another hash or length starts anew. Several handles of one entry share what has arrived.</remarks>
    public IInboxEntry Open(string entryId, Digest hash, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (_gate)
        {
            if (_entries.TryGetValue(entryId, out FileInboxEntry? entry) && entry.Is(hash, length)) return entry.Handle();
            entry?.Remove();
            entry = new FileInboxEntry(_files, Path.Combine(_root, $"{++_count}.entry"), hash, length);
            _entries[entryId] = entry;
            return entry.Handle();
        }
    }

    /// <summary>
    /// Takes a contribution over from a file on the same disk by giving the file a second name, then verifies its hash: what the silo's outbox made durable is not written again.
    /// </summary>
    /// <returns>True when the entry is complete; false where the file cannot be linked or does not have the hash, and then nothing has changed.</returns>
    public bool TryAdopt(string entryId, string file, Digest hash, long length)
    {
        FileInboxEntry entry;
        lock (_gate)
        {
            if (_entries.TryGetValue(entryId, out FileInboxEntry? known) && known.Is(hash, length)) return known.IsVerified;
            entry = new FileInboxEntry(_files, Path.Combine(_root, $"{++_count}.entry"), hash, length);
        }

        if (!entry.Adopt(file)) return false;
        lock (_gate)
        {
            if (_entries.TryGetValue(entryId, out FileInboxEntry? meanwhile)) meanwhile.Remove();
            _entries[entryId] = entry;
        }

        return true;
    }

    /// <inheritdoc/>
    public Stream? OpenRead(string entryId, Digest hash, long length)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(entryId, out FileInboxEntry? entry) && entry.Is(hash, length) ? entry.OpenRead() : null;
        }
    }

    /// <inheritdoc/>
    public void Discard(string prefix)
    {
        lock (_gate)
        {
            foreach ((string id, FileInboxEntry entry) in _entries.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            {
                entry.Remove();
                _entries.Remove(id);
            }
        }
    }
}
