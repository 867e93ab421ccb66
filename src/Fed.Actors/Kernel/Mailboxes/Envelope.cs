namespace Fed.Actors.Kernel.Mailboxes;

/// <summary>A queued item: a user's message, or (with <see cref="Control"/>) something of the kernel's that keeps its place in the queue.</summary>
internal readonly struct Envelope<TMessage>(TMessage message, Control? control)
{
    public readonly TMessage Message = message;
    public readonly Control? Control = control;
}

/// <summary>Something of the kernel's that waits its turn among user messages: a poison pill, a fired timer, the end of a watched actor.</summary>
internal abstract class Control
{
    /// <summary>Carried out when its turn has come.</summary>
    public abstract void Apply(ActorCell cell);

    /// <summary>What a dead letter shows, or null where nobody misses it.</summary>
    public virtual object? Content => null;
}

/// <summary>Stops the actor behind everything queued before.</summary>
internal sealed class PoisonPillControl : Control
{
    public static readonly PoisonPillControl Instance = new();

    public override object Content => "PoisonPill";

    public override void Apply(ActorCell cell) => cell.BeginStop();
}

/// <summary>Fails the actor behind everything queued before.</summary>
internal sealed class KillControl : Control
{
    public static readonly KillControl Instance = new();

    public override object Content => "Kill";

    public override void Apply(ActorCell cell) => throw new ActorKilledException($"{cell.Path} was killed");
}
