using System.Net.Sockets;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>The way to a broker: through a proxy that allows, refuses and cuts; what a broker says of a node; and connections that are silent.</summary>
[Collection(RabbitTests.Name)]
public sealed class BrokerReachTests(RabbitFixture fixture)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly byte[] ConnectionClose = [0, 10, 0, 50];   // class and method

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Node_speaks_through_a_proxy_that_knows_the_brokers_name_alone_and_again_after_it_has_cut_the_tunnel()
    {
        await WireFederation.PurgeAsync(fixture);
        using ConnectProxy proxy = new((host, port) => (host, port) == ("broker.lung.example", 443) ? fixture.Server.Port : null, "north:secret: of the proxy");
        HttpProxy way = new("127.0.0.1", proxy.Port) { User = "north", Password = "secret: of the proxy" };
        await using RabbitNode north = fixture.Federation.Connect("north", fixture.Server, change: options => options with { Host = "broker.lung.example", Port = 443, Proxy = way });
        await using RabbitNode leader = fixture.Federation.Connect("node-1", fixture.Server);
        using RabbitTransport from = new(north), to = new(leader);
        System.Threading.Channels.Channel<ProtocolMessage> heard = System.Threading.Channels.Channel.CreateUnbounded<ProtocolMessage>();
        using IDisposable registered = to.Register(NodeAddress.Job, (_, message) => heard.Writer.TryWrite((ProtocolMessage)message));
        ProtocolMessage said = new ProtocolMessage.SitePresent(ProtocolMessage.SitePresent.OfNoJob, new SiloId("north"), Digest.Of("columns"u8), DateTimeOffset.UnixEpoch);
        from.Send(new Origin(NodeAddress.Silo("north"), 0), NodeAddress.Job, said);
        Assert.Equal(said, await heard.Reader.ReadAsync(Stop).AsTask().WaitAsync(Limit, Stop));
        proxy.CutAll();
        ProtocolMessage again = new ProtocolMessage.SitePresent(ProtocolMessage.SitePresent.OfNoJob, new SiloId("north"), Digest.Of("others"u8), DateTimeOffset.UnixEpoch);
        from.Send(new Origin(NodeAddress.Silo("north"), 0), NodeAddress.Job, again);
        while (await heard.Reader.ReadAsync(Stop).AsTask().WaitAsync(Limit, Stop) != again) Assert.NotEmpty(proxy.Asked);   // the first may come twice
        Assert.All(proxy.Asked, static line => Assert.Equal("broker.lung.example:443 200", line));
    }

    [Fact]
    public async Task Proxy_that_refuses_is_told_with_what_to_do()
    {
        using ConnectProxy proxy = new(static (_, _) => null, "anna:secret");
        HttpProxy nobody = new("127.0.0.1", proxy.Port), wrong = nobody with { User = "anna", Password = "guess" }, right = nobody with { User = "anna", Password = "secret" };
        Assert.Contains("407 Proxy Authentication Required); it wants a user", await Refusal(nobody), StringComparison.Ordinal);
        string guessed = await Refusal(wrong);
        Assert.Contains("check user and password", guessed, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", guessed, StringComparison.Ordinal);
        Assert.Contains("allow CONNECT to broker:5671", await Refusal(right), StringComparison.Ordinal);
        Assert.Contains("check its host and port", await Refusal(new HttpProxy("127.0.0.1", fixture.Server.Port)), StringComparison.Ordinal);

        async Task<string> Refusal(HttpProxy asked)
        {
            using TcpClient client = new();
            await client.ConnectAsync(asked.Host, asked.Port, Stop);
            return (await Assert.ThrowsAsync<ProxyException>(() => asked.TunnelAsync(client.Client, "broker", 5671, Stop))).Message;
        }
    }

    [Theory]
    [InlineData("north", BrokerVerdict.Fine)]
    [InlineData("node-1", BrokerVerdict.Fine)]
    [InlineData("sums-1", BrokerVerdict.Fine)]
    public async Task Probe_finds_a_member_fine_and_leaves_its_queues_as_they_were(string name, BrokerVerdict expected)
    {
        await WireFederation.PurgeAsync(fixture);
        (BrokerVerdict verdict, string words) = await BrokerProbe.TryAsync(fixture.Federation[name].Identity, Options(), Stop);
        Assert.True((verdict, words.StartsWith("RabbitMQ 3.", StringComparison.Ordinal)) == (expected, true), words);
    }

    [Fact]
    public async Task Probe_tells_login_virtual_host_rights_and_missing_queues_apart()
    {
        NodeIdentity north = fixture.Federation["north"].Identity;
        Assert.Equal(BrokerVerdict.LoginRefused, await VerdictOf(north, Options() with { Password = "another" }));
        Assert.Equal(BrokerVerdict.HostMissing, await VerdictOf(north with { Federation = "elsewhere" }, Options()));
        Assert.Equal(BrokerVerdict.HostForbidden, await VerdictOf(north with { Federation = WireFederation.Name, Name = RabbitPermissionTests.Users[0].Name }, Options()));
        Assert.Equal(BrokerVerdict.RightsMissing, await VerdictOf(north with { Role = NodeRole.Coordinator }, Options()));   // its user may not write where coordinators do
        Assert.Equal(BrokerVerdict.QueueMissing, await VerdictOf(north with { Name = RabbitServer.User }, Options()));
        using TcpProxy away = new(fixture.Server.Port);
        away.Refuse();
        Assert.Equal(BrokerVerdict.Unreachable, await VerdictOf(north, Options() with { Port = away.Port }));
        using ConnectProxy proxy = new(static (_, _) => null);
        Assert.Equal(BrokerVerdict.ProxyRefuses, await VerdictOf(north, Options() with { Proxy = new HttpProxy("127.0.0.1", proxy.Port) }));
    }

    [Fact]
    public async Task Silent_connection_lives_or_what_became_of_it_is_told()
    {
        NodeIdentity north = fixture.Federation["north"].Identity;
        Assert.Null(await IdleProbe.HoldAsync(north, Options(), TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop));

        using TcpProxy network = new(fixture.Server.Port);
        network.Watch = static bytes => bytes.IndexOf(ConnectionClose) >= 0 ? ProxyVerdict.CutBefore : ProxyVerdict.Pass;   // the first word after the silence
        Assert.Contains("was cut", await IdleProbe.HoldAsync(north, Options() with { Port = network.Port }, TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop), StringComparison.Ordinal);
        network.Watch = static bytes => bytes.IndexOf(ConnectionClose) >= 0 ? ProxyVerdict.Hold : ProxyVerdict.Pass;
        Assert.Contains("nothing came back", await IdleProbe.HoldAsync(north, Options() with { Port = network.Port, AnswerLimit = TimeSpan.FromSeconds(2) }, TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => IdleProbe.HoldAsync(north, Options() with { Password = "another" }, TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop));
    }

    private RabbitOptions Options() => new() { Host = "127.0.0.1", Port = fixture.Server.Port, Password = RabbitServer.Password, AnswerLimit = TimeSpan.FromSeconds(20) };

    private static async Task<BrokerVerdict> VerdictOf(NodeIdentity identity, RabbitOptions options) => (await BrokerProbe.TryAsync(identity, options, Stop)).Verdict;
}
