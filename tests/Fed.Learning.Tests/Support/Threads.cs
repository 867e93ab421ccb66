using Fed.Learning.Kernels;

namespace Fed.Learning.Tests.Support;

/// <summary>Numbers of threads that kernels are tested with. What sets the process-wide number runs alone: it is in this collection.</summary>
[CollectionDefinition(nameof(Threads), DisableParallelization = true)]
public sealed class Threads
{
    public static TheoryData<int> Counts() => [1, 2, 3, 8];

    /// <summary>Does something while kernels may run on so many threads.</summary>
    internal static void With(int threads, Action action)
    {
        int before = ForkJoin.Degree;
        ForkJoin.Degree = threads;
        try
        {
            action();
        }
        finally
        {
            ForkJoin.Degree = before;
        }
    }

    /// <summary>What something gives with 1, 2, 3 and 8 threads.</summary>
    internal static TResult[] Each<TResult>(Func<TResult> work)
    {
        List<TResult> results = [];
        foreach (int threads in (ReadOnlySpan<int>)[1, 2, 3, 8]) With(threads, () => results.Add(work()));
        return [.. results];
    }
}
