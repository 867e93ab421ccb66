namespace Fed.Actors.Ports;

/// <summary>
/// Files with durability spelled out: bytes are on the disk after <see cref="IOpenFile.Sync"/>, names (creation, move, deletion of files) after <see cref="SyncDirectory"/> of their folder.
/// The simulated one forgets whatever was not synced. Synchronous: called from worker jobs only. Paths are absolute.
/// </summary>
public interface IFileSystem
{
    /// <summary>Creates a file, or empties the one that is there, for writing and reading.</summary>
    IOpenFile Create(string path);

    /// <summary>Opens a file for reading; it stays readable for this stream when it is deleted meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    Stream OpenRead(string path);

    /// <summary>Length in bytes, or -1 where there is no such file.</summary>
    long Length(string path);

    /// <summary>Renames a file atomically, replacing the target.</summary>
    void Move(string from, string to);

    /// <summary>Gives a file a second name, so that its bytes are in two folders without being copied. False where the file system cannot (another disk, no links).</summary>
    bool TryLink(string existing, string created);

    /// <summary>Deletes a file; nothing happens where there is none.</summary>
    void Delete(string path);

    /// <summary>Creates a folder and its parents where they are missing; the names of those it created are durable on return.</summary>
    void CreateDirectory(string path);

    /// <summary>Makes the names in a folder durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Full paths of the files in a folder, in ordinal order; none where there is no such folder.</summary>
    ImmutableArray<string> Files(string directory);

    /// <summary>Full paths of the folders in a folder, in ordinal order; none where there is no such folder.</summary>
    ImmutableArray<string> Directories(string directory);
}

/// <summary>A file open for writing.</summary>
public interface IOpenFile : IDisposable
{
    /// <summary>Writes all bytes at an offset; the file grows as needed.</summary>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads at an offset; returns how many bytes there were, 0 at the end.</summary>
    int Read(long offset, Span<byte> destination);

    /// <summary>Makes the file's bytes durable.</summary>
    /// <exception cref="IOException">The disk is full or failed: what was written is in doubt.</exception>
    void Sync();
}
