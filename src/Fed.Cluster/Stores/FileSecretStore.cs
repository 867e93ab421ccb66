namespace Fed.Cluster.Stores;

/// <summary>
/// A folder of secrets, a file each, readable by its owner only. A secret replaces the one before by a rename; an erased one is overwritten with zeros before its name goes, and leaves an empty file
/// of its name behind: its tombstone. On copy-on-write file systems and flash the old bytes may outlive this; keys of an attempt are of no use once its round is over. Thread-safe for different names.
/// </summary>
public sealed class FileSecretStore : ISecretStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Extension = ".secret", Tombstone = ".erased", Unfinished = ".unfinished";

    private readonly string _root;

    /// <summary>Opens a store; the folder is created when it is missing, for its owner only.</summary>
    public FileSecretStore(string root)
    {
        _root = Path.GetFullPath(root);
        DiskFileSystem.Instance.CreateDirectory(_root);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_root, OwnerOnly | UnixFileMode.UserExecute);
        foreach (string unfinished in Directory.EnumerateFiles(_root, "*" + Unfinished)) Wipe(unfinished);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. Directory.EnumerateFiles(_root, "*" + Extension).Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public byte[]? Read(string name) => File.Exists(PathOf(name, Tombstone)) || !File.Exists(PathOf(name, Extension)) ? null : File.ReadAllBytes(PathOf(name, Extension));

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<byte> secret)
    {
        if (File.Exists(PathOf(name, Tombstone))) throw new SecretErasedException($"the secrets '{name}' were erased: none are made under this name again");
        string unfinished = PathOf(name, Unfinished);
        using (FileStream file = Create(unfinished))
        {
            file.Write(secret);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, PathOf(name, Extension), overwrite: true);
        DiskFileSystem.Instance.SyncDirectory(_root);
    }

    /// <inheritdoc/>
    public void Erase(string name)
    {
        Create(PathOf(name, Tombstone)).Dispose();
        DiskFileSystem.Instance.SyncDirectory(_root);   // first the tombstone: a crash in between leaves a secret that is not read any more
        if (File.Exists(PathOf(name, Extension))) Wipe(PathOf(name, Extension));
        DiskFileSystem.Instance.SyncDirectory(_root);
    }

    private static void Wipe(string path)
    {
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write))
        {
            file.Write(new byte[file.Length]);
            file.Flush(flushToDisk: true);
        }

        File.Delete(path);
    }

    private static FileStream Create(string path)
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    private string PathOf(string name, string extension)
    {
        if (name.Length is 0 or > 200 || name[0] == '.' || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~'))
            throw new ArgumentException($"'{name}' is no name of a secret: use 1 to 200 of the characters a-z A-Z 0-9 _ . - ~", nameof(name));
        return Path.Combine(_root, name + extension);
    }
}
