using System.Numerics;

namespace Fed.Cluster.Identity;

/// <summary>A public key of a node, as the federation's CA has certified it. Whether it is valid now is the business of <see cref="CertificateValidator"/>.</summary>
/// <param name="Identity">Whose it is.</param>
/// <param name="Use">What for.</param>
/// <param name="KeyId">SHA-256 of <paramref name="PublicKey"/>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
/// <param name="Serial">Of the certificate.</param>
/// <param name="NotBefore">Valid from.</param>
/// <param name="NotAfter">Valid to.</param>
/// <param name="Certificate">DER.</param>
public sealed record CertifiedKey(
    NodeIdentity Identity, CertificateUse Use, Digest KeyId, ReadOnlyMemory<byte> PublicKey, BigInteger Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, ReadOnlyMemory<byte> Certificate);
