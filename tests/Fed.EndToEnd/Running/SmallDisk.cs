using System.Diagnostics;
using Xunit;

namespace Fed.EndToEnd.Running;

/// <summary>A file system in memory of a given size. Mounting it takes Linux and root; elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>Mounts a disk at a folder, which is created.</summary>
    public static SmallDisk Mount(string path, int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "a full disk is a small tmpfs, which only root can mount");
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", path), "this machine does not let the test mount a tmpfs");
        return new SmallDisk(path);
    }

    /// <summary>Makes room: what is on the disk stays.</summary>
    public void Enlarge(int kibibytes) => Assert.True(Run("mount", "-o", $"remount,size={kibibytes}k", _path), "the tmpfs could not be enlarged");

    public void Dispose() => Run("umount", _path);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
