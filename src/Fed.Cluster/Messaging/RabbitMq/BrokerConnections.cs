using Fed.Cluster.Identity;
using Fed.Cluster.Servers;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>How a node connects to its broker.</summary>
internal static class BrokerConnections
{
    private const uint BodyBytesMax = RabbitProgram.MessageBytesMax;

    /// <summary>Makes connections without the client's own recovery: it leaves channels closed that the broker has closed.</summary>
    public static ConnectionFactory Of(NodeIdentity identity, RabbitOptions options)
    {
        ConnectionFactory factory = new()
        {
            HostName = options.Host, Port = options.Port, VirtualHost = identity.Federation, UserName = identity.Name, Password = options.Password, ClientProvidedName = identity.Name,
            AutomaticRecoveryEnabled = false, TopologyRecoveryEnabled = false,
            Ssl = options.Authority is { } authority ? ServerTrust.Of(authority, options.Host) : new SslOption(),
            RequestedHeartbeat = options.Heartbeat, MaxInboundMessageBodySize = BodyBytesMax,
            RequestedConnectionTimeout = options.AnswerLimit, HandshakeContinuationTimeout = options.AnswerLimit, ContinuationTimeout = options.AnswerLimit,
            SocketReadTimeout = options.AnswerLimit, SocketWriteTimeout = options.AnswerLimit,
        };
        if (options.Proxy is { } proxy) (factory.HostName, factory.Port) = (proxy.Host, proxy.Port);   // the broker's name that machine alone may know
        factory.SocketFactory = family => new BrokerTcpClient(options.Proxy, options.Host, options.Port, family);
        return factory;
    }
}
