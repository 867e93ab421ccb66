using System.Runtime.CompilerServices;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Something that needs a channel at the broker, all the time. The client's own recovery does not open again what the broker has closed, so each lane is served anew whenever its channel or the connection ends.
/// </summary>
internal abstract class RabbitLane
{
    private volatile bool _isOpen;

    /// <summary>True while the lane does its work.</summary>
    public bool IsOpen
    {
        get => _isOpen;
        private set
        {
            if (_isOpen == value) return;
            _isOpen = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Hears when the lane opens or closes.</summary>
    public Action? Changed { get; set; }

    /// <summary>Opens a channel and works until it ends; returns then, or throws.</summary>
    public async Task ServeAsync(IConnection connection, CancellationToken stop)
    {
        IChannel channel = await connection.CreateChannelAsync(Options, stop).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = channel.ConfigureAwait(false);
        TaskCompletionSource<ShutdownEventArgs?> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason);
            return Task.CompletedTask;
        };
        using CancellationTokenRegistration stopped = stop.Register(() => closed.TrySetResult(null));
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            Task work = WorkAsync(channel, () => IsOpen = true, () => closed.TrySetResult(null), ended.Token);
            await Task.WhenAny(closed.Task, work).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The channel has ended, and with it the work.
        }
        finally
        {
            IsOpen = false;
        }
    }

    /// <summary>The kind of channel.</summary>
    protected virtual CreateChannelOptions Options { get; } = new(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false);

    /// <summary>Works on a channel until the token is cancelled, which it is when the channel ends.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="opened">To be called when the work has begun.</param>
    /// <param name="lost">To be called where the broker has ended the work but not the channel.</param>
    /// <param name="ended">Cancelled when the channel has ended.</param>
    protected abstract Task WorkAsync(IChannel channel, Action opened, Action lost, CancellationToken ended);
}
