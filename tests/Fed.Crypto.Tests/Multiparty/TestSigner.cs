using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>A site's signing and agreement keys, as the runtime would hold them.</summary>
internal sealed class TestSigner : ITranscriptSigner
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public ReadOnlyMemory<byte> PublicKey => _key.ExportSubjectPublicKeyInfo();

    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => _key.SignData(Joined(purpose, content), HashAlgorithmName.SHA256);

    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(Joined(purpose, content), signature, HashAlgorithmName.SHA256);
    }

    public RosterParty Party(string name) => new(name, [.. PublicKey.Span], [.. Agreement.PublicKey.ExportSubjectPublicKeyInfo()]);

    private static byte[] Joined(string purpose, ReadOnlySpan<byte> content) => [.. Encoding.UTF8.GetBytes(purpose), 0, .. content];
}
