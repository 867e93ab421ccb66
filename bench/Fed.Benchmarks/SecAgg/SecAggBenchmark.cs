using Fed.Benchmarks.Crypto;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Benchmarks.SecAgg;

/// <summary>What secure aggregation costs a silo and the server: 1,000,000 values, one thread, processor time.</summary>
internal static class SecAggBenchmark
{
    private const int Values = 1_000_000, PieceBytes = 1 << 20, Repetitions = 9;

    /// <summary>Prints the tables.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine($"secure aggregation, {Values:N0} values, one thread, {CpuClock.Name}, median of {Repetitions}");
        output.WriteLine($"{"",-62}{"value",10} {"unit",-6}{"goal",8}");
        Silo(output);
        Server(output);
    }

    private static void Silo(TextWriter output)
    {
        foreach ((RingWidth ring, double goal) in new[] { (RingWidth.Ring32, 20.0), (RingWidth.Ring64, 40.0) })
        {
            using BenchmarkFederation federation = new(10, 3, 0, ring);
            federation.Finish(dropped: 0);
            byte[] vector = new byte[Values * RingSum.WordBytes(ring)], masked = new byte[PieceBytes];
            using MaskStream masks = federation.Mask(0);
            Line(output, $"mask a vector, 10 silos, ring {(int)ring}: {masks.Count} masks", Milliseconds(() => Apply(masks, vector, masked)), "ms", goal);
        }
        using BenchmarkFederation ten = new(10, 3, 0, RingWidth.Ring32);
        ten.Finish(dropped: 0);
        Line(output, "key agreement, 10 silos: share keys", Milliseconds(() => ten.Secrets[1].ShareKeys(ten.Adverts)), "ms");
        Line(output, "key agreement, 10 silos: keys of the masks", Milliseconds(() => ten.Mask(1).Dispose()), "ms");
        long plain = 4L * Values, up = plain + ten.OverheadUp(0);
        Line(output, $"bytes up beyond the vector, 10 silos (limit 1 % + 3 KB = {(plain / 100) + 3072:N0})", up - plain, "B", 3072);
    }

    private static void Server(TextWriter output)
    {
        List<double> perSilo = [];
        foreach (int silos in new[] { 10, 30, 100, 300 })
        {
            using BenchmarkFederation federation = new(silos, silos / 10, silos / 10, RingWidth.Ring32);
            federation.Finish(dropped: 0);
            double whole = Work(federation);
            perSilo.Add(whole / silos);
            Line(output, $"server per silo, {silos} silos, {Shape(federation)}, no drop-outs", whole / silos, "ms");
        }
        Line(output, "the most of these over the least", perSilo.Max() / perSilo.Min(), "x", 1.2);
        foreach (int silos in new[] { 10, 30, 100, 300 })
        {
            using BenchmarkFederation federation = new(silos, silos / 10, silos / 10, RingWidth.Ring32);
            int dropped = silos / 10;
            federation.Finish(dropped);
            double whole = Work(federation, repetitions: 1);
            long streams = silos + ((long)dropped * federation.Terms.Parameters.Degree);
            Line(output, $"server, {silos} silos, {dropped} dropped, {Shape(federation)}: whole", whole, "ms");
            Line(output, $"    over n + dropped x k = {streams:N0}", whole / streams, "ms");
        }
    }

    /// <summary>Everything the server does from the first masked vector to the opened sum.</summary>
    private static double Work(BenchmarkFederation federation, int repetitions = 3)
    {
        byte[][] vectors = [.. Enumerable.Range(0, 4).Select(static _ => new byte[4 * Values])];   // as many as do not stay in a cache together with the sum
        byte[] sum = new byte[4 * Values];
        return Milliseconds(
            () =>
            {
                for (int i = 0; i < federation.Contributors.Count; i++) RingSum.Add(RingWidth.Ring32, sum, vectors[i % vectors.Length]);
                using SumUnmasker server = new(federation.Adverts, federation.Bundles, federation.Contributors);
                foreach (UnmaskShares answer in federation.Answers) server.Add(answer);
                using MaskStream masks = server.Complete();
                masks.Apply(0, sum);
            },
            repetitions);
    }

    private static string Shape(BenchmarkFederation federation) => federation.Terms.Parameters.IsComplete ? $"t = {federation.Terms.Parameters.Threshold}" : $"k = {federation.Terms.Parameters.Degree}, t = {federation.Terms.Parameters.Threshold}";

    private static void Apply(MaskStream masks, byte[] vector, byte[] masked)
    {
        int wordBytes = RingSum.WordBytes(masks.Ring);
        for (int at = 0; at < vector.Length; at += PieceBytes)
        {
            int count = Math.Min(PieceBytes, vector.Length - at);
            masks.Apply(at / wordBytes, vector.AsSpan(at, count), masked.AsSpan(0, count));
        }
    }

    private static double Milliseconds(Action operation, int repetitions = Repetitions)
    {
        if (repetitions > 1) operation();                  // compiled and paged in
        double[] runs = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            long start = CpuClock.Nanoseconds();
            operation();
            runs[i] = (CpuClock.Nanoseconds() - start) / 1e6;
        }
        return runs.Order().ElementAt(repetitions / 2);
    }

    private static void Line(TextWriter output, string name, double value, string unit, double? goal = null) =>
        output.WriteLine($"{name,-62}{value,10:G4} {unit,-6}{goal,8:G4}{(goal is null ? "" : value <= goal ? "   ok" : " MISS")}");
}
