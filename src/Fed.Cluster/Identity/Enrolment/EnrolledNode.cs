namespace Fed.Cluster.Identity.Enrolment;

/// <summary>A node that the CA's holder has approved, with all of its certificates that count now.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Keys">Its certified keys: two, and two more for each renewal until the old ones end.</param>
/// <param name="BrokerLogin">The hash of its password at the broker; null where its request brought none.</param>
public sealed record EnrolledNode(NodeIdentity Identity, ImmutableArray<CertifiedKey> Keys, ReadOnlyMemory<byte>? BrokerLogin)
{
    /// <summary>When the last of its certificates ends.</summary>
    public DateTimeOffset NotAfter => Keys.Max(static key => key.NotAfter);
}
