namespace Fed.TestKit.Federation.Faults;

/// <summary>Where a job stands when a fault strikes it, as its journals say.</summary>
public enum JobMoment
{
    /// <summary>The plan is proposed, and no round has begun.</summary>
    Approving,

    /// <summary>An attempt is planned: what the sites get is being made.</summary>
    Preparing,

    /// <summary>Sites train, and advertise keys; under a common key, commit to what they upload.</summary>
    Advertising,

    /// <summary>In a ceremony: sites share their secrets among each other.</summary>
    Sharing,

    /// <summary>Sites train, or mask what they have, and the aggregator collects.</summary>
    Collecting,

    /// <summary>The set is fixed, and its sum is being made.</summary>
    Closing,

    /// <summary>The sum is sealed, and the coordinator has not heard of it.</summary>
    Sealed,

    /// <summary>Under protection: contributors sign the list of what is in the sealed sum.</summary>
    Confirming,

    /// <summary>The sum is being opened, and the server steps.</summary>
    Opening,

    /// <summary>An attempt failed, and the next one waits for its time.</summary>
    BackingOff,

    /// <summary>A round is over, and the next one has not begun.</summary>
    Between,

    /// <summary>The job has ended, and sites still have to hear of it.</summary>
    Ending,
}
