using System.Diagnostics;

namespace Fed.Host.Cluster.Local;

/// <summary>Starts the processes of a cluster and writes each down before the next, so that whatever happens <c>fed cluster down</c> finds them.</summary>
/// <param name="folder">Where the cluster lies.</param>
/// <param name="before">What runs already. A process that is started under a name that is there takes its place.</param>
internal sealed class LocalStarter(LocalFolder folder, LocalState before)
{
    private const int TailLines = 5;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private LocalState _state = before;

    /// <summary>What was started.</summary>
    public LocalState State => _state;

    /// <summary>Starts a process that says when it can be used.</summary>
    /// <exception cref="IOException">It ended, or did not say so in time; the message has what it said last.</exception>
    public void Start(string name, string role, ProcessStartInfo start, string ready, TimeSpan limit)
    {
        string log = folder.Log(name);
        long written = File.Exists(log) ? new FileInfo(log).Length : 0;
        using Process process = Start(name, role, start);
        for (long since = Stopwatch.GetTimestamp(); !Said(log, written).Contains(ready, StringComparison.Ordinal); Thread.Sleep(Look))
        {
            if (process.HasExited) throw new IOException($"{name} has ended instead of starting: {Tail(log)}");
            if (Stopwatch.GetElapsedTime(since) > limit) throw new IOException($"{name} did not start within {limit.TotalSeconds:0} s: {Tail(log)}");
        }
    }

    /// <summary>Starts a process.</summary>
    public Process Start(string name, string role, ProcessStartInfo start)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Log(name))!);
        (Process process, long started) = ProcessTable.Start(start, folder.Log(name));
        Add(new LocalProcess(name, role, process.Id, started));
        return process;
    }

    /// <summary>Writes down a process that another one has started.</summary>
    public void Note(string name, string role, int id) => Add(new LocalProcess(name, role, id, ProcessTable.StartOf(id) ?? 0));

    /// <summary>The last that a process said.</summary>
    public static string Tail(string log) => File.Exists(log) ? string.Join(" | ", File.ReadLines(log).TakeLast(TailLines)) : "";

    /// <summary>Writes a secret for the owner of the folder only.</summary>
    public static void WriteSecret(string path, string secret)
    {
        File.Delete(path);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using StreamWriter writer = new(path, options);
        writer.WriteLine(secret);
    }

    private void Add(LocalProcess process)
    {
        lock (_gate)
        {
            _state = _state with { Processes = [.. _state.Processes.Where(other => other.Name != process.Name), process] };
            _state.Write(folder.State);
        }
    }

    private static string Said(string log, long before)
    {
        using FileStream file = new(log, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        file.Position = before;
        using StreamReader reader = new(file);
        return reader.ReadToEnd();
    }
}
