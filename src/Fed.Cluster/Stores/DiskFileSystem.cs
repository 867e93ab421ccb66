using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fed.Cluster.Stores;

/// <summary>The operating system's files. A full disk becomes a sentence that says what to do; any other failure keeps the system's words.</summary>
public sealed partial class DiskFileSystem : IFileSystem
{
    private const int NoSpaceUnix = 28, FileTooBigUnix = 27, QuotaUnix = 122, NoSpaceWindows = unchecked((int)0x80070070);

    /// <summary>The one instance: it has no state.</summary>
    public static DiskFileSystem Instance { get; } = new();

    private DiskFileSystem()
    {
    }

    /// <inheritdoc/>
    public IOpenFile Create(string path) => Explain(path, () => new DiskFile(path));

    /// <inheritdoc/>
    public Stream OpenRead(string path) =>
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    /// <inheritdoc/>
    public long Length(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : -1;
    }

    /// <inheritdoc/>
    public void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public bool TryLink(string existing, string created) => !OperatingSystem.IsWindows() && Link(existing, created) == 0;

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (File.Exists(path)) File.Delete(path);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path)) return;
        string? parent = Path.GetDirectoryName(path);
        if (parent is not null) CreateDirectory(parent);
        Explain(path, () => Directory.CreateDirectory(path));
        if (parent is not null) SyncDirectory(parent);
    }

    /// <inheritdoc/>
    /// <remarks>Windows writes names through by itself and cannot open a folder for this: nothing is done there.</remarks>
    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        int descriptor = OpenDirectory(path, flags: 0);   // O_RDONLY
        if (descriptor < 0)
            throw new IOException($"cannot open the folder '{path}' to make its names durable: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        Explain(path, () => RandomAccess.FlushToDisk(folder));
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Files(string directory) => Sorted(directory, Directory.EnumerateFiles);

    /// <inheritdoc/>
    public ImmutableArray<string> Directories(string directory) => Sorted(directory, Directory.EnumerateDirectories);

    private static ImmutableArray<string> Sorted(string directory, Func<string, IEnumerable<string>> list) =>
        Directory.Exists(directory) ? [.. list(directory).Order(StringComparer.Ordinal)] : [];

    private static void Explain(string path, Action act) => Explain(path, () => { act(); return true; });

    private static TResult Explain<TResult>(string path, Func<TResult> act)
    {
        try
        {
            return act();
        }
        catch (IOException failure) when (failure.HResult is NoSpaceUnix or FileTooBigUnix or QuotaUnix or NoSpaceWindows)
        {
            throw Full(path, failure);
        }
    }

    private static IOException Full(string path, IOException failure) =>
        new($"cannot write '{path}': the disk is full or its quota is used up; free some space and start again", failure);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string created);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenDirectory(string path, int flags);

    private sealed class DiskFile(string path) : IOpenFile
    {
        private readonly SafeFileHandle _handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                RandomAccess.Write(_handle, bytes, offset);
            }
            catch (IOException failure) when (failure.HResult is NoSpaceUnix or FileTooBigUnix or QuotaUnix or NoSpaceWindows)
            {
                throw Full(path, failure);
            }
        }

        public int Read(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);

        public void Sync() => Explain(path, () => RandomAccess.FlushToDisk(_handle));

        public void Dispose() => _handle.Dispose();
    }
}
