namespace Fed.TestKit.Transport.Broker;

/// <summary>What a bounded queue does with one message more.</summary>
public enum BrokerOverflow
{
    /// <summary>The oldest waiting message is dropped; the publisher hears nothing of it.</summary>
    DropHead,

    /// <summary>The arriving message is refused, and its publisher is told.</summary>
    RejectPublish,
}

/// <summary>How a publish ended, as its publisher sees it.</summary>
public enum PublishOutcome
{
    /// <summary>The broker answers for it now; with a persistent message over a restart too. Unless it was mandatory, this says nothing about a queue: an unroutable message is confirmed and gone.</summary>
    Confirmed,

    /// <summary>It was mandatory, and no queue is bound for it.</summary>
    Returned,

    /// <summary>A full queue refused it.</summary>
    Rejected,

    /// <summary>The connection was lost before an answer came: the message is in the queue, or it is not.</summary>
    Unknown,
}

/// <summary>Which way frames of a connection go.</summary>
[Flags]
public enum BrokerDirections
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>From the client to the broker: publishes, acknowledgements, heartbeats.</summary>
    ToBroker = 1,

    /// <summary>From the broker to the client: deliveries, confirms, heartbeats.</summary>
    ToClient = 2,

    /// <summary>Both.</summary>
    Both = ToBroker | ToClient,
}

/// <summary>How a queue is declared. Declaring it again is nothing; declaring it otherwise closes the channel.</summary>
public sealed record BrokerQueueOptions
{
    /// <summary>A durable queue without limits for any number of consumers.</summary>
    public static BrokerQueueOptions Default { get; } = new();

    /// <summary>One consumer at a time gets messages, the first that came; when it is cancelled or lost, the next one in line, which hears nothing but the messages.</summary>
    public bool IsSingleActive { get; init; }

    /// <summary>Waiting messages that fit; null for any number. Those that consumers hold do not count.</summary>
    public int? LengthMax { get; init; }

    /// <summary>What happens to one more.</summary>
    public BrokerOverflow Overflow { get; init; }

    /// <summary>How often a message may come back (refused, or its consumer lost); once more and it is dropped. Null, the default: for ever, so that a message which kills its consumer kills every one.</summary>
    public int? DeliveryLimit { get; init; }
}

/// <summary>A message on its way to a broker.</summary>
/// <param name="RoutingKey">Words with dots between them.</param>
/// <param name="Body">What is carried.</param>
public sealed record BrokerMessage(string RoutingKey, object Body)
{
    /// <summary>Whether it is kept over a restart of the broker.</summary>
    public bool IsPersistent { get; init; } = true;

    /// <summary>Whether its publisher wants it back when no queue is bound for it.</summary>
    public bool IsMandatory { get; init; }
}

/// <summary>A message as a consumer gets it.</summary>
/// <param name="Tag">Its number on the channel, by which it is acknowledged.</param>
/// <param name="Message">The message.</param>
/// <param name="IsRedelivered">True where it was handed to a consumer before, who may have worked on it; false promises that it was not.</param>
public sealed record BrokerDelivery(ulong Tag, BrokerMessage Message, bool IsRedelivered);

/// <summary>How long things take.</summary>
public sealed record BrokerTimings
{
    /// <summary>Everything at once; connections that are blocked are given up after ten seconds.</summary>
    public static BrokerTimings Default { get; } = new();

    /// <summary>Longest time of a frame on its way; frames of one direction of a connection keep their order.</summary>
    public TimeSpan WireMax { get; init; }

    /// <summary>Longest time until a persistent message is on the broker's disk and confirmed; zero: at once.</summary>
    public TimeSpan SyncMax { get; init; }

    /// <summary>After so long without a frame each side gives the connection up.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long without an acknowledgement the broker closes the channel that holds a delivery; null: never.</summary>
    public TimeSpan? ConsumerTimeout { get; init; }
}
