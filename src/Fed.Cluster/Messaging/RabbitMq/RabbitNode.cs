using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// A node's connection to its broker, made again whenever it is lost, and the channels on it, each opened again whenever it is closed. Nothing is declared here: queues and rights are the operator's
/// (<see cref="BrokerDefinitions"/>), and a node may not change them. Thread-safe.
/// </summary>
public sealed class RabbitNode : IAsyncDisposable
{
    private readonly ConnectionFactory _factory;
    private readonly RabbitOptions _options;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _connecting = new(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<RabbitLane, (CancellationTokenSource Stop, Task Serving)> _lanes = [];
    private IConnection? _connection;
    private bool _isDisposed;

    /// <summary>Starts to connect with the first lane.</summary>
    /// <param name="identity">The node.</param>
    /// <param name="keys">Its keys; owned by the caller.</param>
    /// <param name="members">Whom it knows.</param>
    /// <param name="options">Its broker.</param>
    /// <param name="clock">Times the tries.</param>
    /// <param name="log">Hears of refusals and lost connections.</param>
    /// <param name="versions">What it speaks; what this program does where null.</param>
    /// <param name="earlier">Encryption keys of before a renewal, for peers that do not know the present one yet; owned by the caller.</param>
    public RabbitNode(
        NodeIdentity identity, NodeKeys keys, Membership members, RabbitOptions options, TimeProvider clock, ILogger log, WireVersions? versions = null, ImmutableArray<EncryptionKey> earlier = default)
    {
        (Identity, _options, _clock) = (identity, options, clock);
        versions ??= new WireVersions();
        Sealer = new EnvelopeSealer(keys, members, versions);
        Opener = new EnvelopeOpener([keys.Encryption, .. earlier.IsDefault ? [] : earlier], members, versions);
        Counters = new WireCounters(log);
        _factory = BrokerConnections.Of(identity, options);
    }

    /// <summary>The node.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>What it has seen.</summary>
    public WireCounters Counters { get; }

    /// <summary>True while all that this node publishes and consumes has its channel. A node that is not ready hears or says nothing, although its connection may look well.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate) return !_isDisposed && _lanes.Count > 0 && _lanes.Keys.All(static lane => lane.IsOpen);
        }
    }

    /// <summary>Hears, on any thread, when <see cref="IsReady"/> may have changed.</summary>
    public event EventHandler? ReadinessChanged;

    internal EnvelopeSealer Sealer { get; }

    internal EnvelopeOpener Opener { get; }

    internal RabbitOptions Options => _options;

    internal TimeProvider Clock => _clock;

    /// <summary>Serves a lane until the result is disposed.</summary>
    internal IDisposable Serve(RabbitLane lane)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            lane.Changed = () => ReadinessChanged?.Invoke(this, EventArgs.Empty);
            CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            _lanes.Add(lane, (stop, Task.Run(() => ServeAsync(lane, stop.Token), CancellationToken.None)));
        }

        return new Registration(() =>
        {
            lock (_gate)
            {
                if (_lanes.Remove(lane, out (CancellationTokenSource Stop, Task Serving) served)) served.Stop.Cancel();
            }
        });
    }

    /// <summary>Opens an envelope that came to an address, counting; null for one that is refused.</summary>
    internal OpenedEnvelope? Open(ReadOnlyMemory<byte> frame, NodeAddress address) => Counted(address.Value, () => Opener.Open(frame, address));

    /// <summary>Opens an envelope that came to the node, counting; null for one that is refused.</summary>
    internal OpenedEnvelope? Open(ReadOnlyMemory<byte> frame) => Counted(Identity.Name, () => Opener.Open(frame, Identity));

    /// <summary>Reads something of an envelope, counting; null where it is refused.</summary>
    internal T? Counted<T>(string at, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (EnvelopeException refused)
        {
            Counters.Refused(at, refused);
            return null;
        }
    }

    /// <summary>Closes the connection: what was not confirmed or acknowledged is sent, or comes, again.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] serving;
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            serving = [.. _lanes.Values.Select(static lane => lane.Serving)];
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(serving).ConfigureAwait(false);
        if (_connection is { } connection) await connection.DisposeAsync().ConfigureAwait(false);
        _connecting.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync(RabbitLane lane, CancellationToken stop)
    {
        TimeSpan wait = _options.RetryMin;
        while (!stop.IsCancellationRequested)
        {
            long begun = _clock.GetTimestamp();
            try
            {
                await lane.ServeAsync(await ConnectAsync(stop).ConfigureAwait(false), stop).ConfigureAwait(false);
                if (!stop.IsCancellationRequested) Counters.Failed(_options.ToString(), null);
            }
            catch (Exception failure)   // the client says a lost connection in many ways; and whatever else it is, a lane that is given up would leave a node deaf or dumb
            {
                if (!stop.IsCancellationRequested) Counters.Failed(_options.ToString(), failure);
            }

            wait = _clock.GetElapsedTime(begun) > _options.RetryMax ? _options.RetryMin : TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, _options.RetryMax.Ticks));
            await Task.Delay(wait, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IConnection> ConnectAsync(CancellationToken stop)
    {
        await _connecting.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            if (_connection is { IsOpen: true } open) return open;
            if (_connection is { } lost) await lost.DisposeAsync().ConfigureAwait(false);
            _connection = null;
            return _connection = await _factory.CreateConnectionAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }
}
