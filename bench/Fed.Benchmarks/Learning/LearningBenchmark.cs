using System.Diagnostics;
using Fed.Benchmarks.Crypto;
using Fed.Learning.Kernels;

namespace Fed.Benchmarks.Learning;

/// <summary>
/// Local training beside the libraries that people know, in one run: each repetition of ours is followed by one of every peer, and the best of each side counts. With one thread processor time of that thread, so that
/// a busy machine counts little; with two the wall clock, which it does not forgive.
/// </summary>
internal static class LearningBenchmark
{
    private const int Repetitions = 15;

    private static readonly Row[] Rows =
    [
        new("GEMM 512 x 512 x 512", LearningCases.Gemm, 5, "GFLOP/s", 2e-9 * 512 * 512 * 512, [new("gemm-512", "OpenBLAS (numpy)", 0.5)]),
        new("MLP 784-256-128-10, batch 64", LearningCases.Mlp, 20, "samples/s", 64, [new("mlp", "PyTorch", 1)]),
        new("CNN 28 x 28, 9,098 parameters, batch 32", LearningCases.Cnn, 10, "samples/s", 32, [new("cnn", "PyTorch", 0.5)]),
        new(
            "logistic epoch, 1,000,000 x 30, shuffled", static () => LearningCases.Logistic(isShuffled: true), 1, "rows/s", LearningCases.Rows,
            [new("logistic-sklearn", "scikit-learn SGDClassifier", 2, IsOneThread: true), new("logistic-torch", "PyTorch, autograd", 1), new("logistic-torch-by-hand", "PyTorch, slopes by hand", 1)]),
        new(
            "logistic epoch, 1,000,000 x 30, in order", static () => LearningCases.Logistic(isShuffled: false), 1, "rows/s", LearningCases.Rows,
            [new("logistic-torch-in-order", "PyTorch, autograd", 1), new("logistic-torch-in-order-by-hand", "PyTorch, slopes by hand, no loss", null)]),
    ];

    /// <summary>Prints the table for one thread, then for two.</summary>
    public static void Run(TextWriter output)
    {
        foreach (int threads in (ReadOnlySpan<int>)[1, 2])
        {
            if (threads > Environment.ProcessorCount) continue;
            int before = ComputeThreads.Max;
            ComputeThreads.Max = threads;
            using PeerProcess? peers = PeerProcess.Start(threads, output);
            output.WriteLine($"{threads} thread{(threads == 1 ? $", {CpuClock.Name}" : "s, wall clock")}; best of {Repetitions}; peers: {peers?.Versions ?? "none"}");
            output.WriteLine($"{"",-44}{"ours",14} {"",-11}{"peer",14}  {"",-36}{"ratio",7}{"goal",6}");
            foreach (Row row in Rows) Measure(row, threads, peers, output);
            ComputeThreads.Max = before;
        }
    }

    private static void Measure(Row row, int threads, PeerProcess? peers, TextWriter output)
    {
        Action operation = row.Make();
        WarmUp(operation);
        bool isFirst = true;
        foreach (Peer peer in row.Peers)
        {
            if (threads > 1 && peer.IsOneThread) continue;
            double ours = double.MaxValue;
            double? theirs = null;
            string? missing = null;
            for (int repetition = 0; repetition < Repetitions; repetition++)
            {
                ours = Math.Min(ours, Seconds(operation, row.Count, threads));
                if (missing is null && peers?.Seconds(peer.Case, row.Count, out missing) is { } seconds) theirs = Math.Min(theirs ?? double.MaxValue, seconds);
            }
            string compared = theirs is { } best
                ? $"{row.Amount / best,14:N0}  {peer.Name,-36}{best / ours,7:F2}{peer.Goal,6:F1}{(peer.Goal is { } goal ? best / ours >= goal ? " ok" : " MISS" : "")}"
                : $"{"-",14}  {missing ?? "no peers"}";
            output.WriteLine($"{(isFirst ? row.Name : ""),-44}{row.Amount / ours,14:N0} {row.Unit,-11}{compared}");
            isFirst = false;
        }
    }

    private static double Seconds(Action operation, int count, int threads)
    {
        long start = Now(threads);
        for (int i = 0; i < count; i++) operation();
        return (Now(threads) - start) / 1e9 / count;
    }

    private static long Now(int threads) => threads == 1 ? CpuClock.Nanoseconds() : Stopwatch.GetTimestamp() * 1_000_000_000 / Stopwatch.Frequency;

    // Until the JIT has had time for its last tier, and the threads are awake.
    private static void WarmUp(Action operation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        for (int runs = 0; runs < 40 || watch.ElapsedMilliseconds < 1_000; runs++)
        {
            operation();
            if (watch.ElapsedMilliseconds > 10_000) break;
        }
    }

    /// <summary>One line of the table.</summary>
    /// <param name="Name">What is done.</param>
    /// <param name="Make">Makes the data, and gives the operation.</param>
    /// <param name="Count">Operations of a repetition.</param>
    /// <param name="Unit">Of the figure.</param>
    /// <param name="Amount">How much of the unit an operation does.</param>
    /// <param name="Peers">What it is compared with.</param>
    private sealed record Row(string Name, Func<Action> Make, int Count, string Unit, double Amount, Peer[] Peers);

    /// <summary>Something to compare with.</summary>
    /// <param name="Case">In the script.</param>
    /// <param name="Name">In the table.</param>
    /// <param name="Goal">At least so many times its speed; null for none.</param>
    /// <param name="IsOneThread">Whether it uses one thread whatever it is told.</param>
    private sealed record Peer(string Case, string Name, double? Goal, bool IsOneThread = false);
}
