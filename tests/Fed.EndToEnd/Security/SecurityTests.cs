using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.EndToEnd.Faults;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster;
using Fed.Host.Cluster.Local;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Fed.EndToEnd.Security;

/// <summary>
/// A federation of real processes with attackers beside it: a member gone bad, strangers with certificates that do not count, and whoever runs the broker or the database. Each attempt is refused, counted where the node saw it, and
/// leaves the round as it was; nothing of content is readable. Then a site joins without a restart, another one is revoked in the middle of a job, and the broker's restart brings neither it nor an old password back.
/// </summary>
public sealed class SecurityTests(ITestOutputHelper output)
{
    private const string Bad = "site-0", Paused = "site-4", Joining = "site-5";
    private const int MangledCount = 100;
    private static readonly string[] Settings = ["job.rounds = 8", "simulation.baselines = false"];

    [Fact]
    public async Task Attackers_are_refused_counted_and_learn_nothing_a_site_joins_and_a_revoked_one_is_out()
    {
        using FaultyCluster cluster = new(Settings);
        int port = cluster.BrokerPort;
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, Settings);
        await using BrokerOperator broker = await BrokerOperator.TakeAsync(cluster.Folder, port);
        Canaries canaries = new();

        JobId job = cluster.Submit();
        cluster.Journal.Await(FederationNodes.RoundLog(job), "the second round's end", static stored => stored.Tag == "round-committed" && JsonElement.Parse(stored.Payload).GetProperty("round").GetInt32() == 2);
        cluster.Stop(Paused);   // the job waits for it
        try
        {
            canaries.TakeFromSites(cluster);
            await AttackAsync(cluster, broker, port);
            canaries.TakeFromSites(cluster);
        }
        finally
        {
            cluster.Continue(Paused);
        }

