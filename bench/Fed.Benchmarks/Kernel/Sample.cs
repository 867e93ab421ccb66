using System.Diagnostics;

namespace Fed.Benchmarks.Kernel;

/// <summary>One run: operations per second, processor time of all threads and bytes allocated per operation.</summary>
internal readonly record struct Sample(double PerSecond, double CpuNanoseconds, double Bytes)
{
    public static Sample Of(long operations, Action run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        run();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        self.Refresh();
        return new Sample(operations / elapsed.TotalSeconds, (self.TotalProcessorTime - cpu).TotalNanoseconds / operations, (double)bytes / operations);
    }

    public static Sample Median(IReadOnlyCollection<Sample> samples) =>
        new(Middle(samples.Select(static s => s.PerSecond)), Middle(samples.Select(static s => s.CpuNanoseconds)), Middle(samples.Select(static s => s.Bytes)));

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
