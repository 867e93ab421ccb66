namespace Fed.Actors.Kernel;

/// <summary>News about an actor's surroundings, apart from its messages (<see cref="ActorBase.Signal"/>).</summary>
public abstract record Signal
{
    private protected Signal() { }
}

/// <summary>A watched actor has stopped. Comes exactly once per watch, behind the messages that were in the mailbox before.</summary>
/// <param name="Ref">The actor that stopped.</param>
public sealed record Terminated(IActorRef Ref) : Signal;
