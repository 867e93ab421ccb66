using System.Diagnostics;

namespace Fed.Learning.Tests.Files;

/// <summary>The system's Python with numpy, by its path: another one on PATH may lack the packages. Tests are skipped, and say so, where it is absent.</summary>
internal static class SystemPython
{
    private const string Path = "/usr/bin/python3";

    /// <summary>Runs a script of this folder to its end.</summary>
    /// <param name="packages">Modules that it imports.</param>
    /// <param name="script">File name.</param>
    /// <param name="arguments">What it is given.</param>
    public static void Run(string[] packages, string script, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Path), $"there is no {Path}");
        (int missing, _) = Start(["-c", $"import {string.Join(", ", packages)}"]);
        Assert.SkipUnless(missing == 0, $"{Path} lacks one of {string.Join(", ", packages)}: apt-get install {string.Join(' ', packages.Select(static name => "python3-" + name))}");
        (int exit, string errors) = Start([System.IO.Path.Combine(AppContext.BaseDirectory, "Files", "Python", script), .. arguments]);
        Assert.True(exit == 0, errors);
    }

    private static (int ExitCode, string Errors) Start(string[] arguments)
    {
        ProcessStartInfo start = new(Path, ["-B", .. arguments]) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";   // the suites' budget is for two cores
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
