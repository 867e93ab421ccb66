using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>
/// What a node asks the federation's CA for: two certification requests (PKCS #10, RFC 2986), one for each key and signed by it, so that whoever asks has both. Whether it is who it says is for the CA's holder to find
/// out: by comparing <see cref="Fingerprint"/> over another channel.
/// </summary>
public sealed class EnrolmentRequest
{
    private const int TextMax = 16 * 1024;
    private const string Label = "CERTIFICATE REQUEST";

    private EnrolmentRequest(NodeIdentity identity, string text, CertificateRequest signing, CertificateRequest encryption) =>
        (Identity, Text, Signing, Encryption) = (identity, text, signing, encryption);

    /// <summary>Who it says it is.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>Both requests as PEM: signing first.</summary>
    public string Text { get; }

    internal CertificateRequest Signing { get; }

    internal CertificateRequest Encryption { get; }

    /// <summary>SHA-256 over both public keys, in groups of four digits, to be read out.</summary>
    public string Fingerprint => string.Join(' ', Digest.Of([.. KeyOf(Signing), .. KeyOf(Encryption)]).ToString().Chunk(4).Select(static group => new string(group)));

    /// <summary>Makes a request at the node.</summary>
    public static EnrolmentRequest Create(NodeIdentity identity, NodeKeys keys)
    {
        if (!NodeIdentity.IsName(identity.Federation) || !NodeIdentity.IsName(identity.Name))
            throw new IdentityException($"'{identity.Federation}' and '{identity.Name}' must each have 1 to {NodeIdentity.NameLengthMax} characters of a to z, 0 to 9 and hyphen");
        StringBuilder text = new();
        foreach (CertificateUse use in (CertificateUse[])[CertificateUse.Signing, CertificateUse.Encryption])
        {
            using ECDsa key = keys.Open(use);
            CertificateRequest request = new($"CN={identity.Name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(CertificateForm.AlternativeName(identity));
            text.Append(request.CreateSigningRequestPem()).Append('\n');
        }

        return Parse(text.ToString());
    }

    /// <summary>Reads a request.</summary>
    /// <exception cref="IdentityException">It is none, or not signed by its own keys.</exception>
    public static EnrolmentRequest Parse(string text)
    {
        if (text.Length > TextMax) throw new IdentityException($"an enrolment request has at most {TextMax} characters, not {text.Length}");
        try
        {
            List<CertificateRequest> requests = [];
            for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields pem); rest = rest[pem.Location.End..])
            {
                if (!rest[pem.Label].SequenceEqual(Label)) throw new IdentityException($"an enrolment request has two parts '{Label}', not a '{rest[pem.Label]}'");
                byte[] bytes = Convert.FromBase64String(rest[pem.Base64Data].ToString());
                requests.Add(CertificateRequest.LoadSigningRequest(bytes, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions));   // only the name is read; nothing of it is copied into a certificate
            }

            if (requests is not [CertificateRequest signing, CertificateRequest encryption]) throw new IdentityException($"an enrolment request has two parts '{Label}', not {requests.Count}");
            NodeIdentity identity = IdentityOf(signing);
            if (IdentityOf(encryption) != identity) throw new IdentityException("both parts of an enrolment request must be of one node");
            foreach (CertificateRequest request in requests) KeyFiles.ImportPublic(KeyOf(request)).Dispose();
            if (KeyOf(signing).AsSpan().SequenceEqual(KeyOf(encryption))) throw new IdentityException("signing and encryption need a key each; make the request again with two keys");
            return new EnrolmentRequest(identity, text, signing, encryption);
        }
        catch (Exception damaged) when (damaged is CryptographicException or NotSupportedException or FormatException or AsnContentException or ArgumentException)
        {
            throw new IdentityException($"the enrolment request is damaged ({damaged.Message}); make it again at its node", damaged);
        }
    }

    private static NodeIdentity IdentityOf(CertificateRequest request) =>
        CertificateForm.IdentityOf(request.CertificateExtensions) ?? throw new IdentityException("the enrolment request names no node: its only alternative name must be a URI such as fed://lung/silo/north");

    private static byte[] KeyOf(CertificateRequest request) => request.PublicKey.ExportSubjectPublicKeyInfo();
}
