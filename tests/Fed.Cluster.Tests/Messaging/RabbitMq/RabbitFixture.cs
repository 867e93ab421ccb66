using Fed.TestKit.Servers;
using RabbitMQ.Client;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>One broker for all tests of the folder, which run one after another, each with names of its own.</summary>
public sealed class RabbitFixture : IDisposable
{
    /// <summary>Long enough for a test that holds deliveries on a busy machine, short enough to be waited for once.</summary>
    public static readonly TimeSpan ConsumerTimeout = TimeSpan.FromSeconds(15);

    private readonly RabbitServer? _server = RabbitServer.IsInstalled ? new RabbitServer(ConsumerTimeout, RabbitPermissionTests.Users, WireFederation.Definitions) : null;
    private readonly Lazy<WireFederation> _federation = new(static () => new WireFederation());
    private int _tests;

    internal RabbitServer Server
    {
        get
        {
            if (_server is null) Assert.Skip("RabbitMQ is not installed (apt-get install rabbitmq-server)");
            return _server;
        }
    }

    /// <summary>A federation that is set up at the server.</summary>
    internal WireFederation Federation => _federation.Value;

    /// <summary>A prefix that no other test has.</summary>
    internal string NextPrefix() => $"t{++_tests}.";

    /// <summary>Connects without the client's own recovery: what is lost is seen.</summary>
    internal Task<IConnection> ConnectAsync(TcpProxy? network = null, string user = RabbitServer.User, string password = RabbitServer.Password, string host = "/") => new ConnectionFactory
    {
        HostName = "127.0.0.1", Port = network?.Port ?? Server.Port, UserName = user, Password = password, VirtualHost = host,
        AutomaticRecoveryEnabled = false, TopologyRecoveryEnabled = false, RequestedHeartbeat = TimeSpan.Zero,
    }.CreateConnectionAsync();

    public void Dispose()
    {
        if (_federation.IsValueCreated) _federation.Value.Dispose();
        _server?.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class RabbitTests : ICollectionFixture<RabbitFixture>
{
    public const string Name = "RabbitMQ";
}
