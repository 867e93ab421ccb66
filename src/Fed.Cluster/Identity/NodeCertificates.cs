using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>What the CA answers a request with: a certificate for each of the node's keys. Public.</summary>
/// <param name="Identity">Whose they are.</param>
/// <param name="Signing">DER.</param>
/// <param name="Encryption">DER.</param>
public sealed record NodeCertificates(NodeIdentity Identity, ReadOnlyMemory<byte> Signing, ReadOnlyMemory<byte> Encryption)
{
    private const int TextMax = 4 * 1024 * 1024;

    /// <summary>Both as PEM: signing first.</summary>
    public string ToPem() => string.Concat(PemEncoding.WriteString("CERTIFICATE", Signing.Span), "\n", PemEncoding.WriteString("CERTIFICATE", Encryption.Span), "\n");

    /// <summary>Reads certificates of any number of nodes, as a kit has them; what they are worth says a <see cref="CertificateValidator"/>.</summary>
    /// <exception cref="IdentityException">The text is damaged.</exception>
    public static ImmutableArray<ReadOnlyMemory<byte>> ReadPem(string text)
    {
        if (text.Length > TextMax) throw new IdentityException($"a list of certificates has at most {TextMax} characters, not {text.Length}");
        try
        {
            X509Certificate2Collection found = [];
            found.ImportFromPem(text);
            ImmutableArray<ReadOnlyMemory<byte>> encoded = [.. found.Select(static certificate => (ReadOnlyMemory<byte>)certificate.RawData)];
            foreach (X509Certificate2 certificate in found) certificate.Dispose();
            return encoded;
        }
        catch (CryptographicException damaged)
        {
            throw new IdentityException($"the certificates are damaged ({damaged.Message}); get them again from the CA's holder", damaged);
        }
    }
}
