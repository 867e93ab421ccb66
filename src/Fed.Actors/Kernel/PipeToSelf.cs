namespace Fed.Actors.Kernel;

/// <summary>Turns a task's outcome into a message, on whatever thread completes the task and without a hop.</summary>
internal static class PipeToSelf
{
    public static void Attach<TMessage, TResult>(ActorCell<TMessage> cell, Task<TResult> task, Func<TResult, TMessage> success, Func<Exception, TMessage> failure) =>
        _ = task.ContinueWith(
            completed => cell.TellAlways(completed.Status switch
            {
                TaskStatus.RanToCompletion => success(completed.Result),
                TaskStatus.Canceled => failure(new TaskCanceledException(completed)),
                _ => failure(completed.Exception!.InnerExceptions is [var only] ? only : completed.Exception),
            }),
            CancellationToken.None,
            TaskContinuationOptions.None,
            InlineScheduler.Instance);
}
