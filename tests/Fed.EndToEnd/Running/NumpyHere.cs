using System.Diagnostics;

namespace Fed.EndToEnd.Running;

/// <summary>Debian's Python with numpy, and the trainers that run in it.</summary>
internal static class NumpyHere
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> Installed = new(static () =>
    {
        if (!File.Exists(Python)) return false;
        using Process process = Process.Start(new ProcessStartInfo(Python, ["-c", "import numpy"]) { UseShellExecute = false, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    });

    /// <summary>True where the examples' trainers can run.</summary>
    public static bool IsInstalled => Installed.Value;

    /// <summary>Kills the processes whose working folder lies below this one: a run's own trainers, and nobody else's.</summary>
    /// <returns>How many.</returns>
    public static int KillBelow(string folder)
    {
        int killed = 0;
        foreach (int id in Below(folder))
        {
            try
            {
                using Process trainer = Process.GetProcessById(id);
                trainer.Kill();
                killed++;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // It ended while we looked.
            }
        }

        return killed;
    }

    /// <summary>The processes whose working folder lies below this one.</summary>
    public static IEnumerable<int> Below(string folder) =>
        Directory.EnumerateDirectories("/proc").Where(static entry => char.IsAsciiDigit(Path.GetFileName(entry)[0])).Where(entry => IsBelow(entry, Path.GetFullPath(folder) + "/")).Select(static entry => int.Parse(Path.GetFileName(entry)));

    private static bool IsBelow(string entry, string folder)
    {
        try
        {
            return Directory.ResolveLinkTarget(Path.Combine(entry, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;   // it ended while we looked, or is not ours
        }
    }
}
