using Fed.TestKit.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>
/// What RabbitMQ's permissions do and do not keep out, which whoever sets up a federation's users relies on: an explicit topic permission for each user and exchange, names that are no patterns, write permission on one exchange only, and
/// senders that are proved by signatures, not by the broker.
/// </summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitPermissionTests(RabbitFixture fixture) : IAsyncLifetime
{
    private const string Up = "permissions.up", Own = "permissions.own", Other = "permissions.other";

    private IConnection? _operator;
    private IChannel? _channel;

    /// <summary>The fixture's server has them from its start.</summary>
    internal static RabbitUser[] Users =>
    [
        new("site-a", "^$", "^permissions\\.up$", "^permissions\\.own$") { Topic = (Up, "^site-a\\.[a-z]+$") },
        new("no-record", "^$", "^permissions\\.up$", "^$"),
        new("site.b", "^$", "^permissions\\.up$", "^$") { Topic = (Up, "^{username}\\.[a-z]+$") },
        new("wide", "^$", ".*", "^$") { Topic = (Up, "^wide$") },
    ];

    public async ValueTask InitializeAsync()
    {
        _operator = await fixture.ConnectAsync();
        _channel = await _operator.CreateChannelAsync();
        await _channel.ExchangeDeclareAsync(Up, ExchangeType.Topic, durable: true);
        foreach (string queue in (string[])[Own, Other]) await _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is null) return;
        await _channel.ExchangeDeleteAsync(Up);
        foreach (string queue in (string[])[Own, Other]) await _channel.QueueDeleteAsync(queue);
        await _operator!.DisposeAsync();
    }

    [Fact]
    public async Task Topic_permission_binds_a_user_to_its_own_keys()
    {
        Assert.Null(await PublishAsync("site-a", Up, "site-a.offer"));
        Assert.Contains("ACCESS_REFUSED", await PublishAsync("site-a", Up, "site-c.offer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_topic_permission_allows_every_key() => Assert.Null(await PublishAsync("no-record", Up, "site-a.offer"));

    [Fact]
    public async Task User_name_in_a_pattern_is_not_escaped()
    {
        Assert.Null(await PublishAsync("site.b", Up, "site.b.offer"));
        Assert.Null(await PublishAsync("site.b", Up, "site-b.offer"));   // the dot of its name stands for any character: so names must have none
    }

    [Fact]
    public async Task Write_permission_on_everything_opens_the_default_exchange_and_so_every_queue()
    {
        Assert.Null(await PublishAsync("wide", "", Other));
        Assert.Equal(1u, (await _channel!.QueueDeclarePassiveAsync(Other)).MessageCount);
        Assert.Contains("ACCESS_REFUSED", await PublishAsync("site-a", "", Other), StringComparison.Ordinal);
        Assert.Equal(1u, (await _channel!.QueueDeclarePassiveAsync(Other)).MessageCount);
    }

    [Fact]
    public async Task Sender_s_name_in_a_message_is_checked_only_where_there_is_one()
    {
        Assert.Null(await PublishAsync("site-a", Up, "site-a.offer"));
        Assert.Null(await PublishAsync("site-a", Up, "site-a.offer", sender: "site-a"));
        Assert.Contains("PRECONDITION_FAILED", await PublishAsync("site-a", Up, "site-a.offer", sender: "coordinator"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queues_of_others_are_not_read_and_nothing_is_declared()
    {
        await using IConnection connection = await fixture.ConnectAsync(user: "site-a");
        await RefusedAsync(connection, static channel => channel.BasicConsumeAsync(Other, autoAck: false, new AsyncEventingBasicConsumer(channel)));
        await RefusedAsync(connection, static channel => channel.BasicGetAsync(Other, autoAck: true));
        await RefusedAsync(connection, static channel => channel.QueueDeclareAsync("permissions.mine", durable: true, exclusive: false, autoDelete: false));
        await RefusedAsync(connection, static channel => channel.QueueBindAsync(Own, Up, "#"));
        await RefusedAsync(connection, static channel => channel.QueuePurgeAsync(Other));
        await using IChannel own = await connection.CreateChannelAsync();
        Assert.Null(await own.BasicGetAsync(Own, autoAck: true));
    }

    /// <summary>So a node must watch its channels, and is not ready without them: the connection looks well.</summary>
    [Fact]
    public async Task Client_that_recovers_connections_does_not_recover_a_channel_that_the_broker_closed()
    {
        ConnectionFactory recovering = new() { HostName = "127.0.0.1", Port = fixture.Server.Port, UserName = "site-a", Password = RabbitServer.Password, AutomaticRecoveryEnabled = true };
        await using IConnection connection = await recovering.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.BasicConsumeAsync(Own, autoAck: false, new AsyncEventingBasicConsumer(channel));
        TaskCompletionSource<string> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason.ReplyText);
            return Task.CompletedTask;
        };
        await channel.BasicAckAsync(deliveryTag: 99, multiple: false);
        Assert.Contains("unknown delivery tag", await closed.Task.WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
        await using IChannel another = await connection.CreateChannelAsync();   // an exchange with the broker: whatever was to be recovered has had its time
        Assert.Equal((true, false, 0u), (connection.IsOpen, channel.IsOpen, (await another.QueueDeclarePassiveAsync(Own)).ConsumerCount));
    }

    /// <summary>Publishes as a user; null where it was confirmed, else the broker's reason for closing the channel.</summary>
    private async Task<string?> PublishAsync(string user, string exchange, string key, string? sender = null)
    {
        await using IConnection connection = await fixture.ConnectAsync(user: user);
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        BasicProperties properties = new() { Persistent = true };
        if (sender is not null) properties.UserId = sender;
        try
        {
            await channel.BasicPublishAsync(exchange, key, mandatory: false, properties, "x"u8.ToArray());
            return null;
        }
        catch (OperationInterruptedException closed)
        {
            return closed.ShutdownReason!.ReplyText;
        }
    }

    private static async Task RefusedAsync(IConnection connection, Func<IChannel, Task> act)
    {
        await using IChannel channel = await connection.CreateChannelAsync();
        OperationInterruptedException refused = await Assert.ThrowsAsync<OperationInterruptedException>(() => act(channel));
        Assert.Contains("ACCESS_REFUSED", refused.ShutdownReason!.ReplyText, StringComparison.Ordinal);
    }
}
