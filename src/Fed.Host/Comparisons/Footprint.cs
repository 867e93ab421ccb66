using System.Diagnostics;
using System.Globalization;

namespace Fed.Host.Comparisons;

/// <summary>
/// Processor time and peak resident memory of one run among several of a process. Linux resets its high-water mark on request (proc(5), clear_refs); elsewhere the mark is the whole process's.
/// </summary>
internal sealed class Footprint
{
    private const string ResetPeak = "/proc/self/clear_refs", PeakFlag = "5", Status = "/proc/self/status", PeakLine = "VmHWM:";

    private readonly TimeSpan _before;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private Footprint() => _before = Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>Seconds since the start.</summary>
    public double Seconds => Math.Round(_clock.Elapsed.TotalSeconds, 3);

    /// <summary>Processor seconds since the start, all threads.</summary>
    public double CpuSeconds => Math.Round((Process.GetCurrentProcess().TotalProcessorTime - _before).TotalSeconds, 3);

    /// <summary>Begins to measure; gives what earlier runs left behind back to the system first.</summary>
    public static Footprint Start()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            if (File.Exists(ResetPeak)) File.WriteAllText(ResetPeak, PeakFlag);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A system that hides it: the mark then is the highest of all runs so far.
        }

        return new Footprint();
    }

    /// <summary>Most resident memory since the start, in bytes.</summary>
    public static long PeakBytes()
    {
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(static text => text.StartsWith(PeakLine, StringComparison.Ordinal)) : null;
        string[] words = line?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length >= 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : Process.GetCurrentProcess().PeakWorkingSet64;
    }
}
