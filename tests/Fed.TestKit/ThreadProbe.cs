using System.Collections.Immutable;
using System.Threading.Channels;
using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>A probe in a system on real threads, with real limits: they only say when to give up, so make them long. Thread-safe.</summary>
public sealed class ThreadProbe<TMessage>
    where TMessage : class
{
    private readonly Channel<TMessage> _unread = Channel.CreateUnbounded<TMessage>();
    private readonly Channel<IActorRef> _terminated = Channel.CreateUnbounded<IActorRef>();
    private readonly IActorRef<object> _actor;
    private ImmutableArray<TMessage> _messages = [];

    /// <summary>Starts a probe.</summary>
    public ThreadProbe(ActorSystem system, string? name = null) =>
        _actor = system.Spawn(Props.Create<object>(() => new ProbeActor<TMessage>(Told, actor => _terminated.Writer.TryWrite(actor))), name);

    /// <summary>The address under which it listens.</summary>
    public IActorRef<TMessage> Ref => _actor;

    /// <summary>Everything it was told so far, in order.</summary>
    public ImmutableArray<TMessage> Messages => _messages;

    /// <summary>Watches an actor, on the probe's next turn.</summary>
    public void Watch(IActorRef actor) => _actor.Tell(new WatchOrder(actor, IsOn: true));

    /// <summary>The next message that no other call has returned.</summary>
    /// <exception cref="ExpectationException">None came within the limit.</exception>
    public Task<TMessage> NextAsync(TimeSpan limit) => ReadAsync(_unread.Reader, "nothing was told", limit);

    /// <summary>The next message, which must be of a type.</summary>
    /// <exception cref="ExpectationException">Another one came, or none.</exception>
    public async Task<TExpected> ExpectMsgAsync<TExpected>(TimeSpan limit)
        where TExpected : TMessage
    {
        TMessage message = await NextAsync(limit);
        return message is TExpected expected ? expected : throw new ExpectationException($"{_actor.Path}: expected a {typeof(TExpected).Name}, and {message} came");
    }

    /// <summary>The next watched actor that stops.</summary>
    /// <exception cref="ExpectationException">None did within the limit.</exception>
    public Task<IActorRef> ExpectTerminatedAsync(TimeSpan limit) => ReadAsync(_terminated.Reader, "no watched actor stopped", limit);

    private async Task<T> ReadAsync<T>(ChannelReader<T> reader, string nothing, TimeSpan limit)
    {
        using CancellationTokenSource timeout = new(limit);
        try
        {
            return await reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new ExpectationException($"{_actor.Path}: {nothing} for {limit}; before: {string.Join(", ", Messages)}");
        }
    }

    private void Told(TMessage message)
    {
        ImmutableInterlocked.Update(ref _messages, static (all, one) => all.Add(one), message);
        _unread.Writer.TryWrite(message);
    }
}
