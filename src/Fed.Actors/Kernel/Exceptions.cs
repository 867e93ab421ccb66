namespace Fed.Actors.Kernel;

/// <summary>A failure after which the default strategy stops the actor: a new instance would meet it again.</summary>
public abstract class FatalActorException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The actor's factory or <c>PreStart</c> threw.</summary>
public sealed class ActorInitializationException(string message, Exception? inner = null) : FatalActorException(message, inner);

/// <summary>The new instance threw in <c>PostRestart</c>, or could not be made.</summary>
public sealed class PostRestartException(string message, Exception? inner = null) : FatalActorException(message, inner);

/// <summary>Somebody sent <see cref="ActorRefExtensions.Kill"/>.</summary>
public sealed class ActorKilledException(string message) : FatalActorException(message);

/// <summary>A watched actor stopped and the watcher did not handle <see cref="Terminated"/>.</summary>
public sealed class DeathPactException(IActorRef dead) : FatalActorException($"{dead.Path} stopped and its watcher did not handle Terminated")
{
    /// <summary>The actor that stopped.</summary>
    public IActorRef Dead { get; } = dead;
}

/// <summary>No reply came within the time that the asker gave.</summary>
public sealed class AskTimeoutException(string message) : TimeoutException(message);

/// <summary>A mailbox with <see cref="MailboxOverflow.Fail"/> is full; thrown to the sender.</summary>
public sealed class MailboxFullException(string message) : InvalidOperationException(message);

/// <summary>An actor stashed more messages than its stash may hold.</summary>
public sealed class StashOverflowException(string message) : InvalidOperationException(message);
