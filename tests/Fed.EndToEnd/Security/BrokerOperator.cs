using System.Collections.Concurrent;
using System.Net.Security;
using System.Text.Json.Nodes;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Servers;
using Fed.Host.Cluster.Local;
using RabbitMQ.Client;

namespace Fed.EndToEnd.Security;

/// <summary>A message as whoever runs the broker sees it.</summary>
internal sealed record SeenMessage(string Exchange, string Key, byte[] Body)
{
    /// <summary>True for an envelope, false for a piece of a blob.</summary>
    public bool IsEnvelope => Body.AsSpan().StartsWith("FEDE"u8);
}

/// <summary>Whoever runs the broker: reads everything that passes, and publishes whatever it likes to every queue.</summary>
internal sealed class BrokerOperator : IAsyncDisposable
{
    /// <summary>Its user.</summary>
    public const string Name = "operator";

    private const string Password = "of whoever runs the broker", Spy = "spy";

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly ConcurrentQueue<SeenMessage> _seen = [];

    private BrokerOperator(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    /// <summary>All that has passed since.</summary>
    public SeenMessage[] Seen => [.. _seen];

    /// <summary>True until the broker closes the connection.</summary>
    public bool IsConnected => _connection.IsOpen;

    /// <summary>Makes itself a user with all rights, beside those of the federation, and a queue to which everything goes that anybody publishes.</summary>
    public static async Task<BrokerOperator> TakeAsync(LocalFolder folder, int port)
    {
        using (FederationFolder federation = FederationFolder.Open(folder.Authority, TimeProvider.System))
        {
            JsonNode definitions = JsonNode.Parse(federation.BrokerDefinitionsOf(parts: 0))!;
            definitions["users"]!.AsArray().Add(new JsonObject { ["name"] = Name, ["password_hash"] = BrokerDefinitions.HashPassword(Password), ["hashing_algorithm"] = "rabbit_password_hashing_sha256", ["tags"] = "" });
            definitions["permissions"]!.AsArray().Add(new JsonObject { ["user"] = Name, ["vhost"] = LocalFolder.Federation, ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" });
            RabbitControl.OfFolder(folder.Broker).Apply(definitions.ToJsonString());
        }

        IConnection connection = await ConnectAsync(port, Name, Password);
        BrokerOperator taken = new(connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)));
        await taken._channel.QueueDeclareAsync(Spy, durable: false, exclusive: true, autoDelete: true);
        foreach (string exchange in (string[])["fed.up", "fed.down"]) await taken._channel.QueueBindAsync(Spy, exchange, "#");
        await taken._channel.BasicConsumeAsync(Spy, autoAck: true, new Ear(taken._channel, taken._seen));
        return taken;
    }

    /// <summary>Connects as somebody, whose own business it is whom it trusts.</summary>
    public static Task<IConnection> ConnectAsync(int port, string user, string password) => new ConnectionFactory
    {
        HostName = "127.0.0.1", Port = port, UserName = user, Password = password, VirtualHost = LocalFolder.Federation, AutomaticRecoveryEnabled = false,
        Ssl = new SslOption("127.0.0.1", enabled: true) { AcceptablePolicyErrors = SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch },
    }.CreateConnectionAsync();

    /// <summary>Puts a message into a queue.</summary>
    public async Task PutAsync(string queue, ReadOnlyMemory<byte> body) => await _channel.BasicPublishAsync("", queue, mandatory: true, body);

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private sealed class Ear(IChannel channel, ConcurrentQueue<SeenMessage> seen) : AsyncDefaultBasicConsumer(channel)
    {
        public override Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            seen.Enqueue(new SeenMessage(exchange, routingKey, body.ToArray()));
            return Task.CompletedTask;
        }
    }
}
