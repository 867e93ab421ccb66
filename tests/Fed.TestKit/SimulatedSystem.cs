using Fed.Actors.Kernel;
using Fed.TestKit.Events;

namespace Fed.TestKit;

/// <summary>
/// An actor system on a simulated dispatcher and a manual clock, and the one place that drives both: nothing happens until <see cref="Run"/>, <see cref="Advance"/> or an expectation of a
/// <see cref="TestProbe{TMessage}"/> is called. It is a simulation too, so that simulated ports (journals, transports, workers) may stand on it.
/// </summary>
/// <example>
/// <code>
/// SimulatedSystem sim = new(seed: 7);
/// TestProbe&lt;Reply&gt; probe = sim.CreateTestProbe&lt;Reply&gt;();
/// IActorRef&lt;Request&gt; actor = sim.Spawn(() => new Server());
/// actor.Tell(new Request("ping", probe.Ref));
/// probe.ExpectMsg(new Reply("pong"));
/// probe.ExpectNoMsg(TimeSpan.FromMinutes(5));   // virtual minutes
/// </code>
/// </example>
public sealed class SimulatedSystem : ISimulation
{
    private readonly SplitMix64 _choices;

    /// <summary>Starts a system.</summary>
    /// <param name="seed">Fixes the order of turns, and every choice of the ports that stand on this.</param>
    /// <param name="configure">Changes options other than dispatcher and clock; null for none.</param>
    public SimulatedSystem(ulong seed = 1, Func<ActorSystemOptions, ActorSystemOptions>? configure = null)
    {
        Dispatcher = new SimulatedDispatcher(seed);
        _choices = new SplitMix64(~seed);
        ActorSystemOptions options = new() { Dispatcher = Dispatcher, Time = Time, LoggerFactory = Events };
        System = new ActorSystem("sim", configure?.Invoke(options) ?? options);
        Events.Watch(System);
        EventFilter = new EventFilters(Events, Run);
    }

    /// <summary>Where turns run.</summary>
    public SimulatedDispatcher Dispatcher { get; }

    /// <summary>The clock.</summary>
    public ManualTimeProvider Time { get; } = new();

    /// <summary>The system.</summary>
    public ActorSystem System { get; }

    /// <summary>What it said beside its messages: log lines, dead letters, unhandled messages.</summary>
    public TestEvents Events { get; } = new();

    /// <summary>Filters for what it says while an action runs.</summary>
    public EventFilters EventFilter { get; }

    /// <summary>Messages that reached nobody, in order.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters => Events.DeadLetters;

    /// <summary>Messages that were not understood, in order.</summary>
    public IReadOnlyList<UnhandledMessage> Unhandled => Events.Unhandled;

    /// <inheritdoc/>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <inheritdoc/>
    public ulong NextUInt64() => _choices.Next();

    /// <inheritdoc/>
    public void Schedule(TimeSpan delay, Action action) =>
        Time.CreateTimer(static state => ((Action)state!)(), action, delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    /// <summary>Starts an actor from a factory.</summary>
    public IActorRef<TMessage> Spawn<TMessage>(Func<Actor<TMessage>> factory, string? name = null) => System.Spawn(Props.Create(factory), name);

    /// <summary>Starts a probe.</summary>
    public TestProbe<TMessage> CreateTestProbe<TMessage>(string? name = null)
        where TMessage : class => new(this, name);

    /// <summary>Runs turns, and whatever is due now, until nothing is left to do at this time.</summary>
    /// <exception cref="InvalidOperationException">Something keeps itself busy without time going on.</exception>
    public void Run()
    {
        const int RoundsMax = 1_000_000;
        for (int round = 0; round < RoundsMax; round++)
        {
            Dispatcher.Run();
            if (!(Time.NextDue <= TimeSpan.Zero)) return;
            Time.AdvanceToNext();
        }

        throw new InvalidOperationException($"seed {Dispatcher.Seed}: timers of {Now:O} did not come to an end in {RoundsMax} rounds");
    }

    /// <summary>Runs what waits, moves time on timer by timer, and runs what each brings.</summary>
    public void Advance(TimeSpan by)
    {
        Run();
        DateTimeOffset end = Now + by;
        while (Now + Time.NextDue <= end)
        {
            Time.AdvanceToNext();
            Run();
        }

        Time.Advance(end - Now);
    }

    /// <summary>Runs turns and moves time on, no further than it must, until a condition holds; false, with the limit passed, where it never does.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        DateTimeOffset end = Now + limit;
        while (!condition())
        {
            if (Dispatcher.RunOne()) continue;
            if (Now + Time.NextDue <= end)
            {
                Time.AdvanceToNext();
                continue;
            }

            Time.Advance(end - Now);
            return condition();
        }

        return true;
    }

    /// <summary>Runs until a condition holds.</summary>
    /// <exception cref="ExpectationException">It does not within the limit (virtual time).</exception>
    public void AwaitCondition(Func<bool> condition, TimeSpan limit, string? what = null)
    {
        if (!RunUntil(condition, limit)) throw new ExpectationException($"seed {Dispatcher.Seed}: {what ?? "the condition"} does not hold within {limit} of virtual time");
    }
}
