using System.Diagnostics;
using System.Text;
using Fed.Cluster.Servers;

namespace Fed.TestKit.Servers;

/// <summary>A server as a process of a test: it is up when it says so, and gone with its owner. Servers that refuse root, or should not have it, run as the user of their package then.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly LastWill _will;

    private ServerProcess(Process process, LastWill will) => (_process, _will) = (process, will);

    /// <summary>Starts a server and waits until it says a word; null where it ends, or keeps silent, before.</summary>
    /// <param name="start">Its command line.</param>
    /// <param name="ready">A part of the line, on either of its outputs, by which it says that it is up.</param>
    /// <param name="said">What it has said so far.</param>
    public static ServerProcess? TryStart(ProcessStartInfo start, string ready, out string said)
    {
        ProcessStartInfo apart = new("setsid", [start.FileName, .. start.ArgumentList]) { WorkingDirectory = start.WorkingDirectory, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string? value) in start.Environment) apart.Environment[name] = value;
        Process server = Process.Start(apart)!;
        LastWill will = new("kill -s KILL -- \"-$1\"; rm -rf \"$2\"", $"{server.Id}", start.WorkingDirectory);   // a group of its own, with all that it starts
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
            if (isReady) return new ServerProcess(server, will);
        }
        if (!isKnown) server.Kill(entireProcessTree: true);
        will.Dispose();
        server.Dispose();
        return null;
    }

    /// <summary>Sends a signal, to the process itself or to one that it stands for, and waits for its end.</summary>
    public void Stop(string signal, int? processId = null)
    {
        ServerAccount.Run(new ProcessStartInfo("kill", [signal, $"{processId ?? _process.Id}"]));
        if (!_process.WaitForExit(Patience)) _process.Kill(entireProcessTree: true);
    }

    public void Dispose()
    {
        _will.Dispose();
        _process.Dispose();
    }
}
