namespace Fed.Actors.Ports;

/// <summary>Runs long work (training, hashing, file I/O) away from actors. Bounded; in simulation single-threaded and seeded.</summary>
public interface IWorkerPool
{
    /// <summary>
    /// Runs a job and posts its outcome: a result, or the exception that it threw. Both callbacks run on any thread, exactly one of them, once.
    /// </summary>
    /// <param name="lane">Jobs of one lane run one after another, in order; jobs of different lanes run side by side.</param>
    /// <param name="work">The job. It honours the token at convenient points.</param>
    /// <param name="done">Receives the result.</param>
    /// <param name="failed">Receives the failure.</param>
    /// <returns>Cancels the job when disposed: if it has not started it never will; its outcome is then an <see cref="OperationCanceledException"/>.</returns>
    IDisposable Run<TResult>(string lane, Func<CancellationToken, TResult> work, Action<TResult> done, Action<Exception> failed);
}
