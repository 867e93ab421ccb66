using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Stores;

namespace Fed.Benchmarks.Cluster;

/// <summary>The other process of the transport's tables. It ends with its standard input.</summary>
internal static class SiteChild
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The next line that a child says.</summary>
    /// <exception cref="IOException">It says nothing.</exception>
    public static string Answer(this Process child)
    {
        Task<string?> line = child.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) && line.Result is { } said ? said : throw new IOException("the other process has ended, or says nothing");
    }

    public static int Run(ReadOnlySpan<string> args)
    {
        using BenchWire wire = new(new NodeFolder(args[1]), int.Parse(args[2], CultureInfo.InvariantCulture), args[3] == "on");
        switch (args[0])
        {
            case "take-control":
                TakeControl(wire);
                return 0;
            case "take-raw":
                TakeRawAsync(wire).GetAwaiter().GetResult();
                return 0;
            default:
                Fetch(wire, args[4], Digest.Parse(args[5]), long.Parse(args[6], CultureInfo.InvariantCulture), args.Length > 7 ? Digest.Parse(args[7]) : null);
                return 0;
        }
    }

    private static void TakeControl(BenchWire wire)
    {
        using RabbitTransport transport = new(wire.Node);
        int taken = 0;
        using IDisposable registered = transport.Register(BenchCluster.SiteAddress, (_, message) =>
        {
            taken++;
            if (message is not ProtocolMessage.Invite { Collection.Round: ControlBenchmark.Last }) return;
            Console.WriteLine(taken);
            taken = 0;
        });
        wire.WaitUntilReady();
        Console.WriteLine("ready");
        Console.In.ReadToEnd();
    }

    private static async Task TakeRawAsync(BenchWire wire)
    {
        await using RawBroker raw = await RawBroker.ConnectAsync(wire);
        Console.WriteLine("ready");
        await raw.ConsumeAsync(RabbitNames.Data(BenchCluster.Site), new BulkOptions().Prefetch, static _ => Console.WriteLine("."), Task.Run(Console.In.ReadToEnd));   // the reader of the console itself blocks
    }

    private static void Fetch(BenchWire wire, string target, Digest blob, long length, Digest? small)
    {
        string folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
        using ThreadWorkerPool workers = new(2);
        using RabbitBulk bulk = new(wire.Node, workers, new BulkOptions { ModelKeptFor = TimeSpan.Zero });
        IBulkTransfer transfer = bulk.As(BenchCluster.SiteAddress);
        FileInbox inbox = new(Path.Combine(folder, "inbox"));
        FileBlobStore store = new(Path.Combine(folder, "store"));
        wire.WaitUntilReady();
        Console.WriteLine("ready");
        if (small is { } first)
        {
            using ManualResetEventSlim warm = new();
            transfer.FetchToStore(BenchCluster.ServerAddress, first, store, _ => warm.Set());
            warm.Wait(Patience);
            GC.Collect();
            Console.WriteLine("warm");
        }

        while (Console.ReadLine() is not null)
        {
            TaskCompletionSource<string?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Stopwatch clock = Stopwatch.StartNew();
            if (target == "memory") transfer.FetchToMemory(BenchCluster.ServerAddress, blob, (_, failure) => done.SetResult(failure));
            else if (target == "store") transfer.FetchToStore(BenchCluster.ServerAddress, blob, store, done.SetResult);
            else transfer.FetchToInbox(BenchCluster.ServerAddress, blob, length, inbox, "blob", done.SetResult);
            Console.WriteLine(done.Task.GetAwaiter().GetResult() ?? clock.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
            inbox.Discard("");
            store.Delete(blob);
        }

        Directory.Delete(folder, recursive: true);
    }
}
