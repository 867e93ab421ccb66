namespace Fed.Learning.Kernels;

/// <summary>
/// How many threads of this process compute at once, training and evaluating: the silos of a simulation side by side and, where fewer of them are at work, the parts of their matrix products, convolutions
/// and long vectors. The bits of a result do not depend on it.
/// </summary>
public static class ComputeThreads
{
    /// <summary>At least 1; the number of processors at the start. Meant to be set once, before work begins.</summary>
    public static int Max
    {
        get => ForkJoin.Degree;
        set => ForkJoin.Degree = value;
    }

    /// <summary>Counts the calling thread among those that compute until the result is disposed of, on the same thread.</summary>
    internal static Stay Enter()
    {
        ForkJoin.Enter();
        return default;
    }

    internal readonly ref struct Stay : IDisposable
    {
        public void Dispose() => ForkJoin.Leave();
    }
}
