namespace Fed.Actors.Ports;

/// <summary>
/// Leases, one per role, each under an epoch that rises with every grant. A lease keeps two leaders from working side by side for long; that they never decide both is the business of the
/// journal, which fences the older epoch off, and of receivers, which refuse it. Every method returns at once and posts its outcome, on any thread, exactly once.
/// </summary>
public interface ILeadership
{
    /// <summary>Takes the lease where nobody holds it, or its time is over; whoever asks again for what it holds gets a new epoch.</summary>
    void Acquire(LeaseRequest request, Action<LeaseOutcome> done);

    /// <summary>Holds a lease for its whole length from now on. Granted, with the same epoch, unless somebody else took it meanwhile.</summary>
    void Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done);

    /// <summary>Gives a lease back before its time, so that the next one need not wait. Best effort; nothing happens where it is somebody else's by now.</summary>
    void Release(LeaseRequest request, long epoch);
}

/// <summary>What is asked of a lease.</summary>
/// <param name="Role">The role that is led.</param>
/// <param name="Holder">Who asks: a name of the process, another one for each.</param>
/// <param name="Length">For how long, by the clock of whoever grants it.</param>
public sealed record LeaseRequest(NodeAddress Role, string Holder, TimeSpan Length);

/// <summary>How a request for a lease ended.</summary>
public enum LeaseStatus
{
    /// <summary>The lease is held from the moment of the request at the earliest.</summary>
    Granted,

    /// <summary>Somebody else holds it.</summary>
    Held,

    /// <summary>Whoever grants leases cannot be reached; the request may have been granted all the same.</summary>
    Failed,
}

/// <summary>The outcome of a request for a lease.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Epoch">The epoch that was granted; 0 where nobody contends, now or ever.</param>
/// <param name="Reason">A sentence for a person where it was not granted.</param>
public readonly record struct LeaseOutcome(LeaseStatus Status, long Epoch, string? Reason = null);
