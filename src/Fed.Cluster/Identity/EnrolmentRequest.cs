using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity.Enrolment;

namespace Fed.Cluster.Identity;

/// <summary>
/// What a node asks the federation's CA for: two certification requests (PKCS #10, RFC 2986), one for each key and signed by it, so that whoever asks has both, and the salted hash of its password at the broker. Whether it is who it
/// says is for the CA's holder to find out: by comparing <see cref="Fingerprint"/> over another channel.
/// </summary>
public sealed class EnrolmentRequest
{
    private const int TextMax = 16 * 1024;
    private const string Label = "CERTIFICATE REQUEST", LoginLabel = "FEDACTORS BROKER LOGIN";

    private EnrolmentRequest(NodeIdentity identity, string text, CertificateRequest signing, CertificateRequest encryption, ReadOnlyMemory<byte>? login) =>
        (Identity, Text, Signing, Encryption, BrokerLogin) = (identity, text, signing, encryption, login);

    /// <summary>Who it says it is.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>All parts as PEM: signing first.</summary>
    public string Text { get; }

    /// <summary>The hash of the node's password at the broker (<see cref="BrokerPassword.Hash"/>); null where it brought none.</summary>
    public ReadOnlyMemory<byte>? BrokerLogin { get; }

    internal CertificateRequest Signing { get; }

    internal CertificateRequest Encryption { get; }

    /// <summary>SHA-256 over both public keys and the login, in groups of four digits, to be read out.</summary>
    public string Fingerprint => Enrolment.Fingerprint.Of([.. KeyOf(Signing), .. KeyOf(Encryption), .. BrokerLogin is { } login ? login.Span : []]);

    /// <summary>The hashes of both public keys: signing first.</summary>
    public (Digest Signing, Digest Encryption) KeyIds => (Digest.Of(KeyOf(Signing)), Digest.Of(KeyOf(Encryption)));

    /// <summary>Makes a request at the node.</summary>
    /// <param name="identity">Who it says it is.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="brokerLogin">From <see cref="BrokerPassword.Hash"/>; empty for a node that gets its password otherwise.</param>
    /// <exception cref="IdentityException">A name is none.</exception>
    public static EnrolmentRequest Create(NodeIdentity identity, NodeKeys keys, ReadOnlySpan<byte> brokerLogin = default)
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

        if (!brokerLogin.IsEmpty) text.Append(PemEncoding.Write(LoginLabel, brokerLogin)).Append('\n');
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
            ReadOnlyMemory<byte>? login = null;
            for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields pem); rest = rest[pem.Location.End..])
            {
                byte[] bytes = Convert.FromBase64String(rest[pem.Base64Data].ToString());
                if (rest[pem.Label].SequenceEqual(LoginLabel) && login is null && bytes.Length == BrokerPassword.HashBytes)
                {
                    login = bytes;
                    continue;
                }

                if (!rest[pem.Label].SequenceEqual(Label)) throw new IdentityException($"an enrolment request has two parts '{Label}' and at most one '{LoginLabel}', not a '{rest[pem.Label]}'");
                requests.Add(CertificateRequest.LoadSigningRequest(bytes, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions));   // only the name is read; nothing of it is copied into a certificate
            }

            if (requests is not [CertificateRequest signing, CertificateRequest encryption])
                throw new IdentityException($"an enrolment request has two parts '{Label}', not {requests.Count}; take the file that 'fed enroll request' has written");
            NodeIdentity identity = IdentityOf(signing);
            if (IdentityOf(encryption) != identity) throw new IdentityException("both parts of an enrolment request must be of one node");
            foreach (CertificateRequest request in requests) KeyFiles.ImportPublic(KeyOf(request)).Dispose();
            if (KeyOf(signing).AsSpan().SequenceEqual(KeyOf(encryption))) throw new IdentityException("signing and encryption need a key each; make the request again with two keys");
            return new EnrolmentRequest(identity, text, signing, encryption, login);
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
