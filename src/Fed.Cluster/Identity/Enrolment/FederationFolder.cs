using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Stores;

namespace Fed.Cluster.Identity.Enrolment;

/// <summary>
/// What the CA's holder keeps, offline: the CA (<see cref="CertificateAuthority"/>), a file for each approved node (<c>nodes/NAME.pem</c>), those that were taken back (<c>revoked/</c>), and <c>members.pem</c>, which goes to all nodes
/// whenever it changes. It is for one process at a time. Each step leaves a folder that can be used: what follows from the others (<c>members.pem</c>) is written last, and again by the next command. The CA's key is opened only while
/// something is signed: what is read alone is public.
/// </summary>
public sealed class FederationFolder : IDisposable
{
    private const string LoginLabel = "FEDACTORS BROKER LOGIN";

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly IDisposable _lock;
    private readonly X509Certificate2 _certificate;

    private FederationFolder(string folder, TimeProvider clock, IDisposable taken, X509Certificate2 certificate, string federation) => (_folder, _clock, _lock, _certificate, Federation) = (folder, clock, taken, certificate, federation);

    /// <summary>The federation's name.</summary>
    public string Federation { get; }

    /// <summary>The CA's fingerprint, which every node needs to know before it imports its first members file.</summary>
    public string AuthorityFingerprint => Fingerprint.Of(_certificate.RawData);

    /// <summary>Where the file for all nodes lies.</summary>
    public string MembersPath => Path.Combine(_folder, "members.pem");

    /// <summary>Makes a federation: its CA, and a members file without members.</summary>
    /// <exception cref="IdentityException">The name is none, or the folder has a CA already.</exception>
    public static FederationFolder Create(string federation, string folder, TimeProvider clock)
    {
        CertificateAuthority.Create(federation, folder, clock).Dispose();
        FederationFolder made = Open(folder, clock);
        made.Publish();
        return made;
    }

