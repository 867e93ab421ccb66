namespace Fed.Actors.Kernel;

/// <summary>The order of an actor system's end. Each phase begins when the one before is over.</summary>
public enum ShutdownPhase
{
    /// <summary>No new work: transports stop listening, no actor can be spawned at the top any more.</summary>
    StopIntake,

    /// <summary>All actors stop, children before their parents; what they were handling is finished, what waits goes to the dead letters.</summary>
    StopActors,

    /// <summary>Journals, stores and pools are closed.</summary>
    Close,
}
