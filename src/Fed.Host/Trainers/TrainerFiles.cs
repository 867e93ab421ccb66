using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Fed.Host.Trainers;

/// <summary>
/// The files of a trainer, read once: what is hashed is what is written to where the process runs, so that nothing can be exchanged between the check and the start.
/// </summary>
/// <remarks>
/// The hash of a single file is its SHA-256. Of several files or folders it is the SHA-256 of their list as sha256sum prints it, sorted by name; folders keep their own name, and
/// <c>__pycache__</c> is left out.
/// </remarks>
internal sealed class TrainerFiles
{
    private const int CountMax = 5_000;
    private const long BytesMax = 512L << 20;

    private readonly ImmutableArray<(string Name, byte[] Content, UnixFileMode Mode)> _files;

    private TrainerFiles(ImmutableArray<(string Name, byte[] Content, UnixFileMode Mode)> files, bool isSingle)
    {
        _files = files;
        Sha256 = isSingle ? Hash(files[0].Content) : Hash(Encoding.UTF8.GetBytes(string.Concat(files.Select(static file => $"{Hash(file.Content)}  {file.Name}\n"))));
    }

    /// <summary>64 hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Names relative to where the process runs, with slashes, in ordinal order.</summary>
    public IEnumerable<string> Names => _files.Select(static file => file.Name);

    /// <summary>Reads files and folders.</summary>
    /// <exception cref="IOException">One is missing, unreadable or too large, or two have one name.</exception>
    public static TrainerFiles Read(ImmutableArray<string> paths)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string top = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            bool isFolder = Directory.Exists(path);
            if (!isFolder && !File.Exists(path)) throw new IOException($"the trainer's file '{path}' does not exist");
            IEnumerable<string> files = isFolder ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(static file => !file.Replace('\\', '/').Contains("/__pycache__/", StringComparison.Ordinal)) : [path];
            foreach (string file in files)
            {
                string name = isFolder ? $"{top}/{Path.GetRelativePath(path, file).Replace('\\', '/')}" : top;
                if (!found.TryAdd(name, file)) throw new IOException($"two of the trainer's files are called '{name}'; give one of them another name");
                if (found.Count > CountMax) throw new IOException($"the trainer has more than {CountMax} files; name the files that it needs, not the folder around them");
            }
        }

        if (found.Count == 0) throw new IOException("the trainer has no files; name at least one");
        long bytes = found.Values.Sum(static file => new FileInfo(file).Length);
        if (bytes > BytesMax) throw new IOException($"the trainer's files have {bytes} bytes together; {BytesMax} are possible");
        return new TrainerFiles(
            [.. found.Select(static file => (file.Key, File.ReadAllBytes(file.Value), OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file.Value)))], isSingle: paths.Length == 1 && !Directory.Exists(paths[0]));
    }

    /// <summary>Writes them below an empty folder, for their owner only.</summary>
    public void WriteTo(string folder)
    {
        foreach ((string name, byte[] content, UnixFileMode mode) in _files)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | (mode & UnixFileMode.UserExecute));
        }
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
