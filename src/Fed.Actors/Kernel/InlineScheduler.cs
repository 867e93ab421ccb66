namespace Fed.Actors.Kernel;

/// <summary>
/// Runs a continuation where its task completes, even if the task was made with RunContinuationsAsynchronously. For continuations that only post: in a
/// simulation no other thread may take part.
/// </summary>
internal sealed class InlineScheduler : TaskScheduler
{
    public static readonly InlineScheduler Instance = new();

    private InlineScheduler() { }

    protected override void QueueTask(Task task) => TryExecuteTask(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
