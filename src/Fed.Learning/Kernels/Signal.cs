using System.Diagnostics;

namespace Fed.Learning.Kernels;

/// <summary>One thread gives it, one waits for it: awake for a short while, since kernels follow one another closely, then asleep. Given twice before it is seen, it counts once.</summary>
internal sealed class Signal
{
    private const int None = 0, Given = 1, Asleep = 2;

    // About as long as putting a thread to sleep and waking it takes.
    private static readonly long s_patience = Stopwatch.Frequency / 50_000;

    private readonly object _bed = new();
    private int _state;

    /// <summary>Lets the waiting thread go on, now or when it comes.</summary>
    public void Give()
    {
        if (Interlocked.Exchange(ref _state, Given) != Asleep) return;
        lock (_bed) Monitor.Pulse(_bed);
    }

    /// <summary>Returns once given.</summary>
    public void Wait()
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _state) != Given)
        {
            Thread.SpinWait(20);
            if (Stopwatch.GetTimestamp() - start < s_patience || Interlocked.CompareExchange(ref _state, Asleep, None) != None) continue;
            lock (_bed)
            {
                while (Volatile.Read(ref _state) != Given) Monitor.Wait(_bed);
            }
        }
        Volatile.Write(ref _state, None);
    }
}
