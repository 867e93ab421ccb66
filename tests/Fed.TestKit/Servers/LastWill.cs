using System.Diagnostics;

namespace Fed.TestKit.Servers;

/// <summary>
/// Sees to it that what a process has started is ended when the process is gone, however it went, by a time limit or SIGKILL too: a shell in a session of its own waits for the end of a pipe that this process alone holds, and
/// then runs a script. Once disposed of it runs nothing.
/// </summary>
public sealed class LastWill : IDisposable
{
    private const string Revoked = "revoked";

    private readonly Process? _shell;

    /// <summary>Makes it.</summary>
    /// <param name="script">For a POSIX shell; nobody reads what it prints.</param>
    /// <param name="arguments">Its <c>$1</c>, <c>$2</c> ...</param>
    public LastWill(string script, params ReadOnlySpan<string> arguments)
    {
        if (!OperatingSystem.IsWindows()) _shell = Process.Start(CommandLine(script, arguments));
    }

    /// <summary>How the shell is started; the end of its standard input is the end of its owner.</summary>
    public static ProcessStartInfo CommandLine(string script, params ReadOnlySpan<string> arguments) =>
        new("setsid", ["sh", "-c", $"exec >/dev/null 2>&1; read -r word; [ \"$word\" = {Revoked} ] && exit 0; {script}", "sh", .. arguments]) { RedirectStandardInput = true, UseShellExecute = false };

    /// <summary>The will of a cluster: <c>fed cluster down</c>, and its folder goes.</summary>
    /// <param name="program">The built <c>fed.dll</c>.</param>
    /// <param name="folder">What goes.</param>
    /// <param name="data">The cluster's data folder, in it.</param>
    public static LastWill OfCluster(string program, string folder, string data) => new("cd / && dotnet \"$1\" cluster down --data \"$3\"; rm -rf \"$2\"", program, folder, data);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_shell is null) return;
        _shell.StandardInput.WriteLine(Revoked);
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
