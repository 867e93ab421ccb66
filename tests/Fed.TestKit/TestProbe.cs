using System.Collections.Immutable;
using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>
/// An actor that a test holds in its hand: it notes what it is told, and the expectations drive the system until it has come. All limits are virtual time, three seconds where none is given and no
/// <see cref="Within(TimeSpan, Action)"/> is around. For systems on real threads there is <see cref="ThreadProbe{TMessage}"/>.
/// </summary>
/// <typeparam name="TMessage">What it understands; <c>object</c> for anything.</typeparam>
public sealed partial class TestProbe<TMessage>
    where TMessage : class
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(3);

    private readonly SimulatedSystem _sim;
    private readonly IActorRef<object> _actor;
    private readonly List<TMessage> _messages = [];
    private readonly List<IActorRef> _terminated = [];
    private Predicate<TMessage>? _ignored;
    private int _read;
    private DateTimeOffset? _deadline;

    internal TestProbe(SimulatedSystem sim, string? name)
    {
        _sim = sim;
        _actor = sim.System.Spawn(Props.Create<object>(() => new ProbeActor<TMessage>(Told, _terminated.Add)), name);
    }

    /// <summary>The address under which it listens.</summary>
    public IActorRef<TMessage> Ref => _actor;

    /// <summary>Everything it was told, in order, whether an expectation has taken it or not.</summary>
    public ImmutableArray<TMessage> Messages => [.. _messages];

    /// <summary>The watched actors that have stopped, in order.</summary>
    public ImmutableArray<IActorRef> Terminated => [.. _terminated];

    /// <summary>True while there are messages that no expectation has taken.</summary>
    public bool HasMessages => _read < _messages.Count;

    /// <summary>The message that the last expectation took.</summary>
    /// <exception cref="InvalidOperationException">None has taken any.</exception>
    public TMessage LastMessage => _read > 0 ? _messages[_read - 1] : throw new InvalidOperationException($"no expectation of {_actor.Path} has taken a message yet");

    /// <summary>Answers messages on the probe's own turns, beside noting them; null for none.</summary>
    public Action<TMessage>? AutoPilot { get; set; }

    /// <summary>Tells an actor something.</summary>
    public void Send<TOther>(IActorRef<TOther> actor, TOther message) => actor.Tell(message);

    /// <summary>Answers the last message that an expectation took, at the address in it.</summary>
    public void Reply<TReply>(Func<TMessage, IActorRef<TReply>> to, TReply reply) => to(LastMessage).Tell(reply);

    /// <summary>Tells the last message that an expectation took to somebody else.</summary>
    public void Forward(IActorRef<TMessage> actor) => actor.Tell(LastMessage);

    /// <summary>Messages that fit are not noted from now on; null for none.</summary>
    public void IgnoreMessages(Predicate<TMessage>? fits) => _ignored = fits;

    /// <summary>Watches an actor. The watch has begun when this returns.</summary>
    public void Watch(IActorRef actor) => Order(new WatchOrder(actor, IsOn: true));

    /// <summary>Ends a watch.</summary>
    public void Unwatch(IActorRef actor) => Order(new WatchOrder(actor, IsOn: false));

    /// <summary>Wants everything inside to be over within a virtual time, which is the limit of the expectations inside too.</summary>
    /// <exception cref="ExpectationException">It took longer.</exception>
    public void Within(TimeSpan max, Action action) => Within(TimeSpan.Zero, max, action);

    /// <summary>As <see cref="Within(TimeSpan, Action)"/>, and not before another time.</summary>
    /// <exception cref="ExpectationException">It took longer, or not so long.</exception>
    public void Within(TimeSpan min, TimeSpan max, Action action)
    {
        DateTimeOffset start = _sim.Now;
        DateTimeOffset? outer = _deadline;
        _deadline = outer < start + max ? outer : start + max;
        try
        {
            action();
        }
        finally
        {
            _deadline = outer;
        }

        TimeSpan taken = _sim.Now - start;
        if (taken < min || taken > max) throw Failed($"the block took {taken} of virtual time, not {min} to {max}");
    }

    /// <summary>Runs until a condition holds.</summary>
    /// <exception cref="ExpectationException">It does not within the limit.</exception>
    public void AwaitCondition(Func<bool> condition, TimeSpan? within = null)
    {
        TimeSpan limit = Limit(within);
        if (!_sim.RunUntil(condition, limit)) throw Failed($"the condition does not hold within {limit}");
    }

    private void Order(WatchOrder order)
    {
        _actor.Tell(order);
        _sim.Run();
    }

    private void Told(TMessage message)
    {
        if (_ignored?.Invoke(message) is true) return;
        _messages.Add(message);
        AutoPilot?.Invoke(message);
    }

    private TimeSpan Limit(TimeSpan? within)
    {
        if (within is { } limit) return limit;
        if (_deadline is not { } deadline) return DefaultLimit;
        return deadline > _sim.Now ? deadline - _sim.Now : TimeSpan.Zero;
    }

    private ExpectationException Failed(string what) =>
        new($"seed {_sim.Dispatcher.Seed}, {_actor.Path}: {what}; it was told {(_messages.Count == 0 ? "nothing" : string.Join(", ", _messages))}, of which {_read} were expected before");
}
