namespace Fed.Actors.Kernel;

/// <summary>The address of an actor, whatever it understands. Two references to one actor are the same object.</summary>
public interface IActorRef
{
    /// <summary>Where the actor lives in its system's tree. A restart keeps it; a new actor under an old name is another reference with an equal path.</summary>
    ActorPath Path { get; }
}

/// <summary>The address of an actor that understands <typeparamref name="TMessage"/>.</summary>
/// <typeparam name="TMessage">An immutable message, usually a closed family of records.</typeparam>
public interface IActorRef<in TMessage> : IActorRef
{
    /// <summary>
    /// Puts a message in the actor's mailbox and returns at once; from any thread, at most once, in order per pair of sender and receiver.
    /// A message to a stopped actor, or to a full mailbox that drops, goes to the dead letters.
    /// </summary>
    /// <exception cref="MailboxFullException">The mailbox is full and its choice is <see cref="MailboxOverflow.Fail"/>.</exception>
    void Tell(TMessage message);
}
