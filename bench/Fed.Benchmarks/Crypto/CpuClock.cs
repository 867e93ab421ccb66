using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Fed.Benchmarks.Crypto;

/// <summary>Processor time of the calling thread, so that neighbours on a shared machine count little; wall clock where the system has no such clock.</summary>
internal static partial class CpuClock
{
    private const int ThreadCpuTime = 3;   // CLOCK_THREAD_CPUTIME_ID of Linux

    /// <summary>What the figures are made of.</summary>
    public static string Name => OperatingSystem.IsLinux() ? "thread CPU time" : "wall clock";

    /// <summary>Nanoseconds since some fixed moment.</summary>
    public static long Nanoseconds() =>
        OperatingSystem.IsLinux() && ReadClock(ThreadCpuTime, out TimeSpec time) == 0
            ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
            : Stopwatch.GetTimestamp() * 1_000_000_000 / Stopwatch.Frequency;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadClock(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
