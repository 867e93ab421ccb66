using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fed.TestKit.Federation;

/// <summary>What happened, line by line: hashed in full, so that two runs can be compared by 64 digits, and remembered at the end, so that a violation shows what led to it.</summary>
/// <remarks>Lines hold integers, names and hashes only: no floating point, no hash codes, no order of a dictionary.</remarks>
public sealed class FederationTrace(ISimulation simulation, Action<string>? sink) : IDisposable
{
    private const int Remembered = 40;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _last = new();
    private readonly DateTimeOffset _start = simulation.Now;

    /// <summary>Steps taken so far; each line carries the step in which it was written.</summary>
    public long Step { get; set; }

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => simulation.Now - _start;

    /// <summary>SHA-256 over all lines so far.</summary>
    public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>The newest lines, oldest first.</summary>
    public IEnumerable<string> Last => _last;

    /// <summary>Writes a line.</summary>
    public void Line(string what)
    {
        long microseconds = Elapsed.Ticks / TimeSpan.TicksPerMicrosecond;
        string line = string.Create(CultureInfo.InvariantCulture, $"{Step,6} {microseconds,12} us  {what}");
        _hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        _last.Enqueue(line);
        if (_last.Count > Remembered) _last.Dequeue();
        sink?.Invoke(line);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
