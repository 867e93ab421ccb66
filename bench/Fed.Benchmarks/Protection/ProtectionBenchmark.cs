using System.Collections.Immutable;
using Fed.Benchmarks.Crypto;
using Fed.Benchmarks.SecAgg;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Benchmarks.Protection;

/// <summary>What each protection costs beyond the plain sum: 10 silos, 1,000,000 values on a 16-bit grid, one thread; every figure beside its goal.</summary>
internal static class ProtectionBenchmark
{
    private const int Silos = 10, Colluding = 3, Values = 1_000_000, PieceBytes = 1 << 20;

    /// <summary>Prints the table.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine($"protection, {Silos} silos of which {Colluding} may collude, {Values:N0} values, one thread, {CpuClock.Name}");
        CostTable table = new(output);
        table.Header();
        SecAgg(table, RingWidth.Ring32, goal: 20);
        SecAgg(table, RingWidth.Ring64, goal: 40);
        Ckks(table);
        output.WriteLine(table.Misses == 0 ? "every goal is met" : $"{table.Misses} goals are missed");
    }

    private static void SecAgg(CostTable table, RingWidth ring, double goal)
    {
        using BenchmarkFederation federation = new(Silos, Colluding, 0, ring);
        federation.Finish(dropped: 0);
        long plain = (long)Values * RingSum.WordBytes(ring);
        byte[] vector = new byte[plain], masked = new byte[PieceBytes], sum = new byte[plain];
        using MaskStream masks = federation.Mask(0);
        table.AtMost($"secagg, ring {(int)ring}: mask a vector ({masks.Count} masks)", CostTable.Milliseconds(() => Apply(masks, vector, masked)), "ms", goal);
        double unmask = CostTable.Milliseconds(() =>
        {
            using SumUnmasker server = new(federation.Adverts, federation.Bundles, federation.Contributors);
            foreach (UnmaskShares answer in federation.Answers) server.Add(answer);
            using MaskStream opening = server.Complete();
            opening.Apply(0, sum);
        });
        table.AtMost($"secagg, ring {(int)ring}: unmask the sum", unmask, "ms");
        table.AtMost($"secagg, ring {(int)ring}: bytes up, over 1.01 x plain + 3 KB", (plain + federation.OverheadUp(0)) / ((1.01 * plain) + 3072), "x", 1);
    }

    private static void Ckks(CostTable table)
    {
        PackingLayout layout = PackingLayout.Create(
            PackingProfile.SiloThreshold,
            VectorSchema.Create(new Segment("w", [Values], SegmentKind.Training, 16, 0, GridRounding.Stochastic, Weighted: true)),
            new PackingJob(Silos, Silos, Rounds: 100, Attempts: 3));
        using KeySites sites = new(Silos, Colluding + 1, layout);
        byte[] vector = new byte[4 * layout.Schema.Length];
        int attempt = 0;
        const double Float32 = 4.0 * Values;
        table.AtMost("ckks: encrypt a vector", CostTable.Milliseconds(() => sites.Encrypt(0, ++attempt, vector)), "ms", 80);
        table.AtMost("ckks: fingerprint of one's own ciphertexts", CostTable.Milliseconds(() => sites.Fingerprint(0)), "ms");
        table.AtMost("ckks: an opener verifies the sum by fingerprints", CostTable.Milliseconds(() => sites.VerifyByFingerprints()), "ms");
        ImmutableArray<ImmutableArray<OpeningShare>> shares = [.. Enumerable.Range(0, Colluding + 1).Select(sites.SharesOf)];
        table.AtMost("ckks: shares of an opener", CostTable.Milliseconds(() => sites.SharesOf(0)), "ms", 30);
        long[] values = new long[layout.Schema.Length];
        table.AtMost($"ckks: combine the shares of {shares.Length} openers", CostTable.Milliseconds(() => sites.Open(shares, values)), "ms", 60);

        double accumulators = 1.0 * layout.Profile.Ring.Words * sizeof(ulong) * layout.Ciphertexts;
        table.AtLeast("ckks: aggregator adds, of accumulator bytes", Silos * accumulators / (CostTable.Milliseconds(() => AddAll(sites)) * 1e6), "GB/s", 4);

        long up = sites.UploadOf(0).Sum(static c => (long)c.Length), opener = up + shares[0].Sum(static s => (long)s.Bytes.Length), sum = sites.Sums.Sum(static s => (long)s.Length);
        table.AtMost("ckks: bytes up, contribution, over float32", up / Float32, "x", 2.2);
        table.AtMost("ckks: bytes up, an opener in total, over float32", opener / Float32, "x", 3.3);
        table.AtMost("ckks: bytes down to an opener, the sum, over float32", sum / Float32, "x", 1.1);
    }

    private static void AddAll(KeySites sites)
    {
        SumAccumulator accumulator = new(sites.Layout, sites.Key.Key.Id.AsSpan());
        byte[] sum = new byte[accumulator.SumBytes];
        for (int index = 0; index < sites.Layout.Ciphertexts; index++)
        {
            for (int silo = 0; silo < Silos; silo++) accumulator.Add(sites.UploadOf(silo)[index]);
            accumulator.Close(sum);
        }
    }

    private static void Apply(MaskStream masks, byte[] vector, byte[] masked)
    {
        int wordBytes = RingSum.WordBytes(masks.Ring);
        for (int at = 0; at < vector.Length; at += PieceBytes)
        {
            int count = Math.Min(PieceBytes, vector.Length - at);
            masks.Apply(at / wordBytes, vector.AsSpan(at, count), masked.AsSpan(0, count));
        }
    }
}
