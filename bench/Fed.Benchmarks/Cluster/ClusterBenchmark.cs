namespace Fed.Benchmarks.Cluster;

/// <summary><c>bench cluster [--quick] [--tls on|off|both] [control] [bulk] [memory] [rounds]</c>: what a federation of processes reaches over a real broker and a real database on this machine.</summary>
internal static class ClusterBenchmark
{
    private static readonly string[] All = ["control", "bulk", "memory", "rounds"];

    public static int Run(TextWriter output, ReadOnlySpan<string> args)
    {
        bool isQuick = false;
        bool[] tls = [false, true];
        List<string> parts = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--quick") isQuick = true;
            else if (args[i] == "--tls" && i + 1 < args.Length && args[i + 1] is "on" or "off" or "both") tls = args[++i] switch { "on" => [true], "off" => [false], _ => [false, true] };
            else if (All.Contains(args[i])) parts.Add(args[i]);
            else
            {
                Console.Error.WriteLine($"bench cluster: '{args[i]}' is nothing here; usage: bench cluster [--quick] [--tls on|off|both] [{string.Join("] [", All)}]");
                return 2;
            }
        }

        try
        {
            foreach (bool hasTls in tls) Run(output, parts.Count == 0 ? All : parts, hasTls, isQuick);
            return 0;
        }
        catch (IOException failure)
        {
            Console.Error.WriteLine($"bench cluster: {failure.Message}");
            return 1;
        }
    }

    private static void Run(TextWriter output, IReadOnlyCollection<string> parts, bool hasTls, bool isQuick)
    {
        if (parts.Any(static part => part != "rounds"))
        {
            using BenchCluster cluster = new(hasTls);
            if (parts.Contains("control")) ControlBenchmark.Run(output, cluster, isQuick);
            if (parts.Contains("bulk")) BulkBenchmark.Run(output, cluster, isQuick);
            if (parts.Contains("memory")) MemoryBenchmark.Run(output, cluster, isQuick);
        }

        if (parts.Contains("rounds")) RoundsBenchmark.Run(output, hasTls, isQuick);
    }
}
