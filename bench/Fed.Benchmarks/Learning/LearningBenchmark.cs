using Fed.Benchmarks.Crypto;
namespace Fed.Benchmarks.Learning;
internal static class LearningBenchmark
{
    public static void Run(TextWriter output)
    {
        Fed.Learning.Kernels.ForkJoin.Degree = int.Parse(Environment.GetEnvironmentVariable("T") ?? "1");
        foreach (var (name, make, count) in new (string, Func<Action>, int)[] { ("gemm", LearningCases.Gemm, 10), ("mlp", LearningCases.Mlp, 20), ("cnn", LearningCases.Cnn, 10), ("log", () => LearningCases.Logistic(true), 1), ("log order", () => LearningCases.Logistic(false), 1) })
        {
            Action a = make();
            long w = CpuClock.Nanoseconds(); while (CpuClock.Nanoseconds() - w < 400_000_000) a();
            System.Threading.Thread.Sleep(200);
            w = CpuClock.Nanoseconds(); while (CpuClock.Nanoseconds() - w < 400_000_000) a();
            double best = double.MaxValue;
            for (int i = 0; i < 15; i++) { long s = CpuClock.Nanoseconds(); for (int j = 0; j < count; j++) a(); best = Math.Min(best, (CpuClock.Nanoseconds() - s) / 1e9 / count); }
            output.WriteLine($"{name} {best}");
        }
    }
}
