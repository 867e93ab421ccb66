using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Benchmarks.Cluster;

/// <summary>Blobs from one process' disk to another process: encrypted, through the broker, verified. The floor is the broker's client with pieces of the same size, one way, neither encrypted nor hashed nor read from anywhere.</summary>
internal static class BulkBenchmark
{
    public static void Run(TextWriter output, BenchCluster cluster, bool isQuick)
    {
        int megabytes = isQuick ? 128 : 512, repetitions = isQuick ? 2 : 5;
        using ServedBlobs served = new(cluster);
        Digest blob = served.Add((long)megabytes << 20);
        double floor = Raw(cluster, served.Wire, megabytes, repetitions);
        output.WriteLine($"bulk, {megabytes} MiB from a file, TLS {(cluster.HasTls ? "on" : "off")}; medians of {repetitions}");
        output.WriteLine("  to       floor MB/s   MB/s   ratio   CPU s per GB: sender   receiver   broker");
        foreach (string target in (string[])["memory", "inbox"])
        {
            using Process site = cluster.StartSite("fetch", target, blob.ToString(), $"{(long)megabytes << 20}");
            site.Answer();
            double[] rates = new double[repetitions];
            ServedBlobs.Fetch(site);   // compiles the code
            using Process self = Process.GetCurrentProcess();
            double own = self.TotalProcessorTime.TotalSeconds, other = ProcessFigures.Of(site.Id).CpuSeconds, broker = cluster.BrokerSeconds(), gigabytes = repetitions * (double)(megabytes << 20) / 1e9;
            for (int i = 0; i < repetitions; i++) rates[i] = (megabytes << 20) / 1e6 / ServedBlobs.Fetch(site);
            self.Refresh();
            own = (self.TotalProcessorTime.TotalSeconds - own) / gigabytes;
            other = (ProcessFigures.Of(site.Id).CpuSeconds - other) / gigabytes;
            broker = (cluster.BrokerSeconds() - broker) / gigabytes;
            site.StandardInput.Close();
            site.WaitForExit();
            Array.Sort(rates);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {target,-6}   {floor,10:0}   {rates[repetitions / 2],4:0}   {rates[repetitions / 2] / floor,5:0.00}   {own,20:0.00}   {other,8:0.00}   {broker,6:0.00}"));
        }
    }

    /// <summary>MB a second through the broker to another process; the sender is never more than the transfers' window ahead.</summary>
    private static double Raw(BenchCluster cluster, BenchWire wire, int megabytes, int repetitions)
    {
        byte[] piece = new byte[(1 << 20) + PieceFrame.Overhead];
        double[] rates = new double[repetitions];
        using Process site = cluster.StartSite("take-raw");
        site.Answer();
        RunAsync().GetAwaiter().GetResult();
        site.StandardInput.Close();
        site.WaitForExit();
        Array.Sort(rates);
        return rates[repetitions / 2];
        async Task RunAsync()
        {
            await using RawBroker raw = await RawBroker.ConnectAsync(wire);
            int window = new BulkOptions().PiecesMax;
            for (int i = -1; i < repetitions; i++)
            {
                int taken = 0;
                Stopwatch clock = Stopwatch.StartNew();
                await raw.PublishAsync(RabbitNames.Down, RabbitNames.KeyOf(BenchCluster.Server, RabbitNames.Data(BenchCluster.Site)), piece, megabytes, sent =>
                {
                    for (; sent - taken >= window; taken++) site.Answer();
                });
                for (; taken < megabytes; taken++) site.Answer();
                if (i >= 0) rates[i] = (megabytes << 20) / 1e6 / clock.Elapsed.TotalSeconds;
            }
        }
    }
}