        cluster.AssertUndisturbed(job, expected);
        AssertNothingReadable(cluster, broker, canaries, job);
        await JoinAndRevokeAsync(cluster, broker, port);
        await RotateAndRestartAsync(cluster, port);
    }

    private async Task AttackAsync(FaultyCluster cluster, BrokerOperator broker, int port)
    {
        using NodeCredentials bad = cluster.Folder.Node(Bad).Open(TimeProvider.System);
        await AssertClosedAsync(port, bad);
        string leader = cluster.Leader();
        Dictionary<string, long> expected = new(cluster.Status(leader)!.Envelopes);
        void Expect(string kind, int count) => expected[kind] = expected.GetValueOrDefault(kind) + count;
        async Task Put(byte[] frame, string kind)
        {
            await broker.PutAsync("in.coordinator", frame);
            Expect(kind, 1);
        }

        // Who signs is not who counts.
        NodeAddress coordinator = NodeAddress.Coordinator, own = NodeAddress.Silo(Bad), other = NodeAddress.Silo("site-1");
        string folder = Directory.CreateTempSubdirectory("fed-strangers-").FullName;
        try
        {
            using CertificateAuthority foreign = CertificateAuthority.Create(LocalFolder.Federation, Path.Combine(folder, "ca"), TimeProvider.System);   // of the same name
            using NodeKeys stranger = NodeKeys.LoadOrCreate(Path.Combine(folder, "stranger")), ended = NodeKeys.LoadOrCreate(Path.Combine(folder, "ended"));
            foreign.Approve(EnrolmentRequest.Create(new NodeIdentity(LocalFolder.Federation, NodeRole.Silo, "site-1"), stranger), CertificateAuthority.NodeLifetime);
            using (CertificateAuthority yesterday = CertificateAuthority.Open(cluster.Folder.Authority, TimeProvider.System))
                yesterday.Approve(EnrolmentRequest.Create(new NodeIdentity(LocalFolder.Federation, NodeRole.Coordinator, "ended"), ended), TimeSpan.FromMinutes(-1));
            await Put(new Impostor(stranger, bad.Members).Say(other, coordinator), "unknown-sender");
            await Put(new Impostor(ended, bad.Members).Say(NodeAddress.Job, coordinator), "unknown-sender");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        // A member gone bad: as another site, as a coordinator, and saying what is not a site's to say.
        Impostor member = new(bad.Keys, bad.Members);
        await Put(member.Say(other, coordinator), "wrong-role");
        await Put(member.Say(NodeAddress.Job, coordinator), "wrong-role");
        await Put(member.Say(own, coordinator, "collection-sealed"), "not-allowed");
        await Put(member.Say(own, coordinator), "bad-content");

        // Whoever runs the broker: edits, moves, plays again, floods.
        byte[][] envelopes = [.. broker.Seen.Where(static seen => seen.IsEnvelope && seen.Key.EndsWith(".in.coordinator", StringComparison.Ordinal)).Select(static seen => seen.Body)];
        byte[] moved = broker.Seen.First(static seen => seen.IsEnvelope && seen.Key.EndsWith(".in.silo.site-1", StringComparison.Ordinal)).Body;
        Assert.InRange(envelopes.Length, 10, int.MaxValue);
        await Put(Impostor.Flipped(envelopes[^1], envelopes[^1].Length - 70), "bad-signature");   // in the content's tag
        await Put(moved, "other-recipient");
        await Put(new byte[5 * 1024 * 1024], "oversize");
        foreach (byte[] envelope in envelopes.TakeLast(50)) await broker.PutAsync("in.coordinator", envelope);   // answered as before
        cluster.AwaitStatus(leader, $"counting {string.Join(", ", expected)}", status => expected.All(pair => status.Envelopes.GetValueOrDefault(pair.Key) == pair.Value));
        long before = expected.Values.Sum();
        for (int seed = 0; seed < MangledCount; seed++) await broker.PutAsync("in.coordinator", Impostor.Mangled(envelopes[seed % envelopes.Length], seed));
        cluster.AwaitStatus(leader, $"counting {before + MangledCount} refusals", status => status.Envelopes.Values.Sum() == before + MangledCount);
        await broker.PutAsync("data.site-1", "FEDP and no name"u8.ToArray());
        cluster.AwaitStatus("site-1", "counting a piece without a name", static status => status.Envelopes.GetValueOrDefault("malformed") == 1);

        JsonElement[] shown = [];   // a node tells the database of its counts every few seconds
        bool isShown = SpinWait.SpinUntil(() => (shown = Refused(cluster, leader)).Sum(static row => row.GetProperty("count").GetInt64()) == before + MangledCount, TimeSpan.FromMinutes(1));
        Assert.True(isShown, $"fed status shows {string.Join(", ", shown)}, and {before + MangledCount} were refused");
        output.WriteLine(string.Join('\n', shown));
        Assert.NotNull(cluster.Status(leader)!.Epoch);   // and it leads on
    }

    /// <summary>What fed status shows of the envelopes that a node has refused.</summary>
    private static JsonElement[] Refused(FaultyCluster cluster, string node) =>
        [.. cluster.Fed("status", "--json").Succeeded().Json().GetProperty("refused").EnumerateArray().Where(row => row.GetProperty("node").GetString() == node && row.GetProperty("refused").GetString() == "envelope")];

    /// <summary>What the broker itself keeps a member from.</summary>
    private static async Task AssertClosedAsync(int port, NodeCredentials bad)
    {
        await Assert.ThrowsAnyAsync<BrokerUnreachableException>(() => BrokerOperator.ConnectAsync(port, "site-1", bad.BrokerPassword));
        await using IConnection connection = await BrokerOperator.ConnectAsync(port, Bad, bad.BrokerPassword);
        foreach (Func<IChannel, Task> forbidden in (Func<IChannel, Task>[])
        [
            static channel => channel.BasicPublishAsync("fed.up", $"{Bad}.in.silo.site-1", mandatory: false, "x"u8.ToArray()).AsTask(),
            static channel => channel.BasicPublishAsync("fed.up", "site-1.in.coordinator", mandatory: false, "x"u8.ToArray()).AsTask(),
            static channel => channel.BasicPublishAsync("fed.down", $"{Bad}.in.silo.site-1", mandatory: false, "x"u8.ToArray()).AsTask(),
            static channel => channel.BasicPublishAsync("", "in.silo.site-1", mandatory: false, "x"u8.ToArray()).AsTask(),
            static channel => channel.BasicConsumeAsync("in.silo.site-1", autoAck: true, new AsyncDefaultBasicConsumer(channel)),
            static channel => channel.BasicConsumeAsync("in.coordinator", autoAck: true, new AsyncDefaultBasicConsumer(channel)),
            static channel => channel.QueueBindAsync($"data.{Bad}", "fed.up", "#"),
            static channel => channel.QueueDeclareAsync("spy-of-a-site"),
            static channel => channel.QueueDeleteAsync("in.coordinator"),
        ])
        {
            await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => forbidden(channel));
            Assert.Equal(403, (int?)(channel.CloseReason?.ReplyCode ?? (refused as OperationInterruptedException)?.ShutdownReason?.ReplyCode));
        }

        await using IChannel flooding = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await Assert.ThrowsAnyAsync<Exception>(() => flooding.BasicPublishAsync("fed.up", $"{Bad}.in.coordinator", mandatory: false, new byte[9 * 1024 * 1024]).AsTask());   // it would cost the leader its connection, again and again
        Assert.Contains("larger than configured max size", flooding.CloseReason?.ReplyText, StringComparison.Ordinal);
    }

    /// <summary>A node that was revoked has an accomplice who is a member, and through whom it speaks in its own name and with its own key.</summary>
    private static async Task AssertUnheardAsync(FaultyCluster cluster, int port, string revoked)
    {
        using NodeCredentials gone = cluster.Folder.Node(revoked).Open(TimeProvider.System), accomplice = cluster.Folder.Node(Bad).Open(TimeProvider.System);
        string leader = cluster.Leader();
        long before = Unknown(cluster.Status(leader)!);
        await using IConnection connection = await BrokerOperator.ConnectAsync(port, Bad, accomplice.BrokerPassword);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync("fed.up", $"{Bad}.in.coordinator", mandatory: true, new Impostor(gone.Keys, gone.Members).Say(NodeAddress.Silo(revoked), NodeAddress.Coordinator));
        cluster.AwaitStatus(leader, "counting what a revoked node said", status => Unknown(status) == before + 1);

        static long Unknown(NodeStatus status) => status.Envelopes.GetValueOrDefault("unknown-sender");
    }

    private static void AssertNothingReadable(FaultyCluster cluster, BrokerOperator broker, Canaries canaries, JobId job)
    {
        using (ClusterReader reader = ClusterReader.Open(Path.GetDirectoryName(cluster.Folder.Root)!)) canaries.TakeFromServers(reader, job);
        Assert.InRange(canaries.Count, 5, int.MaxValue);
        SeenMessage[] seen = broker.Seen;
        Assert.Contains(seen, static message => !message.IsEnvelope);
        Assert.InRange(seen.Length, 100, int.MaxValue);
        Assert.All(seen, message => Assert.True(canaries.FoundIn(message.Body) == 0, $"{message.Exchange} {message.Key} shows content"));
        using NpgsqlDataSource database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = cluster.DatabasePort, Database = "federation", Username = "fed_admin", SslMode = SslMode.VerifyFull, RootCertificate = Path.Combine(cluster.Folder.Authority, "ca.crt"),
            Password = File.ReadAllText(Path.Combine(cluster.Folder.Authority, "database-superuser.password")).Trim(),
        });
        Assert.Empty(canaries.FoundIn(database));
    }

    /// <summary>Between jobs a sixth site is enrolled and started; in the next job, in which it takes part, another one is revoked that has approved the plan.</summary>
    private async Task JoinAndRevokeAsync(FaultyCluster cluster, BrokerOperator broker, int port)
    {
        LocalFolder folder = cluster.Folder;
        string conf = Path.Combine(folder.Root, "six.conf");
        File.WriteAllText(conf, $"include \"{Repository.Quickstart}\"\njob {{ rounds = 2, quorum = 4, timing {{ round-deadline = 4s, resend-interval = 1s }} }}\nsimulation {{ baselines = false, partition {{ from = iid, sites = 6, file = null, column = null }} }}\n");
        NodeFolder kit = folder.Node(Joining);
        NodeIdentity identity = new(LocalFolder.Federation, NodeRole.Silo, Joining);
        using (FederationFolder federation = FederationFolder.Open(folder.Authority, TimeProvider.System)) federation.Approve(kit.Ask(identity, TimeProvider.System), CertificateAuthority.NodeLifetime);
        Import(folder, [.. Nodes(cluster), Joining]);
        FedResult applied = cluster.Fed("federation", "broker", "--federation", folder.Authority, "--apply", "--broker", folder.Broker).Succeeded();
        Assert.Contains($"deleted {BrokerOperator.Name}", applied.Out, StringComparison.Ordinal);   // no member
        Assert.False(broker.IsConnected);
        File.Copy(Path.Combine(folder.Node(Bad).Root, "policy.conf"), Path.Combine(kit.Root, "policy.conf"));
        File.WriteAllText(kit.Configuration, $"include \"{conf}\"\nnode {{ name = {Joining}, role = silo, policy = policy.conf, broker {{ host = 127.0.0.1, port = {port} }} }}\n");
        using FedProcess sixth = FedProcess.Start("node", "--config", kit.Configuration);
        cluster.AwaitStatus(cluster.Leader(), "hearing of the sixth site", status => sixth.IsRunning ? status.Sites?.Any(static site => site is { Name: Joining, LastHeard: not null }) == true : throw new InvalidOperationException(sixth.Result().ToString()));

        using JournalGate gate = cluster.Journal.Gate("round-planned");
        JobId job = new(cluster.Fed("submit", conf, "--json").Succeeded().Json().GetProperty("job").GetString()!);
        gate.AwaitHeld();   // all six have approved the plan, and its first round begins
        FedResult revoked = cluster.Fed("enroll", "revoke", Paused, "--federation", folder.Authority, "--apply", "--broker", folder.Broker).Succeeded();
        Assert.Contains("closed its connections", revoked.Out, StringComparison.Ordinal);
        Import(folder, [.. Nodes(cluster).Where(static node => node != Paused), Joining]);
        cluster.AwaitStatus(Paused, "losing its connection", static status => !status.IsReady);
        gate.Release();
        StoredEvent end = cluster.Journal.AwaitEnd(job);
        Assert.True(end.Tag == "job-completed", end.Payload);
        string last = cluster.Journal.Read(FederationNodes.RoundLog(job)).Last(static stored => stored.Tag == "round-committed").Payload;
        Assert.Contains(Joining, last, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{Paused}\"", last, StringComparison.Ordinal);
        await AssertUnheardAsync(cluster, port, Paused);
        string password = BrokerPassword.LoadOrCreate(Path.Combine(folder.Node(Paused).Keys, "broker.password"));
        await Assert.ThrowsAnyAsync<BrokerUnreachableException>(() => BrokerOperator.ConnectAsync(port, Paused, password));
        output.WriteLine(cluster.Fed("nodes").Out);
        sixth.Terminate();
        Assert.Equal(0, sixth.Result().ExitCode);
    }

    /// <summary>The broker, which reads definitions at each start, is killed and started again: after the revocation, and after a site's password was made anew.</summary>
    private static async Task RotateAndRestartAsync(FaultyCluster cluster, int port)
    {
        LocalFolder folder = cluster.Folder;
        NodeFolder kit = folder.Node(Joining);
        string file = Path.Combine(kit.Keys, "broker.password"), old = BrokerPassword.LoadOrCreate(file), stolen = BrokerPassword.LoadOrCreate(Path.Combine(folder.Node(Paused).Keys, "broker.password"));
        cluster.CrashBroker();
        await Assert.ThrowsAnyAsync<BrokerUnreachableException>(() => BrokerOperator.ConnectAsync(port, Paused, stolen));
        await using IConnection held = await BrokerOperator.ConnectAsync(port, Joining, old);
        File.Delete(file);
        using (FederationFolder federation = FederationFolder.Open(folder.Authority, TimeProvider.System))
            federation.Approve(kit.Ask(new NodeIdentity(LocalFolder.Federation, NodeRole.Silo, Joining), TimeProvider.System), CertificateAuthority.NodeLifetime);
        string definitions = Path.Combine(folder.Root, "definitions-2.json");
        cluster.Fed("federation", "broker", "--federation", folder.Authority, "--out", definitions).Succeeded();
        cluster.Fed("federation", "broker", "--definitions", definitions, "--apply", "--broker", folder.Broker).Succeeded();
        Assert.True(SpinWait.SpinUntil(() => !held.IsOpen, TimeSpan.FromMinutes(1)), "whoever came in with the old password is still there");

        cluster.CrashBroker();
        await Assert.ThrowsAnyAsync<BrokerUnreachableException>(() => BrokerOperator.ConnectAsync(port, Joining, old));
        await using IConnection renewed = await BrokerOperator.ConnectAsync(port, Joining, BrokerPassword.LoadOrCreate(file));
        Assert.True(renewed.IsOpen);
    }

    private static string[] Nodes(FaultyCluster cluster) => [LocalFolder.Coordinator, LocalFolder.Standby, LocalFolder.Aggregator, LocalFolder.AggregatorStandby, .. cluster.Sites];

    private static void Import(LocalFolder folder, string[] nodes)
    {
        MembersFile members = MembersFile.Parse(File.ReadAllText(Path.Combine(folder.Authority, "members.pem")));
        foreach (string node in nodes) folder.Node(node).Import(members, TimeProvider.System, static _ => { });
    }
}
