using System.Globalization;
using Fed.Host.Export;

namespace Fed.Host.Simulation;

/// <summary>How long processes worked on a job: a line per process in its folder, so that the report counts work and not the time between a crash and the resume.</summary>
internal sealed class RunLog
{
    private readonly string _path;
    private readonly List<string> _lines;

    private RunLog(string path, List<string> lines) => (_path, _lines) = (path, lines);

    /// <summary>Seconds of all processes that ended in order, this one included.</summary>
    public double Seconds => _lines.Select(static line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).Sum();

    /// <summary>How often the job was carried on.</summary>
    public int Resumes => _lines.Count - 1;

    /// <summary>Notes that a process begins.</summary>
    public static RunLog Begin(string jobDirectory)
    {
        string path = Path.Combine(jobDirectory, "runs.txt");
        List<string> lines = File.Exists(path) ? [.. File.ReadAllLines(path).Where(static line => line.Split(' ').Length == 2)] : [];
        RunLog log = new(path, [.. lines, $"{DateTimeOffset.UtcNow:O} 0"]);
        log.Save();
        return log;
    }

    /// <summary>Notes how long this process worked.</summary>
    public void Close(TimeSpan elapsed)
    {
        _lines[^1] = string.Create(CultureInfo.InvariantCulture, $"{_lines[^1].Split(' ')[0]} {elapsed.TotalSeconds:0.000}");
        Save();
    }

    private void Save() => AtomicFile.WriteText(_path, string.Join('\n', _lines) + "\n");
}
