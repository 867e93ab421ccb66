using System.Diagnostics;
using System.Globalization;

namespace Fed.Benchmarks.Learning;

/// <summary>The peers in a process of their own (<c>bench/peers/learning.py</c>), which does one repetition a question, so that both sides take turns on a machine that others use too.</summary>
internal sealed class PeerProcess : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly Process _process;

    private PeerProcess(Process process, string versions)
    {
        _process = process;
        Versions = versions;
    }

    /// <summary>What answers, such as <c>numpy=1.24.2 torch=1.13.0</c>.</summary>
    public string Versions { get; }

    /// <summary>Starts it; null, with the reason told, where there is no Python.</summary>
    /// <param name="threads">Threads that the libraries may use.</param>
    /// <param name="output">Is told why there is none.</param>
    public static PeerProcess? Start(int threads, TextWriter output)
    {
        if (!File.Exists(Python))
        {
            output.WriteLine($"no peers: there is no {Python}; install python3-numpy, python3-sklearn and python3-torch (Debian) to compare");
            return null;
        }
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "learning.py");
        ProcessStartInfo start = new(Python, ["-W", "ignore", script, threads.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        Process process = Process.Start(start)!;
        string? ready = process.StandardOutput.ReadLine();
        if (ready is null || !ready.StartsWith("ready", StringComparison.Ordinal)) throw new InvalidOperationException($"{script} did not start: {ready}");
        return new PeerProcess(process, ready["ready".Length..].Trim());
    }

    /// <summary>Seconds of an operation.</summary>
    /// <param name="name">A case of the script.</param>
    /// <param name="count">Operations of the repetition.</param>
    /// <param name="missing">Why there is no figure.</param>
    /// <returns>Null where the library is not installed.</returns>
    public double? Seconds(string name, int count, out string? missing)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {count}"));
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the peers' process ended at '{name}'");
        missing = answer.StartsWith("missing", StringComparison.Ordinal) ? answer : null;
        return missing is null ? double.Parse(answer, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();   // the script ends with its input
        _process.WaitForExit();
        _process.Dispose();
    }
}
