using Fed.Actors.Kernel;
using Microsoft.Extensions.Logging;

namespace Fed.Actors.Persistence;

/// <summary>Carries out effects: sends, timers, work. Starts them only; what comes of them arrives as a command.</summary>
public interface IEffectRunner<TCommand, in TEffect>
{
    /// <summary>Carries out one effect, on the actor's turn, after the events before it are durable. An exception is the actor's failure.</summary>
    void Run(TEffect effect, EffectContext<TCommand> context);
}

/// <summary>What an effect may know and use. One per incarnation of the actor, for its turns only; <see cref="Self"/> may be handed on.</summary>
public sealed class EffectContext<TCommand>
{
    private readonly ActorContext<TCommand> _actor;

    internal EffectContext(ActorContext<TCommand> actor, long epoch) => (_actor, Epoch) = (actor, epoch);

    /// <summary>The actor, for replies and completions.</summary>
    public IActorRef<TCommand> Self => _actor.Self;

    /// <summary>The writer's epoch, for envelopes.</summary>
    public long Epoch { get; }

    /// <summary>The log's end after the append that let this effect go.</summary>
    public JournalHead Position { get; internal set; }

    /// <summary>The actor's keyed timers: they tell it commands.</summary>
    public ActorTimers<TCommand> Timers => _actor.Timers;

    /// <summary>The actor's whole context, for shells that spawn or watch.</summary>
    public ActorContext<TCommand> Actor => _actor;

    /// <summary>The actor's logger.</summary>
    public ILogger Log => _actor.Log;
}
