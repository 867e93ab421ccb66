using System.Diagnostics;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The two scripts that a newcomer meets, run in a folder that looks like a clone: <c>fed</c> over the program built here, <c>test.sh</c> over a stand-in for <c>dotnet</c>.</summary>
public sealed class ScriptTests : IDisposable
{
    private const string Runner = """
        #!/bin/sh
        if [ "$1" = --list-sdks ]; then printf '%s\n' '8.0.100 [/sdk]' '10.0.100 [/sdk]'; exit; fi
        if [ "$1" = build ]; then exit "$BUILD_EXIT"; fi
        printf '%s\n' 'Failed!  - Failed:     1, Passed:    41, Skipped:     2, Total:    44, Duration: 3 s - A.dll' \
                      'Passed!  - Failed:     0, Passed:     9, Skipped:     0, Total:     9, Duration: 1 s - B.dll' | grep "$RUNNER_SAYS"
        exit "$TEST_EXIT"
        """;

    private readonly Workspace _clone = new();

    public void Dispose() => _clone.Dispose();

    [Theory]
    [InlineData(0, "version")]
    [InlineData(2, "rounds", "list", "--data", "no such folder")]   // arguments with spaces stay whole, exit codes come through
    public void Wrapper_runs_the_built_program(int exitCode, params string[] arguments)
    {
        string folder = _clone.PathOf("artifacts/fed");
        Directory.CreateDirectory(folder);
        Directory.CreateSymbolicLink(Path.Combine(folder, "bin"), AppContext.BaseDirectory);
        (int code, string said) = Bash("fed", new() { ["FED_SKIP_BUILD"] = "1" }, arguments);
        Assert.Equal(exitCode, code);
        Assert.Matches(exitCode == 0 ? "^fed [0-9.]+\n$" : "^fed: 'no such folder' holds no jobs", said);
    }

    [Theory]
    [InlineData("Passed!", 0, 0, "9 passed, 0 failed", 0)]
    [InlineData("!", 0, 1, "50 passed, 1 failed, 2 skipped", 1)]
    [InlineData("Passed!", 0, 1, "9 passed, 1 failed", 1)]   // a runner that died after its last line
    [InlineData("Passed!", 1, 0, "0 passed, 1 failed", 1)]   // a build that broke
    [InlineData("nothing", 0, 0, "0 passed, 0 failed", 1)]   // nothing ran: that is no success
    public void Test_run_ends_with_the_count(string runnerSays, int buildExit, int testExit, string lastLine, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "test.sh is for bash");
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(_clone.Write("dotnet", Runner), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (int code, string said) = Bash("test.sh", new()
        {
            ["PATH"] = $"{_clone.PathOf("")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["RUNNER_SAYS"] = runnerSays,
            ["BUILD_EXIT"] = $"{buildExit}",
            ["TEST_EXIT"] = $"{testExit}",
        });
        Assert.Equal(lastLine, said.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(exitCode, code);
    }

    private (int ExitCode, string Said) Bash(string script, Dictionary<string, string> environment, params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script is for bash");
        File.Copy(Repository.PathOf(script), _clone.PathOf(script));
        ProcessStartInfo start = new("bash", [_clone.PathOf(script), .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said + error.GetAwaiter().GetResult());
    }
}
