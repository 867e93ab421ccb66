using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>Keyed hashes in place of signatures: fast, deterministic, and worthless against anybody who reads this file.</summary>
public sealed class SimulatedSigner : ISigner
{
    /// <summary>The signer of a node; the same name gives the same key.</summary>
    public SimulatedSigner(string node)
    {
        byte[] publicKey = Encoding.UTF8.GetBytes("simulated key of " + node);
        PublicKey = publicKey;
        KeyId = Digest.Of(publicKey);
    }

    /// <inheritdoc/>
    public Digest KeyId { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => Tag(purpose, content, PublicKey.Span);

    /// <inheritdoc/>
    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        signature.SequenceEqual(Tag(purpose, content, publicKey));

    private static byte[] Tag(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> publicKey)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, publicKey);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(purpose)));   // a fixed length keeps purpose and content apart
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }
}
