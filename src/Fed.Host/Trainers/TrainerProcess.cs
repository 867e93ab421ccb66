using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Fed.Host.Trainers;

/// <summary>
/// A trainer's process: started in a process group of its own where the system can, with a small environment, and killed together with whatever it has started.
/// </summary>
internal sealed partial class TrainerProcess : IDisposable
{
    private const string GroupStarter = "/usr/bin/setsid";   // of util-linux: makes the process the leader of a group, under its own id
    private const string DeathTie = "/usr/bin/setpriv";      // of util-linux: lets the kernel kill it when the thread that started it has gone, as with a site that is killed
    private const string Mark = "FED_TRAINER_RUN";           // a variable that tells this process's offspring from all others
    private const int Sweeps = 5;                            // what is killed may just have started more
    private const int KillSignal = 9;

    private static readonly bool HasGroups = OperatingSystem.IsLinux() && File.Exists(GroupStarter);

    private readonly Process _process;
    private readonly TrainerWords _words;
    private readonly string _mark;
    private readonly int _id;

    private TrainerProcess(Process process, string mark, TrainerWords words)
    {
        _process = process;
        _mark = mark;
        _words = words;
        _id = process.Id;
        Thread reader = new(() => _words.ReadAll(_process.StandardError.BaseStream)) { IsBackground = true, Name = $"trainer-{_id}-words" };
        reader.Start();
    }

    /// <summary>Where its questions go.</summary>
    public Stream Questions => _process.StandardInput.BaseStream;

    /// <summary>Where its answers come from.</summary>
    public Stream Answers => _process.StandardOutput.BaseStream;

    /// <summary>Its id, and that of its group.</summary>
    public int Id => _id;

    /// <summary>The last line that it wrote to standard error, in brackets and with a blank before it; empty when there is none.</summary>
    public string LastWords => _words.Last is { } last ? $" ({last})" : "";

    /// <summary>Starts a program. The thread that calls this must outlive it: where the kernel can, the process is killed when that thread ends.</summary>
    /// <param name="command">Program, absolute, and arguments.</param>
    /// <param name="folder">Where it runs, and what it gets for home and temporary files.</param>
    /// <param name="environment">Variables beyond the usual.</param>
    /// <param name="words">Takes what it writes to standard error.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static TrainerProcess Start(ImmutableArray<string> command, string folder, ImmutableSortedDictionary<string, string> environment, TrainerWords words)
    {
        ImmutableArray<string> whole = HasGroups && File.Exists(DeathTie) ? [GroupStarter, DeathTie, "--pdeathsig", "KILL", "--", .. command] : HasGroups ? [GroupStarter, .. command] : command;
        ProcessStartInfo start = new(whole[0], whole[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in Usual(folder)) start.Environment[name] = value;
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        string mark = start.Environment[Mark] = Guid.NewGuid().ToString("n");
        Process process = new() { StartInfo = start };
        try
        {
            process.Start();
            return new TrainerProcess(process, mark, words);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            process.Dispose();
            throw new IOException($"'{command[0]}' cannot be started: {e.Message}", e);
        }
    }

    /// <summary>How it ended, as a clause with its last words; waits a moment for an end that is under way.</summary>
    public string Ending(TimeSpan patience)
    {
        bool hasEnded = _process.WaitForExit(patience);
        if (hasEnded) _words.Wait(patience);
        return hasEnded ? $"it exited with code {_process.ExitCode}{LastWords}" : $"it closed its standard output and lives on{LastWords}";
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>False when it lives on.</returns>
    public bool WaitForExit(TimeSpan patience) => _process.WaitForExit(patience);

    /// <summary>Kills it, all processes of its group, and what else it has started, as far as that kept its environment. Harmless when it has ended.</summary>
    public void Kill()
    {
        if (HasGroups) _ = SendSignal(-_id, KillSignal);
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has ended already.
        }

        if (HasGroups) KillStrays();
    }

    /// <summary>Bytes that it and the processes of its group hold in memory.</summary>
    public long MemoryBytes()
    {
        try
        {
            if (HasGroups) return ProcessGroup.ResidentBytes(_id);
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return 0;   // it has ended
        }
    }

    public void Dispose() => _process.Dispose();

    // A process in a session of its own is in no group of ours, and one whose parent has ended is nobody's child.
    private void KillStrays()
    {
        for (int sweep = 0; sweep < Sweeps && ProcessGroup.Having(Mark, _mark) is { IsEmpty: false } strays; sweep++)
            foreach (int stray in strays) _ = SendSignal(stray, KillSignal);
    }

    // Nothing of this process's own environment: keys and connection strings may be in it. One thread for each library, so that the same training gives the same bits.
    private static IEnumerable<(string Name, string Value)> Usual(string folder) =>
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", folder), ("TMPDIR", folder), ("LANG", "C.UTF-8"),
        ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"), ("MKL_NUM_THREADS", "1"),
        ("PYTHONHASHSEED", "0"), ("PYTHONNOUSERSITE", "1"), ("PYTHONDONTWRITEBYTECODE", "1"),
    ];

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
