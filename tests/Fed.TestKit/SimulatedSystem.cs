using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>An actor system on a simulated dispatcher and a manual clock: nothing happens until <see cref="Run"/> or <see cref="Advance"/> is called.</summary>
public sealed class SimulatedSystem
{
    /// <summary>Starts a system.</summary>
    /// <param name="seed">Fixes the order of turns.</param>
    /// <param name="configure">Changes options other than dispatcher and clock; null for none.</param>
    public SimulatedSystem(ulong seed = 1, Func<ActorSystemOptions, ActorSystemOptions>? configure = null)
    {
        Dispatcher = new SimulatedDispatcher(seed);
        Time = new ManualTimeProvider();
        ActorSystemOptions options = new() { Dispatcher = Dispatcher, Time = Time };
        System = new ActorSystem("sim", configure?.Invoke(options) ?? options);
        System.DeadLetters.Subscribe(DeadLetters.Add);
        System.Unhandled.Subscribe(Unhandled.Add);
    }

    /// <summary>Where turns run.</summary>
    public SimulatedDispatcher Dispatcher { get; }

    /// <summary>The clock.</summary>
    public ManualTimeProvider Time { get; }

    /// <summary>The system.</summary>
    public ActorSystem System { get; }

    /// <summary>Messages that reached nobody, in order.</summary>
    public List<DeadLetter> DeadLetters { get; } = [];

    /// <summary>Messages that were not understood, in order.</summary>
    public List<UnhandledMessage> Unhandled { get; } = [];

    /// <summary>Starts an actor from a factory.</summary>
    public IActorRef<TMessage> Spawn<TMessage>(Func<Actor<TMessage>> factory, string? name = null) => System.Spawn(Props.Create(factory), name);

    /// <summary>Starts a probe.</summary>
    public Probe<TMessage> Probe<TMessage>(string? name = null)
        where TMessage : class => new(System, name);

    /// <summary>Runs turns until none waits.</summary>
    public void Run() => Dispatcher.Run();

    /// <summary>Runs what waits, moves time on timer by timer, and runs what each brings.</summary>
    public void Advance(TimeSpan by)
    {
        Run();
        TimeSpan left = by;
        while (Time.NextDue is { } due && due <= left)
        {
            Time.Advance(due);
            left -= due;
            Run();
        }
        Time.Advance(left);
        Run();
    }
}
