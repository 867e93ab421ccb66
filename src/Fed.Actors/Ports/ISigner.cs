using Fed.Actors.Persistence;

namespace Fed.Actors.Ports;

/// <summary>Signs for one node and verifies for all. ECDSA P-256 with SHA-256 (FIPS 186-5); keys stay inside.</summary>
public interface ISigner
{
    /// <summary>The SHA-256 of this node's public key (SubjectPublicKeyInfo).</summary>
    Digest KeyId { get; }

    /// <summary>This node's public key (SubjectPublicKeyInfo, DER).</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Signs a statement made of a purpose and content; the purpose keeps signatures of different meaning apart.</summary>
    ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content);

    /// <summary>Verifies a statement against a public key. Never throws on bad input: it is just not valid.</summary>
    bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey);
}
