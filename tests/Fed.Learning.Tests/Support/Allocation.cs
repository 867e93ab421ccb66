namespace Fed.Learning.Tests.Support;

/// <summary>Counts what a thread allocates.</summary>
internal static class Allocation
{
    /// <summary>Bytes that some work allocates, after a first time. The least of five counts, since a collection amid one, which other tests may cause, adds the rest of a thread's buffer to it.</summary>
    public static long Of(Action work)
    {
        work();
        long least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }

    /// <summary>The same over all threads, for work that uses several. The runner's own allocations fall into some of the counts, hardly into all of many.</summary>
    public static long InProcess(Action work)
    {
        work();
        long least = long.MaxValue;
        for (int i = 0; i < 10 && least > 0; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            work();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
    }
}
