using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fed.TestKit.Servers;

/// <summary>A server as a process of a test: it is up when it says so, and gone with its owner. Servers that refuse root, or should not have it, run as the user of their package then.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    /// <summary>True where a user of the package must be taken on.</summary>
    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>A command line, under root as another user.</summary>
    public static ProcessStartInfo As(string user, string folder, string program, params ReadOnlySpan<string> arguments)
    {
        string[] line = [program, .. arguments];
        if (IsRoot) line = ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", .. line];
        return new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
    }

    /// <summary>Gives a folder to the user under whom its server will run.</summary>
    public static void Own(string user, string folder)
    {
        if (IsRoot) Run("chown", "-R", $"{user}:{user}", folder);
    }

    /// <summary>A port that is free now. It may be taken a moment later: whoever starts a server on it tries another one then.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts a server and waits until it says a word; null where it ends, or keeps silent, before.</summary>
    /// <param name="start">Its command line.</param>
    /// <param name="ready">A part of the line, on either of its outputs, by which it says that it is up.</param>
    /// <param name="said">What it has said so far.</param>
    public static ServerProcess? TryStart(ProcessStartInfo start, string ready, out string said)
    {
        Process server = Process.Start(start)!;
        StringBuilder log = new();
        SemaphoreSlim known = new(0);   // not disposed: a late last line may still want it
        bool isReady = false;
        void Hear(object sender, DataReceivedEventArgs line)
        {
            lock (log)
            {
                log.AppendLine(line.Data);
                bool isNews = line.Data is null || line.Data.Contains(ready, StringComparison.Ordinal);   // null: it has ended
                if (isReady || !isNews) return;
                isReady = line.Data is not null;
                known.Release();
            }
        }

        server.OutputDataReceived += Hear;
        server.ErrorDataReceived += Hear;
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        bool isKnown = known.Wait(Patience);
        lock (log)
        {
            said = log.ToString();
            if (isReady) return new ServerProcess(server);
        }
        if (!isKnown) server.Kill(entireProcessTree: true);
        server.Dispose();
        return null;
    }

    /// <summary>Sends a signal, to the process itself or to one that it stands for, and waits for its end.</summary>
    public void Stop(string signal, int? processId = null)
    {
        Run("kill", signal, $"{processId ?? _process.Id}");
        if (!_process.WaitForExit(Patience)) _process.Kill(entireProcessTree: true);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static void Run(string program, params string[] arguments) =>
        Run(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });

    /// <summary>Runs a command line to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static void Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        _ = output.Result;
        if (!process.WaitForExit(Patience) || process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed: {error}");
    }

    public void Dispose() => _process.Dispose();
}
