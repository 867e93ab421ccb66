using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SelfTest;

/// <summary>Keys of a holder that lives for one self-test.</summary>
internal sealed class ThrowawaySigner : ITranscriptSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The key to which shares are sealed.</summary>
    public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => _key.ExportSubjectPublicKeyInfo();

    /// <summary>The holder's line in a roster.</summary>
    public RosterParty Party(string name) => new(name, [.. PublicKey.Span], [.. Agreement.PublicKey.ExportSubjectPublicKeyInfo()]);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => _key.SignData(Joined(purpose, content), HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(Joined(purpose, content), signature, HashAlgorithmName.SHA256);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Agreement.Dispose();
    }

    private static byte[] Joined(string purpose, ReadOnlySpan<byte> content) => [.. Encoding.UTF8.GetBytes(purpose), 0, .. content];
}
