namespace Fed.TestKit.Federation.Checks;

/// <summary>The promises that are checked; a violation names the one that was broken, and a shrunken schedule must break the same.</summary>
public enum FederationCheck
{
    /// <summary>A committed round's state follows from the exact sum over exactly the accepted updates.</summary>
    ExactSum,

    /// <summary>An update counts once, in its own round, sum and attempt, from its own site, plan, base and schema.</summary>
    Acceptance,

    /// <summary>An accepted update is durable in its silo's outbox until its sum is sealed.</summary>
    AcceptedIsDurable,

    /// <summary>Nobody is told what is not yet on disk.</summary>
    ToldBeforeDurable,

    /// <summary>What was acknowledged is still on disk, in the same order; chains verify.</summary>
    Journal,

    /// <summary>A blob that an event names is on the disk of whoever starts from that event, whole.</summary>
    BlobsKept,

    /// <summary>One writer's appends succeed per sequence number.</summary>
    OneWriter,

    /// <summary>A receiver refuses what a leader of yesterday sends, and has the newest epoch that it heard of on disk.</summary>
    Epoch,

    /// <summary>A site's results for a key never differ, and a key is not computed again without need.</summary>
    OneResult,

    /// <summary>A sum is sealed once, and opened over one set of contributors, in all attempts.</summary>
    OneOpening,

    /// <summary>No secret and no single update is in a message, a journal or on a server's disk, and of no peer do both secrets leave.</summary>
    Secrets,

    /// <summary>Silo-side state is what committed rounds contributed.</summary>
    SiloState,

    /// <summary>What a person is shown is so.</summary>
    Status,

    /// <summary>Every committed round replays to the last bit.</summary>
    Replay,

    /// <summary>Attempts rise, and a job's phases follow one another.</summary>
    Order,

    /// <summary>After healing every job ends, with a reason, in time.</summary>
    Liveness,

    /// <summary>No actor, timer, blob or received update is left over.</summary>
    Leak,

    /// <summary>No process logs an error, and none fails for another reason than its disks.</summary>
    NoError,
}
