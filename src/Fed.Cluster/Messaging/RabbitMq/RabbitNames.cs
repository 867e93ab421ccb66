using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Names at the broker. A routing key is the sender's name and the queue's: <c>north.in.coordinator</c>. Sites publish to one exchange and servers to another, so that a site's user cannot even name another site's queue.
/// </summary>
internal static class RabbitNames
{
    /// <summary>Where sites publish.</summary>
    public const string Up = "fed.up";

    /// <summary>Where coordinators and aggregators publish.</summary>
    public const string Down = "fed.down";

    /// <summary>The queue of control messages to an address: one for all nodes that may stand for it.</summary>
    public static string Inbox(NodeAddress address) => "in." + Dotted(address);

    /// <summary>The queue of requests for blobs that lie at an address.</summary>
    public static string Requests(NodeAddress address) => "bulk." + Dotted(address);

    /// <summary>The queue of pieces for a node.</summary>
    public static string Data(string node) => "data." + node;

    /// <summary>Where a node of a role publishes.</summary>
    public static string ExchangeOf(NodeRole role) => role == NodeRole.Silo ? Up : Down;

    /// <summary>The routing key from a node to a queue.</summary>
    public static string KeyOf(string node, string queue) => node + "." + queue;

    private static string Dotted(NodeAddress address) => address.Value.Replace('/', '.');
}
