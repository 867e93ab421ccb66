using Fed.Actors.Ports;

namespace Fed.Actors.Protocol;

/// <summary>
/// An act as data, carried out by the shell after the events that justify it are on disk. Each has a stable id: carried out again after recovery, it must change nothing.
/// </summary>
public abstract record Effect
{
    private protected Effect()
    {
    }

    /// <summary>Sends a message once: an answer, repeated when the question is.</summary>
    public sealed record Send(NodeAddress To, ProtocolMessage Message) : Effect;

    /// <summary>An obligation: sends a message now and again at the resend interval until <see cref="EndDelivery"/>, that is until the peer's protocol answer.</summary>
    public sealed record Deliver(string Id, NodeAddress To, ProtocolMessage Message) : Effect;

    /// <summary>Ends the obligations whose id is <paramref name="Id"/> or starts with it and a slash.</summary>
    public sealed record EndDelivery(string Id) : Effect;

    /// <summary>Starts (or restarts) a timer that comes back as the decider's timer command with the same id. A length of time and no time of day, so that no wall clock can move it.</summary>
    public sealed record StartTimer(string Id, TimeSpan After) : Effect;

    /// <summary>Stops a timer.</summary>
    public sealed record CancelTimer(string Id) : Effect;

    /// <summary>Something that came from outside was refused: it is counted, and logged once.</summary>
    public sealed record Refused(string Reason) : Effect;

    /// <summary>Work away from the actor; its result comes back as a command. The same id already under way is not started twice.</summary>
    public sealed record Work(WorkItem Item) : Effect;
}
