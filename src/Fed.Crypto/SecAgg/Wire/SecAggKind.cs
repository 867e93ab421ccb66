namespace Fed.Crypto.SecAgg.Wire;

/// <summary>What a message is; the byte behind magic and version.</summary>
internal enum SecAggKind : byte
{
    GraphCommitment = 1,
    GraphNonce = 2,
    Advert = 3,
    ShareBundle = 4,
    SealedShare = 5,
    SiteSet = 6,
    ContributorSignature = 7,
    UnmaskShares = 8,
    SiloSecrets = 9,
}
