namespace Fed.Actors.Kernel;

internal sealed class StartActor : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.Start();
}

internal sealed class StopActor : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.BeginStop();
}

internal sealed class SuspendActor : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.Suspend();
}

/// <summary>Undoes a suspension.</summary>
/// <param name="cause">The failure that is forgiven; null where the actor itself had not failed.</param>
internal sealed class ResumeActor(Exception? cause) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.Resume(cause);
}

internal sealed class RestartActor(Exception cause) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.Restart(cause);
}

internal sealed class ChildFailed(ActorCell child, Exception cause) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.HandleChildFailure(child, cause);
}

/// <summary>An actor has stopped; to its parent and its watchers.</summary>
internal sealed class ActorStopped(ActorCell stopped) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.HandleStopped(stopped);
}

internal sealed class WatchActor(ActorCell watcher) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.AddWatcher(watcher);

    public override void ApplyStopped(ActorCell cell) => watcher.SendSystem(new ActorStopped(cell));
}

internal sealed class UnwatchActor(ActorCell watcher) : SystemMessage
{
    public override void Apply(ActorCell cell) => cell.RemoveWatcher(watcher);
}

/// <summary>The outcome of something that one incarnation of an actor asked for (of a journal, say); for a later incarnation it is dropped.</summary>
/// <param name="incarnation">The instance that asked.</param>
internal abstract class Completion(ActorBase incarnation) : SystemMessage
{
    /// <summary>Posts it to its actor; once, from any thread.</summary>
    public void Post() => incarnation.Cell.SendSystem(this);

    public sealed override void Apply(ActorCell cell)
    {
        if (cell.IsCurrent(incarnation)) Complete();
    }

    /// <summary>Runs on the actor's turn; an exception is the actor's failure.</summary>
    protected abstract void Complete();
}
