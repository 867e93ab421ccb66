using System.Diagnostics;
using Fed.EndToEnd.Running;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>What ends a test's servers when the test itself is ended from outside.</summary>
public sealed class LastWillTests
{
    [Theory]
    [InlineData("", true)]            // the pipe ends with its owner
    [InlineData("revoked\n", false)]
    public void Script_runs_at_the_end_of_the_pipe_unless_it_was_revoked(string said, bool runs)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the shell is that of Unix");
        using Workspace workspace = new();
        string mark = workspace.PathOf("mark");
        using Process shell = Process.Start(LastWill.CommandLine(": > \"$1\"", mark))!;
        shell.StandardInput.Write(said);
        shell.StandardInput.Close();
        shell.WaitForExit();
        Assert.Equal(runs, File.Exists(mark));
    }

    [Fact]
    public void Will_that_is_disposed_of_runs_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the shell is that of Unix");
        using Workspace workspace = new();
        string mark = workspace.PathOf("mark");
        new LastWill(": > \"$1\"", mark).Dispose();
        Assert.False(File.Exists(mark));
    }
}
