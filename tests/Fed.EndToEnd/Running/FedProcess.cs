using System.Diagnostics;
using System.Text;

namespace Fed.EndToEnd.Running;

/// <summary>A running <c>fed</c>: the built program as a process of its own, its output read line by line.</summary>
internal sealed class FedProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private const int EndedBySigkill = 128 + 9;

    /// <summary>The built program.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "fed.dll");

    private readonly Process _process;
    private readonly string _commandLine;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly StringBuilder _error = new();
    private readonly List<string> _lines = [];
    private bool _isOutputComplete;

    private FedProcess(IReadOnlyDictionary<string, string> environment, ReadOnlySpan<string> arguments)
    {
        _commandLine = "fed " + string.Join(' ', arguments);
        ProcessStartInfo start = CommandLine(arguments);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        (start.StandardOutputEncoding, start.StandardErrorEncoding) = (Encoding.UTF8, Encoding.UTF8);
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null) _error.Append(e.Data).Append('\n');
        };
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>True while the process lives.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>How the built program is started.</summary>
    public static ProcessStartInfo CommandLine(params ReadOnlySpan<string> arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Program, .. arguments]) { UseShellExecute = false, WorkingDirectory = Repository.Root };
        start.Environment["DOTNET_TieredPGO"] = "0";   // a run of a second or two only pays for being watched: a third of its processor time
        return start;
    }

    /// <summary>Runs a command to its end.</summary>
    public static FedResult Run(params ReadOnlySpan<string> arguments) => Run(new Dictionary<string, string>(), arguments);

    /// <summary>Runs a command to its end in an environment.</summary>
    public static FedResult Run(IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> arguments)
    {
        using FedProcess process = new(environment, arguments);
        return process.Result();
    }

    /// <summary>Starts a command.</summary>
    public static FedProcess Start(params ReadOnlySpan<string> arguments) => new(new Dictionary<string, string>(), arguments);

    /// <summary>Waits until so many lines were printed, or the process has ended.</summary>
    /// <returns>True when the lines are there.</returns>
    public bool WaitForLines(int count)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_lines.Count >= count) return true;
                if (_isOutputComplete) return false;
            }

            if (!_news.Wait(Patience)) throw new TimeoutException($"{_commandLine} printed {_lines.Count} lines and not {count} within {Patience}");
        }
    }

    /// <summary>SIGKILL: the process gets no chance to do anything more.</summary>
    /// <returns>False when it had ended by itself.</returns>
    public bool Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        return _process.ExitCode == EndedBySigkill;
    }

    /// <summary>SIGTERM: the process is asked to end.</summary>
    public void Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public FedResult Result()
    {
        if (!_process.WaitForExit(Patience)) throw new TimeoutException($"{_commandLine} did not end within {Patience}; it printed\n{string.Join('\n', _lines)}\n{_error}");
        _process.WaitForExit();   // the overload without a limit also waits for the last lines
        lock (_gate) return new FedResult(_commandLine, _process.ExitCode, string.Join('\n', _lines), _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
        _news.Dispose();
    }

    private void Hear(string? line)
    {
        lock (_gate)
        {
            if (line is null) _isOutputComplete = true;
            else _lines.Add(line);
        }

        _news.Release();
    }
}
