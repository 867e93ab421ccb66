using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>Places for what a channel has published and the broker has not answered yet, so that a slow broker slows the sender down instead of filling its memory.</summary>
internal sealed class ConfirmWindow : IDisposable
{
    private readonly SemaphoreSlim _places;
    private readonly SortedSet<ulong> _open = [];
    private readonly Lock _gate = new();
    private ulong _last;

    public ConfirmWindow(IChannel channel, int size)
    {
        _places = new SemaphoreSlim(size);
        channel.BasicAcksAsync += (_, ack) => SettleAsync(ack.DeliveryTag, ack.Multiple);
        channel.BasicNacksAsync += (_, nack) => SettleAsync(nack.DeliveryTag, nack.Multiple);   // lost: whoever wants it asks again
    }

    /// <summary>A channel of which this can be made.</summary>
    public static CreateChannelOptions Options { get; } = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null);

    /// <summary>Waits for a place.</summary>
    public Task ReserveAsync(CancellationToken ended) => _places.WaitAsync(ended);

    /// <summary>Uses the reserved place for what is published next.</summary>
    public void Use()
    {
        lock (_gate) _open.Add(++_last);
    }

    /// <summary>Gives the reserved place back.</summary>
    public void GiveBack() => _places.Release();

    public void Dispose() => _places.Dispose();

    private Task SettleAsync(ulong number, bool isUpTo)
    {
        int settled = 0;
        lock (_gate)
        {
            if (!isUpTo) settled = _open.Remove(number) ? 1 : 0;
            else
            {
                for (; _open.Count > 0 && _open.Min <= number; settled++) _open.Remove(_open.Min);
            }
        }

        if (settled > 0) _places.Release(settled);
        return Task.CompletedTask;
    }
}
