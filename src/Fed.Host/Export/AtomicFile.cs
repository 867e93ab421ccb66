namespace Fed.Host.Export;

/// <summary>
/// Writes files whole or not at all: into a temporary file beside the target, flushed to the disk, then renamed over it. A reader sees the old content or the new one, and a
/// full disk or a kill leaves the old one. (The folder itself is not synced: after a power cut the old content may be back. Reports can be made again from the journal.)
/// </summary>
internal static class AtomicFile
{
    /// <summary>Replaces a file by some text (UTF-8, no byte-order mark). Missing folders are made.</summary>
    /// <exception cref="IOException">The disk is full, the folder cannot be written ...; the target is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission; the target is untouched.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(text);
        });

    /// <summary>Replaces a file by what <paramref name="content"/> writes into a seekable stream. An exception of its own passes through; the target is then untouched.</summary>
    /// <inheritdoc cref="WriteText" path="/exception"/>
    public static void Write(string path, Action<Stream> content)
    {
        string target = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(target) ?? throw new IOException($"'{path}' is a folder, not a file that can be written");
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Environment.ProcessId}-{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                content(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            Discard(temporary);
            throw;
        }
    }

    /// <summary>Best effort: the failure that brought us here is the one worth telling.</summary>
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Left behind, named *.tmp: harmless.
        }
    }
}
