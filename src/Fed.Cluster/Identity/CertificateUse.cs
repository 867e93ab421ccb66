namespace Fed.Cluster.Identity;

/// <summary>What a node's key is for. A node has one of each, so that a fault in one kind of use tells nothing of the other.</summary>
public enum CertificateUse
{
    /// <summary>Signs what the node says (key usage <c>digitalSignature</c>).</summary>
    Signing,

    /// <summary>Opens what is meant for the node (key usage <c>keyAgreement</c>).</summary>
    Encryption,
}
