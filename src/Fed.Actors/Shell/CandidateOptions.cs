using Fed.Actors.Ports;

namespace Fed.Actors.Shell;

/// <summary>What a candidate for a role is given.</summary>
public sealed record CandidateOptions
{
    /// <summary>The role.</summary>
    public required NodeAddress Role { get; init; }

    /// <summary>The process's name: another one for each candidate.</summary>
    public required string Holder { get; init; }

    /// <summary>Who grants the lease.</summary>
    public required ILeadership Leadership { get; init; }

    /// <summary>Sees who leads.</summary>
    public required IFederationObserver Observer { get; init; }

    /// <summary>Length of the lease. It is renewed at a third of it.</summary>
    public required TimeSpan LeaseLength { get; init; }

    /// <summary>How often a candidate that does not lead asks for the lease, which adds to the time without a leader, and a leader whose renewal failed for another one; a third of the lease's length unless it is said.</summary>
    public TimeSpan AskEvery { get => field > TimeSpan.Zero ? field : LeaseLength / 3; init; }

    /// <summary>Told, with the reason, when the candidate declines for good: the history holds what this program does not know, and another one must lead.</summary>
    public Action<string>? Declined { get; init; }
}
