namespace Fed.Actors.Protocol.Ceremony;

/// <summary>The steps of a protected sum in which a site answers the coordinator. The upload between <see cref="ShareKeys"/> and <see cref="Confirm"/> goes to the aggregator, as in plain mode.</summary>
public enum CeremonyStep
{
    /// <summary>Public keys for one attempt.</summary>
    AdvertiseKeys,

    /// <summary>The site's secrets in shares, sealed for each member.</summary>
    ShareKeys,

    /// <summary>A signature over the list of what is in the sealed sum.</summary>
    Confirm,

    /// <summary>Shares by which the sealed sum is opened.</summary>
    ReleaseShares,
}
