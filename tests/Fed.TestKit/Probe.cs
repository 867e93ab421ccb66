using System.Collections.Immutable;
using System.Threading.Channels;
using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>An actor that notes what it is told and whose watches end. Thread-safe.</summary>
public sealed class Probe<TMessage>
    where TMessage : class
{
    private readonly Lock _gate = new();
    private readonly Channel<TMessage> _unread = Channel.CreateUnbounded<TMessage>();
    private readonly IActorRef<object> _actor;
    private ImmutableArray<TMessage> _messages = [];
    private ImmutableArray<IActorRef> _terminated = [];

    /// <summary>Starts a probe.</summary>
    public Probe(ActorSystem system, string? name = null) => _actor = system.Spawn(Fed.Actors.Kernel.Props.Create<object>(() => new Notebook(this)), name);

    /// <summary>The address under which it listens.</summary>
    public IActorRef<TMessage> Ref => _actor;

    /// <summary>What it was told so far, in order.</summary>
    public ImmutableArray<TMessage> Messages
    {
        get { lock (_gate) return _messages; }
    }

    /// <summary>The watched actors that have stopped, in order.</summary>
    public ImmutableArray<IActorRef> Terminated
    {
        get { lock (_gate) return _terminated; }
    }

    /// <summary>Watches an actor, on the probe's next turn.</summary>
    public void Watch(IActorRef actor) => _actor.Tell(new WatchOrder(actor));

    /// <summary>The next message that no other call has returned; for systems on real threads.</summary>
    /// <exception cref="TimeoutException">None came within the limit.</exception>
    public async Task<TMessage> NextAsync(TimeSpan limit)
    {
        using CancellationTokenSource timeout = new(limit);
        try { return await _unread.Reader.ReadAsync(timeout.Token); }
        catch (OperationCanceledException cause)
        {
            throw new TimeoutException($"{_actor.Path} was told nothing for {limit}; before: {string.Join(", ", Messages)}", cause);
        }
    }

    private sealed record WatchOrder(IActorRef Actor);

    private sealed class Notebook(Probe<TMessage> probe) : Actor<object>
    {
        protected override void Receive(object message)
        {
            if (message is WatchOrder order)
            {
                Context.Watch(order.Actor);
                return;
            }
            lock (probe._gate) probe._messages = probe._messages.Add((TMessage)message);
            probe._unread.Writer.TryWrite((TMessage)message);
        }

        protected override bool Signal(Signal signal)
        {
            if (signal is not Terminated terminated) return false;
            lock (probe._gate) probe._terminated = probe._terminated.Add(terminated.Ref);
            return true;
        }
    }
}
