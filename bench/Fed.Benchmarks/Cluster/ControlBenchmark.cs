using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Benchmarks.Cluster;

/// <summary>Control messages: sealed, published as persistent and confirmed by the broker, 64 unconfirmed at a time; and opened by another process. The floor is the broker's client with frames of the same size.</summary>
internal static class ControlBenchmark
{
    private static readonly JobId Job = new("bench-1");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The last of a series is of this round.</summary>
    public const int Last = int.MaxValue;

    public static void Run(TextWriter output, BenchCluster cluster, bool isQuick)
    {
        int count = isQuick ? 5_000 : 20_000;
        using BenchWire wire = cluster.Connect(BenchCluster.Server);
        using RabbitTransport transport = new(wire.Node);
        wire.WaitUntilReady();
        byte[] frame = wire.Node.Sealer.Seal(Job, BenchCluster.ServerAddress, BenchCluster.SiteAddress, MessageContent.Of(Message(1)))!;
        output.WriteLine($"control messages, sealed: {frame.Length} bytes, window {wire.Options.Window}, TLS {(cluster.HasTls ? "on" : "off")}");

        Confirmed(transport, wire, 2_000, isMarked: false);   // compiles the code
        double floor = RawRate(wire, frame, count / 2), alone = Confirmed(transport, wire, count);
        floor = (floor + RawRate(wire, frame, count / 2)) / 2;
        using Process site = cluster.StartSite("take-control");
        site.Answer();   // ready
        site.Answer();   // has taken what lay there
        double broker = cluster.BrokerSeconds();
        using Process self = Process.GetCurrentProcess();
        double own = self.TotalProcessorTime.TotalSeconds, other = ProcessFigures.Of(site.Id).CpuSeconds;
        Stopwatch clock = Stopwatch.StartNew();
        Confirmed(transport, wire, count);
        double taken = int.Parse(site.Answer(), CultureInfo.InvariantCulture) / clock.Elapsed.TotalSeconds;
        self.Refresh();
        own = (self.TotalProcessorTime.TotalSeconds - own) / count * 1e6;
        other = (ProcessFigures.Of(site.Id).CpuSeconds - other) / count * 1e6;
        broker = (cluster.BrokerSeconds() - broker) / count * 1e6;
        (double seal, double sign) = CryptoCosts(wire);
        site.StandardInput.Close();
        site.WaitForExit();
        output.WriteLine("  floor, confirmed /s   confirmed /s   ratio   sent, and opened by another process /s   CPU us: sender   receiver   broker   of the sender's: seal   sign");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {floor,19:N0}   {alone,12:N0}   {alone / floor,5:0.00}   {taken,38:N0}   {own,15:0}   {other,8:0}   {broker,6:0}   {seal,21:0}   {sign,4:0}"));
    }

    private static ProtocolMessage Message(int round) => new ProtocolMessage.Invite(Job, new CollectionId(round, 1, "training"), Digest.Of("plan"u8), Digest.Of("model"u8));

    private static double Confirmed(RabbitTransport transport, BenchWire wire, int count, bool isMarked = true)
    {
        long target = wire.Node.Counters.ConfirmedCount + count;
        Stopwatch clock = Stopwatch.StartNew();
        int sent = 0;
        for (; sent < count; sent++)
        {
            if (sent % 1000 == 999) Spin(() => wire.Node.Counters.ConfirmedCount > target - count + sent - 5_000);   // no more than the lane holds
            transport.Send(BenchCluster.ServerAddress, BenchCluster.SiteAddress, Message(isMarked && sent == count - 1 ? Last : 1));
        }

        Spin(() => wire.Node.Counters.ConfirmedCount >= target);
        return count / clock.Elapsed.TotalSeconds;
    }

    private static void Spin(Func<bool> isDone)
    {
        for (long since = Stopwatch.GetTimestamp(); !isDone(); Thread.Sleep(1))
            if (Stopwatch.GetElapsedTime(since) > Patience) throw new IOException("the broker confirms no more");
    }

    private static double RawRate(BenchWire wire, byte[] frame, int count)
    {
        return Run().GetAwaiter().GetResult();
        async Task<double> Run()
        {
            await using RawBroker raw = await RawBroker.ConnectAsync(wire);
            return await raw.PublishConfirmedAsync(RabbitNames.Down, RabbitNames.KeyOf(BenchCluster.Server, RabbitNames.Requests(BenchCluster.SiteAddress)), frame, count, wire.Options.Window);
        }
    }

    /// <summary>Microseconds of one thread: to seal, and of it to sign.</summary>
    private static (double Seal, double Sign) CryptoCosts(BenchWire wire)
    {
        const int Count = 2_000;
        EnvelopeContent content = MessageContent.Of(Message(1));
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < Count; i++) wire.Node.Sealer.Seal(Job, BenchCluster.ServerAddress, BenchCluster.SiteAddress, content);
        double seal = clock.Elapsed.TotalMicroseconds / Count;
        byte[] statement = new byte[300];
        clock.Restart();
        for (int i = 0; i < Count; i++) wire.Signer.Sign(EnvelopeSealer.Purpose, statement);
        return (seal, clock.Elapsed.TotalMicroseconds / Count);
    }
}
