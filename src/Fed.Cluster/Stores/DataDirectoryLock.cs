namespace Fed.Cluster.Stores;

/// <summary>An exclusive lock on an open file (flock, or a share mode on Windows): it cannot outlive its process.</summary>
internal static class DataDirectoryLock
{
    private const int WouldBlockLinux = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);

    public static IDisposable Take(DataDirectory data)
    {
        Directory.CreateDirectory(data.Root);
        FileStream file;
        try
        {
            file = new FileStream(data.LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException failure) when (failure.HResult is WouldBlockLinux or WouldBlockMac or SharingViolation)
        {
            throw new DataDirectoryInUseException($"the data directory '{data.Root}' is in use by {Owner(data.LockPath)}; wait for it to end, stop it, or name another directory with --data", failure);
        }
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId}\n"));
        return file;
    }

    private static string Owner(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return int.TryParse(reader.ReadLine(), out int processId) ? $"process {processId}" : "another process";
        }
        catch (IOException)   // Windows refuses even to read
        {
            return "another process";
        }
    }
}
