using System.Text;

namespace Fed.Host.Trainers;

/// <summary>
/// What a trainer writes to standard error: read on and on, so that it never waits, passed to the site's log line by line as long as it keeps to a pace, and counted beyond it.
/// </summary>
/// <param name="log">Takes a line.</param>
/// <param name="time">The clock of the pace.</param>
internal sealed class TrainerWords(Action<string> log, TimeProvider time)
{
    private const int LineMax = 300;
    private const int LinesAtOnce = 100;
    private const int LinesPerSecond = 10;

    private readonly StringBuilder _line = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private double _allowance = LinesAtOnce;
    private long _refilled = time.GetTimestamp();
    private long _leftOut;

    /// <summary>The last line that was not empty.</summary>
    public string? Last { get; private set; }

    /// <summary>Reads to the end.</summary>
    public void ReadAll(Stream stream)
    {
        byte[] buffer = new byte[4096];
        try
        {
            for (int got; (got = stream.Read(buffer)) > 0;)
                foreach (byte b in buffer.AsSpan(0, got)) Take(b);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }

        EndLine();
        TellLeftOut();
        _ended.TrySetResult();
    }

    /// <summary>Waits for the last line.</summary>
    public void Wait(TimeSpan patience) => _ended.Task.Wait(patience);

    private void Take(byte b)
    {
        if (b == '\n') EndLine();
        else if (_line.Length < LineMax) _line.Append(b is >= 0x20 and < 0x7F ? (char)b : b == '\r' ? ' ' : '?');   // nothing that a terminal would obey
    }

    private void EndLine()
    {
        string line = _line.ToString().TrimEnd();
        _line.Clear();
        if (line.Length == 0) return;
        Last = line;
        _allowance = Math.Min(LinesAtOnce, _allowance + (time.GetElapsedTime(_refilled).TotalSeconds * LinesPerSecond));
        _refilled = time.GetTimestamp();
        if (_allowance < 1)
        {
            _leftOut++;
            return;
        }

        TellLeftOut();
        _allowance--;
        log(line);
    }

    private void TellLeftOut()
    {
        if (_leftOut > 0) log($"... {_leftOut} more lines came too fast and are left out");
        _leftOut = 0;
    }
}
