using Fed.Cluster.Identity;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>What a broker makes of a node.</summary>
public enum BrokerVerdict
{
    /// <summary>The node can publish and consume as its role needs.</summary>
    Fine,

    /// <summary>The proxy on the way does not let it through.</summary>
    ProxyRefuses,

    /// <summary>There is no connection, or no TLS.</summary>
    Unreachable,

    /// <summary>It does not know the user, or another password.</summary>
    LoginRefused,

    /// <summary>It has no virtual host of the federation's name.</summary>
    HostMissing,

    /// <summary>The user may not enter the virtual host.</summary>
    HostForbidden,

    /// <summary>An exchange or queue of the node's is not there.</summary>
    QueueMissing,

    /// <summary>The user may not publish or read what its role needs.</summary>
    RightsMissing,

    /// <summary>The server is older than 3.10.</summary>
    TooOld,
}

/// <summary>Logs in at a broker as a node does, and tries what the node needs, without touching what lies there.</summary>
public static class BrokerProbe
{
    private const string Nobody = "data.fed-probe-nobody";   // no node's queue: what is published there comes back
    private static readonly Version Oldest = new(3, 10);

    /// <summary>Tries.</summary>
    /// <returns>The verdict, and what the broker said.</returns>
    public static async Task<(BrokerVerdict Verdict, string Words)> TryAsync(NodeIdentity identity, RabbitOptions options, CancellationToken cancel)
    {
        try
        {
            IConnection connection = await BrokerConnections.Of(identity, options).CreateConnectionAsync(cancel).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                string version = connection.ServerProperties?.TryGetValue("version", out object? said) == true && said is byte[] text ? Encoding.UTF8.GetString(text) : "";
                if (Version.TryParse(version.Split('-', '+')[0], out Version? server) && server < Oldest) return (BrokerVerdict.TooOld, $"RabbitMQ {version}");
                string queue = RabbitNames.Data(identity.Name), exchange = RabbitNames.ExchangeOf(identity.Role);
                IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancel).ConfigureAwait(false);
                await using (channel.ConfigureAwait(false))
                {
                    await channel.ExchangeDeclarePassiveAsync(exchange, cancel).ConfigureAwait(false);
                    await channel.QueueDeclarePassiveAsync(queue, cancel).ConfigureAwait(false);
                    await channel.BasicQosAsync(0, 1, global: false, cancel).ConfigureAwait(false);
                    await channel.BasicConsumeAsync(queue, autoAck: false, new AsyncDefaultBasicConsumer(channel), cancel).ConfigureAwait(false);   // what it gets it gives back
                    try
                    {
                        await channel.BasicPublishAsync(exchange, RabbitNames.KeyOf(identity.Name, Nobody), mandatory: true, new BasicProperties(), ReadOnlyMemory<byte>.Empty, cancel).ConfigureAwait(false);
                    }
                    catch (PublishException returned) when (returned.IsReturn)
                    {
                        // As it should: it was allowed, and nobody has got it.
                    }
                }

                return (BrokerVerdict.Fine, $"RabbitMQ {version}");
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return Judge([.. Causes(failure)]);
        }
    }

    private static (BrokerVerdict Verdict, string Words) Judge(Exception[] causes)
    {
        if (causes.OfType<ProxyException>().FirstOrDefault() is { } proxy) return (BrokerVerdict.ProxyRefuses, proxy.Message);
        if (causes.OfType<AuthenticationFailureException>().FirstOrDefault() is { } login) return (BrokerVerdict.LoginRefused, login.Message);
        ShutdownEventArgs? reason = causes.OfType<OperationInterruptedException>().FirstOrDefault()?.ShutdownReason;
        string words = reason?.ReplyText ?? causes[^1].Message;
        return reason?.ReplyCode switch
        {
            530 => (words.Contains("not found", StringComparison.Ordinal) ? BrokerVerdict.HostMissing : BrokerVerdict.HostForbidden, words),
            404 => (BrokerVerdict.QueueMissing, words),
            403 => (BrokerVerdict.RightsMissing, words),
            _ => (BrokerVerdict.Unreachable, words),
        };
    }

    /// <summary>An exception and all below it, the innermost last.</summary>
    private static IEnumerable<Exception> Causes(Exception failure) =>
        [failure, .. failure is AggregateException several ? several.InnerExceptions.SelectMany(Causes) : failure.InnerException is { } inner ? Causes(inner) : []];
}
