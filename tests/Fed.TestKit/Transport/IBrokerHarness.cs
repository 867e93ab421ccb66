using Fed.TestKit.Transport.Broker;

namespace Fed.TestKit.Transport;

/// <summary>A broker under <see cref="BrokerSpec"/>: a model, or a real one. Every task that it or its clients return is started; the spec waits through <see cref="DriveAsync"/>.</summary>
public interface IBrokerHarness : IAsyncDisposable
{
    /// <summary>Where brokers may differ.</summary>
    BrokerFacts Facts { get; }

    /// <summary>A connection of its own with one channel, on which publishes are confirmed.</summary>
    Task<IBrokerClient> ConnectAsync();

    /// <summary>Stops the broker and starts it again; completes when it takes connections.</summary>
    Task RestartAsync();

    /// <summary>Lets things happen until a task has completed, or throws a <see cref="TimeoutException"/> that says what did not come. A real broker needs to wait only.</summary>
    Task DriveAsync(Task task);

    /// <summary>Lets things happen for a while and says whether a consumer got nothing that it has not handed out. The while is the harness's: longer than a message needs.</summary>
    Task<bool> StaysQuietAsync(IBrokerSubscription subscription);
}

/// <summary>A client of a broker.</summary>
public interface IBrokerClient
{
    /// <summary>Declares a durable queue and binds patterns of the one topic exchange to it. Faults where the broker refuses.</summary>
    Task DeclareAsync(string queue, BrokerQueueOptions options, params string[] patterns);

    /// <summary>Publishes and completes with what became of it.</summary>
    Task<PublishOutcome> PublishAsync(string routingKey, string body, bool isPersistent = true, bool isMandatory = false);

    /// <summary>Starts a consumer that acknowledges by itself alone; completes when the broker knows of it.</summary>
    Task<IBrokerSubscription> ConsumeAsync(string queue, int prefetch);

    /// <summary>The connection is lost without a goodbye; completes when the client has noticed.</summary>
    Task KillAsync();

    /// <summary>Ends the connection in order.</summary>
    Task CloseAsync();

    /// <summary>Completes when channel or connection was ended by the broker, with its reason.</summary>
    Task<string> ClosedAsync();
}

/// <summary>A consumer of a queue; bodies are strings.</summary>
public interface IBrokerSubscription
{
    /// <summary>The next message that no other call has returned.</summary>
    Task<BrokerDelivery> NextAsync();

    /// <summary>Acknowledges a message; completes when the acknowledgement is on its way.</summary>
    Task AckAsync(BrokerDelivery delivery);

    /// <summary>Refuses a message; completes when the refusal is on its way.</summary>
    Task NackAsync(BrokerDelivery delivery, bool requeue);

    /// <summary>Asks for no more messages and keeps those that it holds; completes when the broker has agreed.</summary>
    Task CancelAsync();
}

/// <summary>Where brokers may differ.</summary>
public sealed record BrokerFacts
{
    /// <summary>After about so long a channel that holds a delivery is closed; null where a test cannot wait for it.</summary>
    public TimeSpan? ConsumerTimeout { get; init; }

    /// <summary>How many deliveries a message gets whose queue has a limit: with RabbitMQ's quorum queues the first one and the limit's number of returns.</summary>
    public Func<int, int> DeliveriesWithin { get; init; } = static limit => limit + 1;
}
