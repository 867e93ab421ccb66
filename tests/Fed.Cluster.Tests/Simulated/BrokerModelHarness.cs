using Fed.TestKit;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>The broker model under the specification: tasks complete while the simulation is driven.</summary>
internal sealed class BrokerModelHarness(ulong seed) : IBrokerHarness
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2), Limit = TimeSpan.FromMinutes(3);

    public SeededSimulation Simulation { get; } = new(seed);

    public BrokerModel Broker => field ??= new BrokerModel(Simulation)
    {
        Timings = new BrokerTimings { WireMax = TimeSpan.FromMilliseconds(50), SyncMax = TimeSpan.FromMilliseconds(20), ConsumerTimeout = Facts.ConsumerTimeout },
    };

    public BrokerFacts Facts { get; } = new() { ConsumerTimeout = TimeSpan.FromSeconds(30) };

    public Task<IBrokerClient> ConnectAsync() => Task.FromResult<IBrokerClient>(new Client(Broker.Connect() ?? throw new InvalidOperationException("the broker is down")));

    public Task RestartAsync()
    {
        TaskCompletionSource up = new();
        Broker.Restart(TimeSpan.FromSeconds(1));
        Simulation.Schedule(TimeSpan.FromSeconds(1), up.SetResult);
        return up.Task;
    }

    public Task DriveAsync(Task task)
    {
        DateTimeOffset end = Simulation.Now + Limit;
        while (!task.IsCompleted)
        {
            if (Simulation.Now > end || !Simulation.RunOne()) throw new TimeoutException($"seed {seed}: nothing more happens, and what is waited for has not come");
        }

        return Task.CompletedTask;
    }

    public Task<bool> StaysQuietAsync(IBrokerSubscription subscription)
    {
        Simulation.Advance(Quiet);
        return Task.FromResult(((Subscription)subscription).Unread.Count == 0);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Client : IBrokerClient
    {
        private readonly BrokerConnection _connection;
        private readonly BrokerChannel _channel;
        private readonly TaskCompletionSource<string> _closed = new();

        public Client(BrokerConnection connection)
        {
            _connection = connection;
            _channel = connection.OpenChannel();
            connection.Closed = reason => _closed.TrySetResult(reason);
            _channel.Closed = reason => _closed.TrySetResult(reason);
        }

        public Task DeclareAsync(string queue, BrokerQueueOptions options, params string[] patterns)
        {
            _channel.Declare(queue, options);
            foreach (string pattern in patterns) _channel.Bind(queue, pattern);
            return Task.CompletedTask;   // whatever follows on this channel follows at the broker
        }

        public Task<PublishOutcome> PublishAsync(string routingKey, string body, bool isPersistent = true, bool isMandatory = false)
        {
            TaskCompletionSource<PublishOutcome> done = new();
            _channel.Publish(new BrokerMessage(routingKey, body) { IsPersistent = isPersistent, IsMandatory = isMandatory }, done.SetResult);
            return done.Task;
        }

        public async Task<IBrokerSubscription> ConsumeAsync(string queue, int prefetch)
        {
            Subscription subscription = new(_channel, queue, prefetch);
            await ReachedAsync();
            return subscription;
        }

        public Task KillAsync()
        {
            _connection.Kill();
            return Task.CompletedTask;
        }

        public Task CloseAsync()
        {
            _connection.Close();
            return Task.CompletedTask;
        }

        public Task<string> ClosedAsync() => _closed.Task;

        /// <summary>Completes when the broker has seen everything so far: an unroutable message is answered behind it.</summary>
        private Task ReachedAsync() => PublishAsync("nobody listens to this", "");
    }

    private sealed class Subscription : IBrokerSubscription
    {
        private readonly BrokerChannel _channel;
        private readonly BrokerConsumer _consumer;
        private readonly Queue<TaskCompletionSource<BrokerDelivery>> _waiting = new();

        public Subscription(BrokerChannel channel, string queue, int prefetch)
        {
            _channel = channel;
            _consumer = channel.Consume(queue, prefetch, delivery =>
            {
                if (_waiting.TryDequeue(out TaskCompletionSource<BrokerDelivery>? next)) next.SetResult(delivery);
                else Unread.Enqueue(delivery);
            });
        }

        public Queue<BrokerDelivery> Unread { get; } = new();

        public Task<BrokerDelivery> NextAsync()
        {
            if (Unread.TryDequeue(out BrokerDelivery? delivery)) return Task.FromResult(delivery);
            TaskCompletionSource<BrokerDelivery> next = new();
            _waiting.Enqueue(next);
            return next.Task;
        }

        public Task AckAsync(BrokerDelivery delivery)
        {
            _channel.Ack(delivery.Tag);
            return Task.CompletedTask;
        }

        public Task NackAsync(BrokerDelivery delivery, bool requeue)
        {
            _channel.Nack(delivery.Tag, requeue);
            return Task.CompletedTask;
        }

        public Task CancelAsync()
        {
            _consumer.Cancel();
            TaskCompletionSource reached = new();
            _channel.Publish(new BrokerMessage("nobody listens to this", ""), _ => reached.SetResult());
            return reached.Task;
        }
    }
}
