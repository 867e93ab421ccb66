using Fed.Actors.Kernel.Asking;
using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>What can be done with a reference besides telling.</summary>
public static class ActorRefExtensions
{
    /// <summary>
    /// Sends a question that carries an address for the reply. The task's continuations run asynchronously; inside an actor hand it to
    /// <see cref="ActorContext{TMessage}.PipeTo"/>, never wait for it.
    /// </summary>
    /// <param name="actor">Whom to ask: an actor of a system in this process.</param>
    /// <param name="request">Builds the question around the address.</param>
    /// <param name="timeout">More than zero. Then the task faults with an <see cref="AskTimeoutException"/>, and a later reply goes to the dead letters.</param>
    /// <exception cref="ArgumentException">The reference is not an actor's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public static Task<TReply> Ask<TMessage, TReply>(this IActorRef<TMessage> actor, Func<IActorRef<TReply>, TMessage> request, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ActorSystem system = CellOf(actor).System;
        AskRef<TReply> reply = new(system, actor, timeout);
        system.Asks.Add(reply, timeout);
        try { actor.Tell(request(reply)); }
        catch (Exception cause) { reply.Fail(cause); }
        return reply.Reply;
    }

    /// <summary>Queues an order to stop behind the messages that wait already.</summary>
    /// <exception cref="ArgumentException">The reference is not an actor's.</exception>
    public static void PoisonPill(this IActorRef actor) => CellOf(actor).Post(PoisonPillControl.Instance);

    /// <summary>Queues an order to fail with <see cref="ActorKilledException"/>, which the default strategy answers with Stop.</summary>
    /// <exception cref="ArgumentException">The reference is not an actor's.</exception>
    public static void Kill(this IActorRef actor) => CellOf(actor).Post(KillControl.Instance);

    private static ActorCell CellOf(IActorRef actor) =>
        actor as ActorCell ?? throw new ArgumentException($"{actor.Path} is not an actor of this process", nameof(actor));
}
