using Fed.TestKit.Servers;
using Fed.TestKit.Transport;
using RabbitMQ.Client;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>A real RabbitMQ under the specification of brokers. Each client has a network of its own, which can be cut.</summary>
internal sealed class RabbitHarness(RabbitFixture fixture) : IBrokerHarness
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2), Quiet = TimeSpan.FromMilliseconds(300);

    private readonly string _prefix = fixture.NextPrefix();
    private readonly List<RabbitClient> _clients = [];
    private readonly HashSet<string> _queues = [];

    public BrokerFacts Facts { get; } = new() { ConsumerTimeout = RabbitFixture.ConsumerTimeout };

    /// <summary>The topic exchange of this test.</summary>
    public string Exchange => _prefix + "topic";

    /// <summary>A queue's name at the broker.</summary>
    public string NameOf(string queue)
    {
        _queues.Add(queue);
        return _prefix + queue;
    }

    public async Task<IBrokerClient> ConnectAsync()
    {
        TcpProxy network = new(fixture.Server.Port);
        IConnection connection = await fixture.ConnectAsync(network);
        RabbitClient client = await RabbitClient.OpenAsync(this, connection, network);
        _clients.Add(client);
        return client;
    }

    public Task RestartAsync() => Task.Run(fixture.Server.Crash);

    public Task DriveAsync(Task task) => task.WaitAsync(Limit);

    /// <summary>Long enough for a message on a loopback; a slower one is seen by what the test asks for next.</summary>
    public Task<bool> StaysQuietAsync(IBrokerSubscription subscription) => ((RabbitSubscription)subscription).StaysQuietAsync(Quiet);

    public async ValueTask DisposeAsync()
    {
        foreach (RabbitClient client in _clients) await client.KillAsync();
        await using IConnection connection = await fixture.ConnectAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        foreach (string queue in _queues) await channel.QueueDeleteAsync(_prefix + queue);
        await channel.ExchangeDeleteAsync(Exchange);
    }
}
