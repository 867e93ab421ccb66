using System.Collections.Immutable;
using System.Diagnostics;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;
using Fed.Cluster.Messaging;
using Fed.Cluster.Stores;
using Fed.Vectors;

namespace Fed.Benchmarks.Rounds;

/// <summary>
/// What a round costs beyond the local work: ten silos, ring 32, every contribution durable once, against writing and fsyncing the same bytes in the same run.
/// </summary>
internal static class RoundBenchmark
{
    private const int Silos = 10;
    private static readonly Segment Parameters = new("parameters", [1], SegmentKind.Training, 16, 12, GridRounding.Nearest, Weighted: true);

    public static void Run(TextWriter output)
    {
        output.WriteLine($"round overhead: {Silos} silos, trivial local work, ring 32, plain; medians");
        string warm = Directory.CreateTempSubdirectory("fed-bench-").FullName;
        _ = RunRounds(warm, 10_000, 10);   // compiles the code
        Directory.Delete(warm, recursive: true);
        output.WriteLine("parameters   write+fsync ms   round ms   ratio   CPU ms");
        Measure(output, 10_000, rounds: 50);   // the fixed cost
        Measure(output, 1_000_000, rounds: 25);
        Measure(output, 10_000_000, rounds: 5);
        AggregatorBenchmark.Run(output);
    }

    private static void Measure(TextWriter output, int parameters, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
        try
        {
            double[] floors = [.. Enumerable.Range(0, rounds).Select(i => WriteSameBytes(Path.Combine(folder, $"floor-{i}"), parameters))];
            (double[] times, double cpu) = RunRounds(Path.Combine(folder, "data"), parameters, rounds);
            double floor = Median([.. floors.Concat(Enumerable.Range(0, 2).Select(i => WriteSameBytes(Path.Combine(folder, $"floor-z{i}"), parameters)))]), round = Median(times);
            output.WriteLine($"{parameters,10:N0}   {floor,14:0.0}   {round,8:0.0}   {round / floor,5:0.00}   {cpu / rounds,6:0}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The floor: each silo's bytes into a file of its own, made durable.</summary>
    private static double WriteSameBytes(string folder, int parameters)
    {
        Directory.CreateDirectory(folder);
        byte[] piece = new byte[IBulkTransfer.PieceBytes];
        new Random(1).NextBytes(piece);
        Stopwatch clock = Stopwatch.StartNew();
        for (int silo = 0; silo < Silos; silo++)
        {
            using FileStream file = new(Path.Combine(folder, $"{silo}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            for (long left = parameters * 4L; left > 0; left -= piece.Length) file.Write(piece, 0, (int)Math.Min(piece.Length, left));
            file.Flush(flushToDisk: true);
        }

        double elapsed = clock.Elapsed.TotalMilliseconds;
        Directory.Delete(folder, recursive: true);
        return elapsed;
    }

    private static (double[] Times, double Cpu) RunRounds(string folder, int parameters, int rounds)
    {
        using ThreadWorkerPool workers = new(Environment.ProcessorCount + 2);
        InProcessTransport transport = new();
        InProcessBulk bulk = new(workers);
        ActorSystem system = new("bench", ActorSystemOptions.Default);
        using BenchmarkNode node = new(Path.Combine(folder, "node"));
        BenchmarkNode[] sites = [.. Enumerable.Range(0, Silos).Select(i => new BenchmarkNode(Path.Combine(folder, $"site-{i}")))];
        Dictionary<NodeAddress, ReadOnlyMemory<byte>> keys = new()
        {
            [NodeAddress.Job] = node.Signer.PublicKey,
            [NodeAddress.Coordinator] = node.Signer.PublicKey,
            [NodeAddress.Aggregator] = node.Signer.PublicKey,
        };
        for (int i = 0; i < Silos; i++) keys[NodeAddress.Silo(Name(i))] = sites[i].Signer.PublicKey;

        List<(DateTimeOffset Planned, DateTimeOffset Committed)> spans = [];
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DateTimeOffset planned = default;
        Watcher watcher = new(happened =>
        {
            if (happened is RoundEvent.RoundPlanned p) planned = p.At;
            else if (happened is RoundEvent.RoundCommitted c) spans.Add((planned, c.At));
            else if (happened is JobEvent.JobCompleted) ended.TrySetResult();
            else if (happened is JobEvent.JobFailed failed) ended.TrySetException(new InvalidOperationException(failed.Reason));
        });
        JobId job = new("bench-1");
        JobPlan plan = PlanOf(job, parameters, rounds, [.. Enumerable.Range(0, Silos).Select(i => new RosterEntry(new SiloId(Name(i)), sites[i].Signer.KeyId))]);
        double[] vector = new double[plan.RoundSums[0].ToSchema().Length];
        for (int i = 0; i < parameters; i++) vector[i] = (i % 2001 - 1000) / 1024.0;

        bulk.Register(NodeAddress.Coordinator, node.Blobs);
        bulk.Register(NodeAddress.Aggregator, node.Blobs);
        for (int i = 0; i < Silos; i++)
        {
            bulk.Register(NodeAddress.Silo(Name(i)), sites[i].Blobs);
            FederationNodes.StartSilo(sites[i].Services(system, transport, bulk, workers, keys, watcher), job, new SiloId(Name(i)), new FixedVector(vector));
        }

        NodeServices services = node.Services(system, transport, bulk, workers, keys, watcher);
        FederationNodes.StartAggregator(services, job, new FileInbox(Path.Combine(node.Folder, "inbox")));
        CountingProgram program = new();
        FederationNodes.StartCoordinator(services, job, program);
        (_, Action<JobCommand.Submit> submit) = FederationNodes.StartJob(services, job);
        byte[] hash = new byte[Digest.Size];
        plan.ComputeHash().CopyTo(hash);
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        submit(new JobCommand.Submit(plan, node.Blobs.Store(program.InitialState()), node.Signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash), node.Signer.PublicKey));
        ended.Task.GetAwaiter().GetResult();
        double cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds;
        system.TerminateAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
        foreach (BenchmarkNode site in sites) site.Dispose();
        return ([.. spans.Skip(1).Select(static span => (span.Committed - span.Planned).TotalMilliseconds)], cpu);
    }

    internal static JobPlan PlanOf(JobId job, int parameters, int rounds, ImmutableArray<RosterEntry> roster)
    {
        ImmutableArray<SumPlan> sums = [new SumPlan("training", [Parameters with { Shape = [parameters] }], Everyone: true)];
        return new JobPlan
        {
            Job = job,
            Name = "bench",
            Program = "{}",
            Ring = RingWidth.Ring32,
            Protection = "plain",
            StartSums = sums,
            RoundSums = sums,
            Roster = roster,
            Rounds = rounds,
            Participation = ParticipationRule.All,
            MaxAttempts = 1,
            Timings = new PlanTimings(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
            Seed = 1,
            RetainContributions = 0,
        };
    }

    private static string Name(int silo) => $"site-{silo}";

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