    /// <summary>Opens a federation; the CA's key need not be there.</summary>
    /// <exception cref="IdentityException">There is none, or it is damaged.</exception>
    /// <exception cref="DataDirectoryInUseException">Another process uses it.</exception>
    public static FederationFolder Open(string folder, TimeProvider clock)
    {
        X509Certificate2 certificate = CertificateAuthority.ReadCertificate(folder);
        try
        {
            string federation = CertificateAuthority.FederationOf(certificate);
            return new FederationFolder(folder, clock, new DataDirectory(folder).Acquire(), certificate, federation);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>The approved nodes that have a certificate which counts, in the order of their names.</summary>
    /// <exception cref="IdentityException">A node's file is damaged.</exception>
    public ImmutableArray<EnrolledNode> Nodes()
    {
        using CertificateValidator validator = NewValidator();
        return [.. NodeFiles().Select(path => Read(path, validator)).OfType<EnrolledNode>()];
    }

    /// <summary>Certifies what a request asks for. Approved again it changes nothing; for a node that is there already it is a renewal, and old and new keys count side by side until the old certificates end.</summary>
    /// <param name="request">The request; that its fingerprint is the node's own is for the caller to have compared.</param>
    /// <param name="lifetime">How long the certificates count.</param>
    /// <exception cref="IdentityException">It asks for another federation, for a name that another role has, or with a key that was revoked or is another's; or the CA's key is not there.</exception>
    /// <exception cref="KeyFileException">The CA's key is readable by others, or damaged.</exception>
    public EnrolledNode Approve(EnrolmentRequest request, TimeSpan lifetime)
    {
        if (request.Identity.Federation != Federation)
            throw new IdentityException($"the request of {request.Identity} is for the federation '{request.Identity.Federation}', and this is '{Federation}'; make it again with --federation {Federation}");
        using CertificateValidator validator = NewValidator();
        (Digest signing, Digest encryption) = request.KeyIds;
        EnrolledNode? known = null;
        foreach (string path in NodeFiles())
        {
            EnrolledNode? node = Read(path, validator);
            if (node is null) continue;
            if (node.Identity.Name == request.Identity.Name) known = node;
            if (node.Identity != request.Identity && node.Keys.Any(key => key.KeyId == signing || key.KeyId == encryption))
                throw new IdentityException($"{request.Identity} asks with a key of {node.Identity}; make the request again with keys of its own");
        }

        if (known is not null && known.Identity != request.Identity)
            throw new IdentityException($"the name '{request.Identity.Name}' belongs to {known.Identity} already; make the request again under another name");
        if (RevokedKeys().Any(key => key == signing || key == encryption))
            throw new IdentityException($"{request.Identity} asks with a key that was revoked; delete its folder of keys and make the request again");
        if (known is not null && known.Keys.Any(key => key.KeyId == signing) && known.Keys.Any(key => key.KeyId == encryption))
        {
            Publish();
            return known;
        }

        using CertificateAuthority authority = CertificateAuthority.Open(_folder, _clock);
        NodeCertificates certificates = authority.Approve(request, lifetime);
        ImmutableArray<CertifiedKey> keys = [.. known?.Keys ?? [], validator.Read(certificates.Signing), validator.Read(certificates.Encryption)];
        EnrolledNode enrolled = new(request.Identity, keys, request.BrokerLogin ?? known?.BrokerLogin);
        Write(Path.Combine(_folder, "nodes", $"{request.Identity.Name}.pem"), enrolled);
        Publish();
        return enrolled;
    }

    /// <summary>Takes back all certificates of a node, for good: the CA's next list names them. It may be enrolled again with new keys.</summary>
    /// <returns>The list.</returns>
    /// <exception cref="IdentityException">There is no such node, or the CA's key is not there.</exception>
    /// <exception cref="KeyFileException">The CA's key is readable by others, or damaged.</exception>
    public RevocationList Revoke(string name)
    {
        string path = Path.Combine(_folder, "nodes", $"{name}.pem");
        if (!NodeIdentity.IsName(name) || !File.Exists(path)) throw new IdentityException($"no node called '{name}' is enrolled; 'fed federation nodes' lists them");
        using CertificateValidator validator = NewValidator();
        (ImmutableArray<CertifiedKey> keys, _) = ReadAll(path, validator);
        using CertificateAuthority authority = CertificateAuthority.Open(_folder, _clock);
        RevocationList list = authority.Revoke([.. keys]);
        Directory.CreateDirectory(Path.Combine(_folder, "revoked"));
        File.Move(path, Path.Combine(_folder, "revoked", $"{name}-{list.Number}.pem"), overwrite: true);
        Publish();
        return list;
    }

    /// <summary>The broker's definitions for the nodes that are enrolled now (<see cref="BrokerDefinitions"/>).</summary>
    /// <param name="parts">Aggregators of parts.</param>
    /// <exception cref="IdentityException">A node's request brought no login.</exception>
    public string BrokerDefinitionsOf(int parts)
    {
        Dictionary<NodeIdentity, string> logins = [];
        foreach (EnrolledNode node in Nodes())
        {
            logins[node.Identity] = node.BrokerLogin is { } login
                ? Convert.ToBase64String(login.Span)
                : throw new IdentityException($"the request of {node.Identity} brought no login for the broker; make it again with 'fed enroll request' and approve it");
        }

        return BrokerDefinitions.Write(Federation, logins.Keys, parts, node => logins[node]);
    }

    /// <summary>Certifies a server (broker or database) for TLS under some host names or addresses, and makes its key: <c>server.key</c>, <c>server.crt</c> and <c>ca.crt</c> in a folder.</summary>
    /// <exception cref="IdentityException">A host is none, the folder has a server's key already, or the CA's key is not there.</exception>
    /// <exception cref="KeyFileException">The CA's key is readable by others, or damaged.</exception>
    public void IssueServer(IReadOnlyCollection<string> hosts, string folder, TimeSpan lifetime)
    {
        string keyPath = Path.Combine(folder, "server.key");
        if (File.Exists(keyPath)) throw new IdentityException($"'{folder}' has a server's key already; name another folder");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using CertificateAuthority authority = CertificateAuthority.Open(_folder, _clock);
        byte[] certificate = authority.CertifyServer(key, hosts, lifetime);
        Directory.CreateDirectory(folder);
        KeyFiles.WriteDurably(Path.Combine(folder, "ca.crt"), _certificate.ExportCertificatePem() + "\n", mode: null);
        KeyFiles.WriteDurably(Path.Combine(folder, "server.crt"), PemEncoding.WriteString("CERTIFICATE", certificate) + "\n", mode: null);
        KeyFiles.WriteSecret(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        _certificate.Dispose();
    }

    /// <summary>Writes the members file anew: it follows from the rest of the folder.</summary>
    private void Publish()
    {
        MembersFile members = new(_certificate.RawData, CertificateAuthority.ReadRevocations(_folder, _certificate).Encoded, [.. Nodes().SelectMany(static node => node.Keys).Select(static key => key.Certificate)]);
        KeyFiles.WriteDurably(MembersPath, members.ToPem(), mode: null);
    }

    private CertificateValidator NewValidator()
    {
        CertificateValidator validator = new(X509CertificateLoader.LoadCertificate(_certificate.RawData), _clock);
        validator.Use(CertificateAuthority.ReadRevocations(_folder, _certificate).Encoded);
        return validator;
    }

    private string[] NodeFiles() => Files("nodes");

    private string[] Files(string kind)
    {
        string folder = Path.Combine(_folder, kind);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.pem").Order(StringComparer.Ordinal)] : [];
    }

    private IEnumerable<Digest> RevokedKeys()
    {
        using CertificateValidator validator = NewValidator();
        return [.. Files("revoked").SelectMany(path => ReadAll(path, validator).Keys).Select(static key => key.KeyId)];
    }

    /// <summary>The node of a file, with the certificates that count; null where none does.</summary>
    private static EnrolledNode? Read(string path, CertificateValidator validator)
    {
        (ImmutableArray<CertifiedKey> all, ReadOnlyMemory<byte>? login) = ReadAll(path, validator);
        ImmutableArray<CertifiedKey> keys = [.. all.Where(validator.IsValid)];
        return keys.IsEmpty ? null : new EnrolledNode(keys[0].Identity, keys, login);
    }

    private static (ImmutableArray<CertifiedKey> Keys, ReadOnlyMemory<byte>? Login) ReadAll(string path, CertificateValidator validator)
    {
        ImmutableArray<CertifiedKey>.Builder keys = ImmutableArray.CreateBuilder<CertifiedKey>();
        ReadOnlyMemory<byte>? login = null;
        try
        {
            for (ReadOnlySpan<char> rest = File.ReadAllText(path); PemEncoding.TryFind(rest, out PemFields pem); rest = rest[pem.Location.End..])
            {
                byte[] bytes = Convert.FromBase64String(rest[pem.Base64Data].ToString());
                if (rest[pem.Label].SequenceEqual(LoginLabel)) login = bytes;
                else keys.Add(validator.ReadAny(bytes));
            }
        }
        catch (Exception damaged) when (damaged is IdentityException or FormatException)
        {
            throw new IdentityException($"'{path}' is damaged ({damaged.Message}); restore it from a backup, or revoke the node", damaged);
        }

        if (keys.Count == 0 || keys.Any(key => key.Identity != keys[0].Identity)) throw new IdentityException($"'{path}' must have the certificates of one node; restore it from a backup");
        return (keys.ToImmutable(), login);
    }

    private static void Write(string path, EnrolledNode node)
    {
        StringBuilder text = new();
        foreach (CertifiedKey key in node.Keys) text.Append(PemEncoding.Write("CERTIFICATE", key.Certificate.Span)).Append('\n');
        if (node.BrokerLogin is { } login) text.Append(PemEncoding.Write(LoginLabel, login.Span)).Append('\n');
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        KeyFiles.WriteDurably(path, text.ToString(), mode: null);
    }
}
