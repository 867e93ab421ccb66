using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;

namespace Fed.Host.Cluster.Local;

/// <summary>Processes that outlive the command that starts them, and their end. They are known by id and time of start, so that nobody else's process is ever touched.</summary>
internal static class ProcessTable
{
    private const int StateField = 2, StartField = 21;   // of /proc/PID/stat, from 0 (proc(5))

    /// <summary>Starts a process in a session of its own, its output in a file, so that neither the end of this command nor a Ctrl-C reaches it.</summary>
    /// <param name="start">Its command line, folder and environment.</param>
    /// <param name="log">Where its output goes.</param>
    public static (Process Process, long Started) Start(ProcessStartInfo start, string log)
    {
        ProcessStartInfo detached = new("/bin/sh", ["-c", "exec setsid \"$@\" >>\"$FED_LOG\" 2>&1 </dev/null", "sh", start.FileName, .. start.ArgumentList]) { WorkingDirectory = start.WorkingDirectory, UseShellExecute = false };
        foreach ((string name, string? value) in start.Environment) detached.Environment[name] = value;
        detached.Environment["FED_LOG"] = log;
        Process process = Process.Start(detached) ?? throw new IOException($"{start.FileName} could not be started");
        return (process, StartOf(process.Id) ?? 0);
    }

    /// <summary>True while the very process lives.</summary>
    public static bool IsAlive(LocalProcess process) => StartOf(process.Id) == process.Started;

    /// <summary>Sends a signal to a process that lives; nothing happens where it does not.</summary>
    public static void Signal(LocalProcess process, string signal)
    {
        if (!IsAlive(process)) return;
        using Process kill = Process.Start(new ProcessStartInfo("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true, UseShellExecute = false })!;
        kill.WaitForExit();
    }

    /// <summary>Waits until none of some processes lives.</summary>
    /// <returns>Those that live on after the time.</returns>
    public static ImmutableArray<LocalProcess> WaitForEnd(IEnumerable<LocalProcess> processes, TimeSpan limit)
    {
        ImmutableArray<LocalProcess> left = [.. processes];
        for (long since = Stopwatch.GetTimestamp(); ; Thread.Sleep(50))
        {
            left = [.. left.Where(IsAlive)];
            if (left.IsEmpty || Stopwatch.GetElapsedTime(since) > limit) return left;
        }
    }

    /// <summary>When a process began; null where there is none, or only what its parent has not yet taken notice of.</summary>
    public static long? StartOf(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');   // the name before may hold anything; what follows begins with field 2
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[StartField - StateField], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
