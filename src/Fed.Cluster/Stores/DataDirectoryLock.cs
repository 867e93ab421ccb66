namespace Fed.Cluster.Stores;

/// <summary>An exclusive lock on an open file (flock, or a share mode on Windows): it cannot outlive its process.</summary>
internal static class DataDirectoryLock
{
    private const int WouldBlockLinux = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);

    public static IDisposable Take(DataDirectory data)
    {
        DiskFileSystem.Instance.CreateDirectory(data.Root);
        FileStream file;
        try
        {
            file = new FileStream(data.LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException failure) when (failure.HResult is WouldBlockLinux or WouldBlockMac or SharingViolation)
        {
            throw new DataDirectoryInUseException(
                $"the data directory '{data.Root}' is in use by {Owner(data.OwnerPath)}; wait for it to end, stop it, or name another directory with --data", failure);
        }
        try
        {
            File.WriteAllText(data.OwnerPath, $"{Environment.ProcessId}\n");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A file of its own: a locked one cannot be read by those who want to know.</summary>
    private static string Owner(string path) =>
        File.Exists(path) && int.TryParse(File.ReadAllText(path), out int processId) ? $"process {processId}" : "another process";
}
