namespace Fed.Actors.Protocol.Ceremony;

/// <summary>The steps of a protected sum in which a site answers the coordinator. The upload before <see cref="Confirm"/> goes to the aggregator, as in plain mode.</summary>
public enum CeremonyStep
{
    /// <summary>What commits a site to its part of the randomness of the job's graph; once for a job.</summary>
    CommitNonce,

    /// <summary>That part, shown when who has committed is fixed.</summary>
    ShowNonce,

    /// <summary>Secure aggregation: public keys for one attempt.</summary>
    AdvertiseKeys,

    /// <summary>Secure aggregation: the site's secrets in shares, sealed for each member.</summary>
    ShareKeys,

    /// <summary>A signature over the list of what is in the sealed sum.</summary>
    Confirm,

    /// <summary>Secure aggregation: shares by which the sealed sum is opened.</summary>
    ReleaseShares,

    /// <summary>Under a common key: what the site commits to upload.</summary>
    Commit,

    /// <summary>Under a common key: a signature over the closed list of commitments, before anything is uploaded.</summary>
    SignList,

    /// <summary>Under a common key: an opener's nonce for the check of the sum.</summary>
    Challenge,

    /// <summary>Under a common key: a contributor's part in the check of the sum.</summary>
    Evaluate,

    /// <summary>Under a common key: an opener's signature that it has verified the sum and who opens it.</summary>
    Ready,

    /// <summary>Under a common key: the hash and the length of an opener's shares, a blob of the site.</summary>
    Share,

    /// <summary>Under a common key: a contributor's word that a stated sum is not what it should be, and why. It opens nothing; with enough of them nobody waits for an opening that cannot come.</summary>
    DoubtSum,
}
