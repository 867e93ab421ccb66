namespace Fed.Actors.Kernel;

/// <summary>Something that has a turn to run: an actor with work waiting. It is scheduled at most once at a time.</summary>
public interface IRunnable : IThreadPoolWorkItem
{
    /// <summary>Runs one turn: all system messages, then up to the system's throughput of user messages. Never throws.</summary>
    void Run();
}

/// <summary>Decides where and in which order actors take their turns.</summary>
public interface IDispatcher
{
    /// <summary>Takes a turn to run soon, on another stack than the caller's. Called from any thread.</summary>
    void Schedule(IRunnable mailbox);

    /// <summary>Throws where the calling code runs outside a turn of this dispatcher. Free in production; the simulated dispatcher checks, so that no test passes by luck of threads.</summary>
    void AssertOnDispatcher();
}
