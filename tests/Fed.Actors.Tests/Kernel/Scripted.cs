using Fed.Actors.Kernel;

namespace Fed.Actors.Tests.Kernel;

/// <summary>An actor whose messages say what it does, and which writes down the hooks that ran.</summary>
internal sealed class Scripted(List<string> notes, string name = "") : Actor<Action<Scripted>>
{
    private static int _instances;

    public int Instance { get; } = Interlocked.Increment(ref _instances);

    public new ActorContext<Action<Scripted>> Context => base.Context;

    /// <summary>What Signal answers.</summary>
    public bool HandlesSignals { get; set; } = true;

    public void Note(string what) => notes.Add(name + what);

    public void NotUnderstood(Action<Scripted> message) => Unhandled(message);

    protected override void PreStart() => Note("PreStart");

    protected override void PostStop() => Note("PostStop");

    protected override void PreRestart(Exception cause)
    {
        Note($"PreRestart({cause.Message})");
        base.PreRestart(cause);
    }

    protected override void PostRestart(Exception cause)
    {
        Note($"PostRestart({cause.Message})");
        base.PostRestart(cause);
    }

    protected override void Receive(Action<Scripted> message) => message(this);

    protected override bool Signal(Signal signal)
    {
        if (signal is Terminated terminated) Note($"Terminated({terminated.Ref.Path.Name})");
        return HandlesSignals;
    }
}
