namespace Fed.Actors.Persistence;

/// <summary>What every journal checks and says in the same way.</summary>
public static class JournalFormat
{
    /// <summary>Refuses a request whose events do not follow on each other.</summary>
    /// <exception cref="ArgumentException">A sequence number leaves a gap, or an epoch is not the request's: the writer's bug.</exception>
    public static void CheckSequence(AppendRequest request)
    {
        long expected = request.ExpectedSequence;
        foreach (JournalEvent next in request.Events)
        {
            if (next.Sequence != ++expected)
                throw new ArgumentException($"{request.PersistenceId}: event {next.Sequence} stands where {expected} belongs", nameof(request));
            if (next.Epoch != request.Epoch)
                throw new ArgumentException($"{request.PersistenceId}: event {next.Sequence} has epoch {next.Epoch}, its request {request.Epoch}", nameof(request));
        }
    }

    /// <summary>The outcome for a writer whose epoch is over.</summary>
    /// <param name="request">What it wanted.</param>
    /// <param name="epoch">The highest epoch that wrote.</param>
    public static AppendOutcome Fenced(AppendRequest request, long epoch) =>
        new(AppendStatus.Fenced, $"{request.PersistenceId}: epoch {request.Epoch} is over, epoch {epoch} has written; this node must stop writing");

    /// <summary>The outcome for a writer that does not know the log's end.</summary>
    /// <param name="request">What it wanted.</param>
    /// <param name="sequence">Where the log ends.</param>
    public static AppendOutcome Conflict(AppendRequest request, long sequence) =>
        new(AppendStatus.SequenceConflict, $"{request.PersistenceId}: the log ends at {sequence}, not at {request.ExpectedSequence}; another writer is at work");
}
