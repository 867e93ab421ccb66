using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>
/// A federation's own CA (ECDSA P-256), kept offline in a folder: <c>ca.key</c>, <c>ca.crt</c>, and <c>ca.crl</c> with what was revoked. It certifies nodes for one federation and nothing else. For one process at a time.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long the CA's own certificate is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    /// <summary>How long a node's certificates are valid where nothing else is asked for.</summary>
    public static readonly TimeSpan NodeLifetime = TimeSpan.FromDays(397);

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5), UntilNextList = TimeSpan.FromDays(400);

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly ECDsa _key;

    private CertificateAuthority(string folder, TimeProvider clock, ECDsa key, X509Certificate2 certificate, string federation) =>
        (_folder, _clock, _key, Certificate, Federation) = (folder, clock, key, certificate, federation);

    /// <summary>The federation that it is of.</summary>
    public string Federation { get; }

    /// <summary>Its certificate, which all nodes trust.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a CA.</summary>
    /// <exception cref="IdentityException">The name is none, or the folder has a CA already.</exception>
    public static CertificateAuthority Create(string federation, string folder, TimeProvider clock)
    {
        if (!NodeIdentity.IsName(federation)) throw new IdentityException($"'{federation}' is no name of a federation: 1 to {NodeIdentity.NameLengthMax} characters of a to z, 0 to 9 and hyphen");
        Directory.CreateDirectory(folder);
        if (File.Exists(CertificatePath(folder))) throw new IdentityException($"'{folder}' has a CA already; choose another folder");
        DateTimeOffset now = clock.GetUtcNow();
        File.Delete(KeyPath(folder));   // of a creation that was broken off: without a certificate nobody has trusted it
        using (ECDsa key = KeyFiles.CreatePrivate(KeyPath(folder)))
        {
            CertificateRequest request = new(NameOf(federation), key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
            using X509Certificate2 certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Skew, now + Lifetime, NewSerial());
            KeyFiles.WriteDurably(CertificatePath(folder), certificate.ExportCertificatePem() + "\n", mode: null);
        }

        CertificateAuthority authority = Open(folder, clock);
        authority.Publish(new CertificateRevocationListBuilder(), BigInteger.One);
        return authority;
    }

    /// <summary>Opens a CA.</summary>
    /// <exception cref="IdentityException">There is none, or key and certificate do not belong together.</exception>
    /// <exception cref="KeyFileException">The key is readable by others, or damaged.</exception>
    public static CertificateAuthority Open(string folder, TimeProvider clock)
    {
        X509Certificate2 certificate = ReadCertificate(folder);
        if (!File.Exists(KeyPath(folder))) throw new IdentityException($"'{folder}' has no ca.key, so nothing can be certified or revoked with it; do this where the CA's key is");
        ECDsa key = KeyFiles.LoadPrivate(KeyPath(folder));
        string federation = FederationOf(certificate);
        if (certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            return new CertificateAuthority(folder, clock, key, certificate, federation);
        key.Dispose();
        certificate.Dispose();
        throw new IdentityException($"'{folder}' has the key of another CA than its certificate; restore both from one backup");
    }

    /// <summary>A CA's certificate, which is public; its key stays closed.</summary>
    /// <exception cref="IdentityException">There is none.</exception>
    public static X509Certificate2 ReadCertificate(string folder) => File.Exists(CertificatePath(folder))
        ? X509Certificate2.CreateFromPem(File.ReadAllText(CertificatePath(folder)))
        : throw new IdentityException($"'{folder}' has no CA; make one first, or name the folder that has it");

    /// <summary>A CA's newest list of revoked certificates, which is public; its key stays closed.</summary>
    public static RevocationList ReadRevocations(string folder, X509Certificate2 certificate) => RevocationList.Parse(File.ReadAllBytes(ListPath(folder)), certificate);

    /// <summary>The federation of a CA's certificate.</summary>
    /// <exception cref="IdentityException">It is no such certificate.</exception>
    public static string FederationOf(X509Certificate2 certificate)
    {
        string name = certificate.SubjectName.Name.StartsWith(NamePrefix, StringComparison.Ordinal) ? certificate.SubjectName.Name[NamePrefix.Length..] : "";
        return NodeIdentity.IsName(name) ? name : throw new IdentityException($"'{certificate.SubjectName.Name}' is no CA of a federation");
    }

    /// <summary>The newest list of revoked certificates.</summary>
    public RevocationList Revocations => ReadRevocations(_folder, Certificate);

    /// <summary>Certifies a node's two keys. That the request is the node's own is for the caller to know (<see cref="EnrolmentRequest.Fingerprint"/>).</summary>
    /// <exception cref="IdentityException">It asks for another federation.</exception>
    public NodeCertificates Approve(EnrolmentRequest request, TimeSpan lifetime)
    {
        if (request.Identity.Federation != Federation) throw new IdentityException($"{request.Identity} asks for another federation than '{Federation}'");
        return new NodeCertificates(
            request.Identity, Issue(request.Identity, request.Signing.PublicKey, CertificateUse.Signing, lifetime), Issue(request.Identity, request.Encryption.PublicKey, CertificateUse.Encryption, lifetime));
    }

    /// <summary>Certifies a server for TLS. Such a certificate is no node's: it has host names where theirs have an identity.</summary>
    /// <param name="key">The server's key.</param>
    /// <param name="hosts">DNS names or addresses under which it is reached.</param>
    /// <param name="lifetime">How long the certificate counts.</param>
    /// <returns>DER.</returns>
    /// <exception cref="IdentityException">There is no host, or one is none.</exception>
    public byte[] CertifyServer(ECDsa key, IReadOnlyCollection<string> hosts, TimeSpan lifetime)
    {
        if (hosts.Count == 0) throw new IdentityException("a server's certificate needs the host name or address under which nodes reach it");
        CertificateRequest request = new(new X500DistinguishedName("CN=FedActors server"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));   // serverAuth
        request.CertificateExtensions.Add(CertificateForm.Hosts(hosts));
        return Sign(request, lifetime);
    }

    /// <summary>Takes certificates back, for good, and issues the next list.</summary>
    public RevocationList Revoke(params ReadOnlySpan<CertifiedKey> keys)
    {
        CertificateRevocationListBuilder builder = CertificateRevocationListBuilder.Load(File.ReadAllBytes(ListPath(_folder)), out BigInteger number);
        RevocationList before = Revocations;
        foreach (CertifiedKey key in keys)
        {
            if (!before.Contains(key.Serial)) builder.AddEntry(key.Serial.ToByteArray(isUnsigned: false, isBigEndian: true), _clock.GetUtcNow());
        }

        Publish(builder, number + 1);
        return Revocations;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private const string NamePrefix = "CN=FedActors CA of ";

    private static string NameOf(string federation) => NamePrefix + federation;

    private static string KeyPath(string folder) => Path.Combine(folder, "ca.key");

    private static string CertificatePath(string folder) => Path.Combine(folder, "ca.crt");

    private static string ListPath(string folder) => Path.Combine(folder, "ca.crl");

    private ReadOnlyMemory<byte> Issue(NodeIdentity identity, PublicKey key, CertificateUse use, TimeSpan lifetime)
    {
        CertificateRequest request = new(new X500DistinguishedName($"CN=node {identity.Name}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(CertificateForm.UsageOf(use), critical: true));
        request.CertificateExtensions.Add(CertificateForm.AlternativeName(identity));
        return Sign(request, lifetime);
    }

    private byte[] Sign(CertificateRequest request, TimeSpan lifetime)
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        DateTimeOffset now = _clock.GetUtcNow(), end = now + lifetime;
        DateTimeOffset own = new(Certificate.NotAfter.ToUniversalTime());
        if (end > own) end = own;
        using X509Certificate2 certificate = request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - Skew, end, NewSerial());
        return certificate.RawData;
    }

    private void Publish(CertificateRevocationListBuilder builder, BigInteger number)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        byte[] encoded = builder.Build(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), number, now + UntilNextList, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false), now);
        KeyFiles.WriteDurably(ListPath(_folder), encoded, mode: null);
    }

    /// <summary>16 random bytes, positive (RFC 5280, 4.1.2.2).</summary>
    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40);
        return serial;
    }
}
