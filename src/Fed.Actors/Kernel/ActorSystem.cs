using System.Collections.Concurrent;
using Fed.Actors.Kernel.Asking;
using Microsoft.Extensions.Logging;

namespace Fed.Actors.Kernel;

/// <summary>A tree of actors with one clock, one dispatcher and one end. Thread-safe.</summary>
public sealed class ActorSystem
{
    private readonly ActorCell<GuardianMessage> _guardian;
    private readonly Shutdown _shutdown;
    private readonly ConcurrentDictionary<Type, ILogger> _logs = new();

    /// <summary>Starts an empty system.</summary>
    /// <param name="name">First element of all its paths.</param>
    /// <param name="options">What it gets from outside; <see cref="ActorSystemOptions.Default"/> in production.</param>
    /// <exception cref="ArgumentException">The name is no actor name, or an option is below 1.</exception>
    public ActorSystem(string name, ActorSystemOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MailboxCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Throughput, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DefaultStashCapacity, 1);
        Name = ActorPath.CheckedName(name);
        Options = options;
        Log = options.LoggerFactory.CreateLogger<ActorSystem>();
        Asks = new AskTimeouts(options.Time);
        Root = new ActorPath(parent: null, name);
        _shutdown = new Shutdown(this);
        Props<GuardianMessage> guardian = Props.Create<GuardianMessage>(static () => new Guardian()).WithSupervisor(options.GuardianStrategy);
        _guardian = new ActorCell<GuardianMessage>(this, parent: null, new ActorPath(Root, "user"), guardian);
        _guardian.SendSystem(new StartActor());
    }

    /// <summary>The system's name.</summary>
    public string Name { get; }

    /// <summary>What it was given.</summary>
    public ActorSystemOptions Options { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => Options.Time;

    /// <summary>Messages that reached nobody.</summary>
    public EventChannel<DeadLetter> DeadLetters { get; } = new();

    /// <summary>Messages that their receivers did not understand.</summary>
    public EventChannel<UnhandledMessage> Unhandled { get; } = new();

    /// <summary>Completes when the last phase of the shutdown is over.</summary>
    public Task WhenTerminated => _shutdown.WhenDone;

    /// <summary>The failure that a top-level actor escalated, which ended the system; null otherwise.</summary>
    public Exception? FatalFailure { get; private set; }

    internal ILogger Log { get; }

    internal AskTimeouts Asks { get; }

    internal ActorPath Root { get; }

    /// <summary>Starts a top-level actor, supervised by the guardian with <see cref="ActorSystemOptions.GuardianStrategy"/>.</summary>
    /// <param name="props">The recipe.</param>
    /// <param name="name">Unique among the living top-level actors; null for a generated one.</param>
    /// <exception cref="ArgumentException">The name is taken or no name.</exception>
    /// <exception cref="InvalidOperationException">The system is stopping.</exception>
    public IActorRef<TMessage> Spawn<TMessage>(Props<TMessage> props, string? name = null) => _guardian.SpawnChild(props, name);

    /// <summary>Stops any actor behind the message that it handles now.</summary>
    /// <exception cref="ArgumentException">It is not an actor of this system.</exception>
    public void Stop(IActorRef actor)
    {
        if (actor is not ActorCell cell || !ReferenceEquals(cell.System, this)) throw new ArgumentException($"{actor.Path} is not an actor of {Name}", nameof(actor));
        cell.SendSystem(new StopActor());
    }

    /// <summary>Adds a task to a phase of the shutdown; tasks of one phase run one after another, the newest first. Too late, it is never run.</summary>
    /// <param name="phase">When.</param>
    /// <param name="name">For the log.</param>
    /// <param name="task">What; its failure is logged and the shutdown goes on.</param>
    public void OnShutdown(ShutdownPhase phase, string name, Action task) => _shutdown.Add(phase, name, task);

    /// <summary>Ends the system phase by phase (<see cref="ShutdownPhase"/>); a second call joins the first.</summary>
    /// <param name="limit">How long actors may take to stop.</param>
    /// <returns>Faults with a <see cref="TimeoutException"/> that names the actors which had not stopped; the shutdown then still goes on.</returns>
    public Task TerminateAsync(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        _shutdown.Begin();
        return _shutdown.WhenDoneWithin(limit);
    }

    /// <summary>The living actors below the guardian, parents before children; for diagnosis.</summary>
    public ImmutableArray<ActorPath> Actors()
    {
        ImmutableArray<ActorPath>.Builder found = ImmutableArray.CreateBuilder<ActorPath>();
        Collect(_guardian);
        return found.ToImmutable();

        void Collect(ActorCell parent)
        {
            foreach (IActorRef child in parent.ChildRefs())
            {
                found.Add(child.Path);
                Collect((ActorCell)child);
            }
        }
    }

    internal ILogger LogOf(Type type) => _logs.GetOrAdd(type, static (key, factory) => factory.CreateLogger(key), Options.LoggerFactory);

    internal void CloseTopLevel() => _guardian.CloseChildren();

    internal void StopGuardian() => _guardian.SendSystem(new StopActor());

    internal void GuardianStopped() => _shutdown.ActorsStopped();

    internal void GuardianFailed(Exception cause)
    {
        FatalFailure = cause;
        KernelLog.GuardianFailed(Log, cause);
        _shutdown.Begin();
    }

    /// <summary>The guardian understands nothing: it only supervises.</summary>
    internal sealed record GuardianMessage;

    private sealed class Guardian : Actor<GuardianMessage>
    {
        protected override void Receive(GuardianMessage message) => Unhandled(message);
    }
}
