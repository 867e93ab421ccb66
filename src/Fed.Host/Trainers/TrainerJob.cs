using Fed.Learning.External;

namespace Fed.Host.Trainers;

/// <summary>One question to a trainer, which may be put again to its next process: what it computes into is set only by an answer.</summary>
/// <param name="rows">The rows that it is about; shown first where the process does not have them.</param>
/// <param name="ask">Asks, and keeps the answer.</param>
internal sealed class TrainerJob(TrainerRows rows, Action<TrainerTalk> ask)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The rows that it is about.</summary>
    public TrainerRows Rows => rows;

    /// <summary>Ends when it is answered, given up or cancelled.</summary>
    public Task Done => _done.Task;

    /// <summary>Asks.</summary>
    public void Ask(TrainerTalk talk) => ask(talk);

    /// <summary>It is answered.</summary>
    public void Answered() => _done.TrySetResult();

    /// <summary>It will not be answered.</summary>
    public void Fail(Exception cause)
    {
        if (cause is OperationCanceledException) _done.TrySetCanceled();
        else _done.TrySetException(cause);
    }
}
