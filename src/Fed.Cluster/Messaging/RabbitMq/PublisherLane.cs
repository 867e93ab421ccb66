using System.Threading.Channels;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>A message on its way to a queue.</summary>
/// <param name="Key">Routing key.</param>
/// <param name="Seal">Makes the envelope, when its turn comes; null where nobody could read it.</param>
internal sealed record Outgoing(string Key, Func<byte[]?> Seal)
{
    /// <summary>The envelope, once it is made: what is sent again is the same.</summary>
    public byte[]? Frame { get; set; }

    /// <summary>Channels that the broker has closed, for a message that it refuses, while this was on its way: of those that share the fate one is that message.</summary>
    public int Closures { get; set; }
}

/// <summary>
/// Publishes control messages: persistent, mandatory, confirmed. So many may be unconfirmed at a time; the client's own limiter, which lets fewer out the more are unconfirmed, is off. What a lost channel leaves unconfirmed
/// goes first on the next, so that it may come twice and keeps its order. What was on its way when the broker closed a channel may be why: it goes by itself from then on, and is given up after a few times.
/// </summary>
internal sealed class PublisherLane(string exchange, int window, int waitingMax, WireCounters counters) : RabbitLane
{
    private const int ClosuresMax = 3;

    private readonly Channel<Outgoing> _waiting = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(waitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Lock _gate = new();
    private Queue<Outgoing> _again = [];

    protected override CreateChannelOptions Options { get; } = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null);

    /// <summary>Messages that wait for their turn.</summary>
    public int WaitingCount => _waiting.Reader.Count;

    /// <summary>Hands a message in; never waits.</summary>
    public void Send(Outgoing message)
    {
        if (!_waiting.Writer.TryWrite(message)) counters.Dropped();
    }

    protected override async Task WorkAsync(IChannel channel, Action opened, Action lost, CancellationToken ended)
    {
        Window sent = new(window, counters);
        channel.BasicAcksAsync += (_, ack) => sent.SettleAsync(ack.DeliveryTag, ack.Multiple, isConfirmed: true);
        channel.BasicNacksAsync += (_, nack) => sent.SettleAsync(nack.DeliveryTag, nack.Multiple, isConfirmed: false);
        channel.BasicReturnAsync += (_, _) =>
        {
            counters.Returned();   // its confirm follows
            return Task.CompletedTask;
        };
        opened();
        try
        {
            while (true)
            {
                if (IsSuspectNext()) await sent.EmptyAsync(ended).ConfigureAwait(false);
                await sent.ReserveAsync(ended).ConfigureAwait(false);   // first, so that nothing is lost between both queues
                Outgoing next = await NextAsync(ended).ConfigureAwait(false);
                byte[]? frame = Seal(next);
                sent.Add(frame is null ? null : next);
                if (frame is null) continue;
                await channel.BasicPublishAsync(exchange, next.Key, mandatory: true, Properties, frame, ended).ConfigureAwait(false);
                counters.Sent(WireLane.Control, frame.Length);
            }
        }
        finally
        {
            Outgoing[] stranded = sent.Unconfirmed();
            if (channel.CloseReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: >= 400 and < 500 })   // the channel alone: access refused, no such exchange
            {
                foreach (Outgoing message in stranded)
                {
                    if (++message.Closures == ClosuresMax) counters.Dropped();
                }
            }

            lock (_gate) _again = new Queue<Outgoing>([.. stranded.Where(static message => message.Closures < ClosuresMax), .. _again]);
        }
    }

    private static BasicProperties Properties { get; } = new() { Persistent = true };

    private async ValueTask<Outgoing> NextAsync(CancellationToken ended)
    {
        lock (_gate)
        {
            if (_again.TryDequeue(out Outgoing? again)) return again;
        }

        return await _waiting.Reader.ReadAsync(ended).ConfigureAwait(false);
    }

    private bool IsSuspectNext()
    {
        lock (_gate) return _again.TryPeek(out Outgoing? again) && again.Closures > 0;
    }

    private byte[]? Seal(Outgoing message)
    {
        try
        {
            message.Frame ??= message.Seal();
        }
        catch (ArgumentException)
        {
            message.Frame = null;   // too large to be said
        }

        if (message.Frame is null) counters.Unsealed();
        return message.Frame;
    }

    /// <summary>What a channel has published and the broker has not confirmed, by its number on the channel.</summary>
    private sealed class Window(int size, WireCounters counters)
    {
        private readonly Channel<bool> _taken = Channel.CreateBounded<bool>(size);
        private readonly SortedDictionary<ulong, Outgoing> _sent = [];
        private readonly Lock _gate = new();
        private ulong _last;
        private TaskCompletionSource? _empty;

        /// <summary>Waits until nothing is unconfirmed.</summary>
        public Task EmptyAsync(CancellationToken ended)
        {
            lock (_gate)
            {
                if (_sent.Count == 0) return Task.CompletedTask;
                _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _empty.Task.WaitAsync(ended);
            }
        }

        public ValueTask ReserveAsync(CancellationToken ended) => _taken.Writer.WriteAsync(true, ended);

        /// <summary>Uses the reserved place, or gives it back.</summary>
        public void Add(Outgoing? message)
        {
            if (message is null)
            {
                _taken.Reader.TryRead(out _);
                return;
            }

            lock (_gate) _sent.Add(++_last, message);
            counters.Published();
        }

        public Task SettleAsync(ulong number, bool isUpTo, bool isConfirmed)
        {
            int settled = 0;
            lock (_gate)
            {
                if (!isUpTo)
                {
                    if (_sent.Remove(number)) settled = 1;
                }
                else
                {
                    foreach (ulong done in _sent.Keys.TakeWhile(key => key <= number).ToArray())
                    {
                        _sent.Remove(done);
                        settled++;
                    }
                }

                if (_sent.Count == 0)
                {
                    _empty?.TrySetResult();
                    _empty = null;
                }
            }

            if (settled == 0) return Task.CompletedTask;
            counters.Settled(settled, isConfirmed);
            while (settled-- > 0) _taken.Reader.TryRead(out _);
            return Task.CompletedTask;
        }

        public Outgoing[] Unconfirmed()
        {
            lock (_gate) return [.. _sent.Values];
        }
    }
}
