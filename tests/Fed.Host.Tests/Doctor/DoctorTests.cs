using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Doctor;
using Fed.Host.Trainers;
using Fed.Host.Tests.Configuration;
using Fed.TestKit;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.Host.Tests.Doctor;

/// <summary>Each check is shown what it is there to find, and has a remedy for it.</summary>
public sealed class DoctorTests : IDisposable
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly FederationFolder _federation;

    public DoctorTests() => _federation = FederationFolder.Create("lung", Path("lung-ca"), _clock);

    [Fact]
    public void Good_kit_passes_and_says_until_when()
    {
        Enrol(NodeRole.Coordinator, "node-1");
        Enrol(NodeRole.Aggregator, "sums-1");
        Check[] checks = Kit(Enrol(NodeRole.Silo, "north"));
        Assert.All(checks, static check => Assert.Equal((CheckResult.Ok, null), (check.Result, check.Remedy)));
        Assert.Equal("1 coordinator, 1 aggregator, 1 silo", Of(checks, "members").Finding);
    }

    [Fact]
    public void Kit_of_another_node_without_answer_ended_or_about_to_end_is_found()
    {
        NodeFolder asked = new(Path("asked"));
        asked.Ask(new NodeIdentity("lung", NodeRole.Silo, "asked"), _clock);
        Assert.Equal(CheckResult.Failed, Of(Kit(asked), "certificates").Result);
        NodeFolder south = Enrol(NodeRole.Silo, "south");
        Assert.Contains("of fed://lung/silo/south", Of(Kit(south), "certificates").Finding, StringComparison.Ordinal);   // the configuration is of north
        Assert.Contains("no coordinator and no aggregator", Of(Kit(south), "members").Finding, StringComparison.Ordinal);

        NodeFolder north = Enrol(NodeRole.Silo, "north");
        _clock.Advance(TimeSpan.FromDays(340));
        Assert.Equal(CheckResult.Warning, Of(Kit(north), "certificates").Result);
        _clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(CheckResult.Failed, Of(Kit(north), "certificates").Result);
    }

    [Fact]
    public void Keys_that_others_may_read_and_a_clock_behind_are_found()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        if (!OperatingSystem.IsWindows())
        {
            string key = System.IO.Path.Combine(north.Keys, "signing.key");
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("open to others", Of(Kit(north), "keys").Finding, StringComparison.Ordinal);
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Assert.Equal(CheckResult.Warning, MachineChecks.Clock(_clock.GetUtcNow(), _clock.GetUtcNow().AddMinutes(-2)).Result);
        Assert.Equal(CheckResult.Ok, MachineChecks.Clock(_clock.GetUtcNow(), _clock.GetUtcNow().AddSeconds(2)).Result);
        Assert.Equal([CheckResult.Ok, CheckResult.Warning, CheckResult.Skipped], new bool?[] { true, false, null }.Select(static known => MachineChecks.Clock(known).Result));
    }

    [Fact]
    public async Task Server_of_the_federation_passes_and_interception_other_names_and_plain_ports_are_told_apart()
    {
        _federation.IssueServer(["localhost"], Path("good"), Year);
        using FederationFolder other = FederationFolder.Create("inspection", Path("other-ca"), _clock);
        other.IssueServer(["localhost"], Path("intercepting"), Year);
        _federation.IssueServer(["elsewhere.example"], Path("renamed"), Year);

        Check[] good = await ServerAsync("good"), intercepted = await ServerAsync("intercepting"), renamed = await ServerAsync("renamed"), plain = await ServerAsync(null);
        Assert.Equal([CheckResult.Ok, CheckResult.Ok], good.Select(static check => check.Result));
        Assert.Equal("the certificate is issued by 'CN=FedActors CA of inspection', not by 'CN=FedActors CA of lung'", intercepted[1].Finding);
        Assert.Contains("intercepted", intercepted[1].Remedy, StringComparison.Ordinal);
        Assert.Contains("not for 'localhost'", renamed[1].Finding, StringComparison.Ordinal);
        Assert.Contains("no TLS", plain[1].Finding, StringComparison.Ordinal);
        Assert.All(new[] { intercepted[1], renamed[1], plain[1] }, static check => Assert.Equal(CheckResult.Failed, check.Result));
    }

    [Fact]
    public async Task Server_that_cannot_be_reached_is_told_with_what_the_firewall_must_let_through()
    {
        using TcpListener closed = new(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        ImmutableArray<Check> refused = await ServerChecks.ExamineAsync("broker", "127.0.0.1", port, null, "http://proxy:3128", TestContext.Current.CancellationToken);
        Assert.Equal((CheckResult.Failed, $"127.0.0.1:{port} cannot be reached: nobody listens there"), (refused[0].Result, refused[0].Finding));
        Assert.Contains($"connect out to 127.0.0.1:{port}, past the proxy http://proxy:3128, which nodes do not use unless node.broker.proxy names it", refused[0].Remedy, StringComparison.Ordinal);
        Assert.Equal(CheckResult.Skipped, refused[1].Result);
    }

    [Fact]
    public void Trainers_are_judged_by_program_and_files_and_shown_with_the_hash_that_plans_name()
    {
        string file = _folder.Write("train.py", "pass\n");
        TrainerOptions trainer = new("mine", ["train.py"], [file], ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMinutes(1), 1L << 30, 0);
        Check good = MachineChecks.Trainer(trainer);
        Assert.Equal(("trainer mine", CheckResult.Ok), (good.Name, good.Result));
        Assert.Contains(TrainerFiles.Read([file]).Sha256, good.Finding, StringComparison.Ordinal);
        Assert.Equal("the program '/usr/bin/python9' does not exist", MachineChecks.Trainer(trainer with { Command = ["/usr/bin/python9"] }).Finding);
        Assert.Equal("the program 'other.py' does not exist", MachineChecks.Trainer(trainer with { Command = ["other.py"] }).Finding);
        Assert.Equal(CheckResult.Failed, MachineChecks.Trainer(trainer with { Files = [file + "2"] }).Result);
    }

    [Fact]
    public async Task Without_TLS_there_is_a_warning()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        ImmutableArray<Check> checks = await ServerChecks.ExamineAsync("broker", "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, null, null, TestContext.Current.CancellationToken);
        Assert.Equal([CheckResult.Ok, CheckResult.Warning], checks.Select(static check => check.Result));
    }

    [Fact]
    public void Disk_proxy_policy_and_database_are_judged()
    {
        Assert.Equal(CheckResult.Ok, MachineChecks.Disk(Path("not/there/yet"), static _ => 2L << 30).Result);
        Assert.Equal(CheckResult.Warning, MachineChecks.Disk(Path("data"), static _ => 512L << 20).Result);
        Assert.Equal(CheckResult.Failed, MachineChecks.Disk(Path("data"), static _ => 1L << 20).Result);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, ".fed-doctor*"));

        Assert.Equal("http://proxy.example:3128", MachineChecks.ProxyOf(static name => name == "https_proxy" ? "http://anna:secret@proxy.example:3128/" : null)!.Replace("anna:secret@", "", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", MachineChecks.ProxyOf(static name => name == "https_proxy" ? "http://anna:secret@proxy.example:3128/" : null), StringComparison.Ordinal);
        Assert.Equal([CheckResult.Ok, CheckResult.Warning], new[] { null, "http://proxy" }.Select(static proxy => MachineChecks.Proxy(null, proxy).Result));
        Assert.Contains("reached by proxy:3128", MachineChecks.Proxy("proxy:3128", "http://another").Finding, StringComparison.Ordinal);

        Assert.Equal(CheckResult.Warning, MachineChecks.Policy(null).Result);
        Assert.Contains("lists no plan", MachineChecks.Policy(_folder.Write("none.conf", "policy {}")).Finding, StringComparison.Ordinal);
        Assert.Contains("after a person's word", MachineChecks.Policy(_folder.Write("good.conf", "policy { allow = rules, approval = person }")).Finding, StringComparison.Ordinal);
        Assert.Equal(CheckResult.Failed, MachineChecks.Policy(_folder.Write("bad.conf", "policy { alow = rules }")).Result);

        Assert.Equal(CheckResult.Ok, DatabaseChecks.Judge("on", 150_000).Result);
        Assert.Equal(CheckResult.Failed, DatabaseChecks.Judge("off", 150_000).Result);
        Assert.Equal(CheckResult.Failed, DatabaseChecks.Judge("on", 110_000).Result);
    }

    [Fact]
    public void Every_answer_of_the_broker_has_a_remedy_but_the_good_one()
    {
        NodeIdentity north = new("lung", NodeRole.Silo, "north");
        Assert.All(Enum.GetValues<BrokerVerdict>(), verdict =>
        {
            Check check = BrokerChecks.Judge(north, verdict, "RabbitMQ 3.9");
            Assert.Equal((verdict == BrokerVerdict.Fine ? CheckResult.Ok : CheckResult.Failed, verdict != BrokerVerdict.Fine), (check.Result, check.Remedy is not null));
        });
        Assert.Contains("does not know 'north' with this kit's password", BrokerChecks.Judge(north, BrokerVerdict.LoginRefused, "").Finding, StringComparison.Ordinal);
        Assert.Contains("no virtual host 'lung'", BrokerChecks.Judge(north, BrokerVerdict.HostMissing, "").Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_that_is_configured_is_gone_through_and_its_refusal_told()
    {
        _federation.IssueServer(["localhost"], Path("behind"), Year);
        using ConnectProxy refusing = new(static (_, _) => null), letting = new(static (_, port) => port);
        ImmutableArray<Check> refused = await ServerChecks.ExamineAsync("broker", "localhost", 5671, null, null, TestContext.Current.CancellationToken, new HttpProxy("127.0.0.1", refusing.Port));
        Assert.Equal((CheckResult.Failed, CheckResult.Skipped), (refused[0].Result, refused[1].Result));
        Assert.Contains("refuses a tunnel to localhost:5671", refused[0].Finding, StringComparison.Ordinal);
        Assert.Contains("allow CONNECT", refused[0].Remedy, StringComparison.Ordinal);
        Assert.Equal([CheckResult.Ok, CheckResult.Ok], (await ServerAsync("behind", new HttpProxy("127.0.0.1", letting.Port))).Select(static check => check.Result));
    }

    [Fact]
    public async Task Database_without_TLS_or_with_a_certificate_of_another_is_found()
    {
        using FederationFolder other = FederationFolder.Create("inspection", Path("inspecting-ca"), _clock);
        other.IssueServer(["localhost"], Path("inspecting"), Year);
        _federation.IssueServer(["localhost"], Path("database"), Year);
        Check[] good = await ServerAsync("database", isPostgres: true), plain = await ServerAsync(null, isPostgres: true), intercepted = await ServerAsync("inspecting", isPostgres: true);
        Assert.Equal(CheckResult.Ok, good[1].Result);
        Assert.Equal((CheckResult.Failed, "the server has no TLS"), (plain[1].Result, plain[1].Finding));
        Assert.Contains("intercepted", intercepted[1].Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_that_is_away_is_told_and_its_password_is_not()
    {
        ImmutableArray<Check> checks = await DatabaseChecks.ExamineAsync("Host=127.0.0.1;Port=1;Username=fed_node;Password=secret-word;Database=federation", TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal([CheckResult.Failed, CheckResult.Skipped, CheckResult.Skipped], checks.Select(static check => check.Result));
        Assert.DoesNotContain("secret-word", checks[0].Finding, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _federation.Dispose();
        _folder.Dispose();
    }

    private static Check Of(Check[] checks, string name) => Assert.Single(checks, check => check.Name == name);

    private Check[] Kit(NodeFolder folder)
    {
        (ImmutableArray<Check> checks, NodeCredentials? credentials) = KitChecks.Examine(folder, (NodeRole.Silo, "north"), _clock);
        credentials?.Dispose();
        return [.. checks];
    }

    /// <summary>What is found of a server with these certificates; one without speaks in plain words.</summary>
    private async Task<Check[]> ServerAsync(string? tls, HttpProxy? proxy = null, bool isPostgres = false)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        async Task serve()
        {
            using TcpClient accepted = await listener.AcceptTcpClientAsync(stop);
            if (isPostgres)
            {
                byte[] asked = new byte[8];
                await accepted.GetStream().ReadExactlyAsync(asked, stop);
                Assert.Equal([0, 0, 0, 8, 4, 210, 22, 47], asked);   // SSLRequest
                await accepted.GetStream().WriteAsync(tls is null ? "N"u8.ToArray() : "S"u8.ToArray(), stop);
            }

            if (tls is null)
            {
                await accepted.GetStream().WriteAsync("AMQP\0\0\t\u0001 and no TLS at all"u8.ToArray(), stop);
                return;
            }

            using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(System.IO.Path.Combine(Path(tls), "server.crt"), System.IO.Path.Combine(Path(tls), "server.key"));
            using X509Certificate2 server = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
            await using SslStream stream = new(accepted.GetStream());
            await Record.ExceptionAsync(() => stream.AuthenticateAsServerAsync(server));
        }

        Task serving = serve();
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(System.IO.Path.Combine(Path("lung-ca"), "ca.crt"));
        Check[] checks = [.. await ServerChecks.ExamineAsync("broker", "localhost", ((IPEndPoint)listener.LocalEndpoint).Port, authority, null, stop, proxy, isPostgres)];
        await serving;
        return checks;
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.Path, name);

    private NodeFolder Enrol(NodeRole role, string name)
    {
        NodeFolder node = new(Path(name));
        _federation.Approve(EnrolmentRequest.Parse(node.Ask(new NodeIdentity("lung", role, name), _clock).Text), Year);
        node.Import(MembersFile.Parse(File.ReadAllText(_federation.MembersPath)), _clock, static _ => { });
        return node;
    }
}
