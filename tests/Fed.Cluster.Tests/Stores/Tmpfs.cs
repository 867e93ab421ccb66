using System.Diagnostics;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

/// <summary>A small file system in memory that can really be full. Mounting needs root; without it the test is reported as skipped, by name and reason.</summary>
internal sealed class Tmpfs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Tmpfs(string size)
    {
        int code = Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Root);
        if (code == 0) return;
        _folder.Dispose();
        Assert.Skip($"mounting a tmpfs needs root (mount ended with {code}); FileBlobStoreSimulation covers the full disk without it");
    }

    public string Root => _folder.Root;

    public void Dispose()
    {
        if (Run("umount", Root) == 0) _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
