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
}
