namespace Fed.Actors.Kernel.Asking;

/// <summary>The address to which a question's reply goes: takes one, then nothing but dead letters.</summary>
internal sealed class AskRef<TReply>(ActorSystem system, IActorRef asked, TimeSpan timeout) : PendingAsk, IActorRef<TReply>
{
    private readonly TaskCompletionSource<TReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TReply> Reply => _reply.Task;

    /// <inheritdoc/>
    public ActorPath Path => new(new ActorPath(system.Root, "temp"), "ask");

    /// <inheritdoc/>
    public void Tell(TReply message)
    {
        if (_reply.TrySetResult(message)) system.Asks.Remove(this);
        else system.DeadLetters.Publish(new DeadLetter(message, Path, $"the reply of {asked.Path} came too late or twice"));
    }

    public override void Expire() => _reply.TrySetException(new AskTimeoutException($"{asked.Path} did not reply within {timeout}"));

    public void Fail(Exception cause)
    {
        if (_reply.TrySetException(cause)) system.Asks.Remove(this);
    }
}
