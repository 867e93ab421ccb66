namespace Fed.Learning.Data;

/// <summary>Opens files of data; what goes wrong is the user's to mend and says so.</summary>
internal static class DataFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">It is missing or cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);   // readers bring their own buffers
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException(Directory.Exists(path) ? $"{path} is a folder; name a file in it." : e is FileNotFoundException or DirectoryNotFoundException
                ? $"data file {path} does not exist; check the path, which is relative to the configuration file."
                : $"data file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A whole file, up to a limit.</summary>
    /// <exception cref="DataException">It is missing, cannot be read, or is larger than the limit.</exception>
    public static byte[] ReadAll(string path, long bytesMax)
    {
        using FileStream stream = Open(path);
        try
        {
            if (stream.Length > bytesMax) throw new DataException($"data file {path} has {stream.Length} bytes; at most {bytesMax} are read.");
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw new DataException($"data file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The files of a folder and the folders below it, in ordinal order of their relative names with <c>/</c>.</summary>
    /// <exception cref="DataException">The folder is missing or cannot be read.</exception>
    public static ImmutableArray<string> List(string folder, Func<string, bool> take)
    {
        if (!Directory.Exists(folder)) throw new DataException($"data folder {folder} does not exist; check the path, which is relative to the configuration file.");
        try
        {
            return
            [
                .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                    .Where(take)
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"data folder {folder} cannot be read: {e.Message}", e);
        }
    }
}
