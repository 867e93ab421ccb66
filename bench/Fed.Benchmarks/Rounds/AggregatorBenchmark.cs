using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging;
using Fed.Cluster.Stores;
using Fed.Vectors;

namespace Fed.Benchmarks.Rounds;

/// <summary>
/// The aggregator's memory: a process of its own that hosts nothing but the aggregator, with the silos' contributions lying on disk, collects and seals one sum.
/// Its peak resident set above what the idle process had is to stay below one accumulator and 150 MB, for 3 and for 30 silos.
/// </summary>
internal static class AggregatorBenchmark
{
    private const int Parameters = 10_000_000;

    public static void Run(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"aggregator in a process of its own, {Parameters:N0} parameters, ring 32: accumulator {Parameters * 4L / 1_000_000} MB");
        output.WriteLine("silos   peak above idle MB   limit MB   collect+seal ms");
        foreach (int silos in new[] { 3, 30 })
        {
            string folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
            try
            {
                using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Entry(), "aggregator-child", folder, $"{silos}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
                string[] figures = child.StandardOutput.ReadToEnd().Trim().Split(' ');
                child.WaitForExit();
                if (child.ExitCode != 0 || figures.Length != 2) throw new InvalidOperationException("the aggregator's process failed");
                output.WriteLine($"{silos,5}   {double.Parse(figures[0], CultureInfo.InvariantCulture),18:0}   {(Parameters * 4L / 1_000_000) + 150,8}   {double.Parse(figures[1], CultureInfo.InvariantCulture),15:0}");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The child process: prints the peak above idle in MB and the time in ms.</summary>
    public static void Child(string folder, int silos)
    {
        using ThreadWorkerPool workers = new(Environment.ProcessorCount + 2);
        InProcessTransport transport = new();
        InProcessBulk bulk = new(workers);
        ActorSystem system = new("bench", ActorSystemOptions.Default);
        using BenchmarkNode node = new(Path.Combine(folder, "node"));
        using LocalSigner siloKey = LocalSigner.LoadOrCreate(Path.Combine(folder, "silo.pem"));
        FileBlobStore outboxes = new(Path.Combine(folder, "outboxes"));
        Dictionary<NodeAddress, ReadOnlyMemory<byte>> keys = new() { [NodeAddress.Coordinator] = node.Signer.PublicKey };
        JobId job = new("bench-1");
        JobPlan plan = RoundBenchmark.PlanOf(job, Parameters, 1, []);
        VectorSchema schema = plan.RoundSums[0].ToSchema();
        CollectionId id = new(1, 1, "training");
        Digest planHash = Digest.Of("plan"u8), based = Digest.Of("base"u8);
        List<UpdateManifest> manifests = [];
        for (int i = 0; i < silos; i++)
        {
            SiloId silo = new($"site-{i}");
            NodeAddress address = NodeAddress.Silo(silo.Value);
            keys[address] = siloKey.PublicKey;
            bulk.Register(address, outboxes);
            UpdateManifest manifest = new(silo, job, 1, "training", planHash, based, schema.Hash, Contribution(outboxes, schema.Length, i), schema.Length * 4L, default);
            manifests.Add(manifest with { Signature = siloKey.Sign(UpdateManifest.Purpose, manifest.SignedContent()) });
        }

        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Watcher watcher = new(happened =>
        {
            if (happened is AggregationEvent.SumSealed) done.TrySetResult();
        });
        FederationNodes.StartAggregator(node.Services(system, transport, bulk, workers, keys, watcher), job, new FileInbox(Path.Combine(folder, "inbox")));
        CollectionRequest request = new(
            job, id, planHash, based, new SumShape(RingWidth.Ring32, schema.Length, schema.Hash), [.. manifests.Select(static m => m.Silo)], silos, silos, TimeSpan.FromMinutes(5), Retain: false);
        GC.Collect();
        long idle = Environment.WorkingSet;
        Stopwatch clock = Stopwatch.StartNew();
        transport.Send(NodeAddress.Coordinator, NodeAddress.Aggregator, new ProtocolMessage.OpenCollection(job, request));
        foreach (UpdateManifest manifest in manifests)
            transport.Send(NodeAddress.Silo(manifest.Silo.Value), NodeAddress.Aggregator, new ProtocolMessage.OfferUpdate(job, id, manifest, null));
        done.Task.GetAwaiter().GetResult();
        double elapsed = clock.Elapsed.TotalMilliseconds;
        using Process self = Process.GetCurrentProcess();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, self.PeakWorkingSet64 - idle) / 1e6:0.0} {elapsed:0.0}"));
        system.TerminateAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
    }

    private static string[] Entry() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(AggregatorBenchmark).Assembly.Location] : [];

    private static Digest Contribution(FileBlobStore store, int entries, int silo)
    {
        using IBlobWriter writer = store.Create();
        byte[] piece = new byte[IBulkTransfer.PieceBytes];
        Random random = new(silo);
        for (long left = entries * 4L; left > 0; left -= piece.Length)
        {
            random.NextBytes(piece);
            writer.Write(piece.AsSpan(0, (int)Math.Min(piece.Length, left)));
        }

        return writer.Commit();
    }
}
