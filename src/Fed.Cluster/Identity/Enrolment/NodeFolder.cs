using System.Globalization;

namespace Fed.Cluster.Identity.Enrolment;

/// <summary>
/// A node's kit: <c>keys/</c> (its private keys and its password at the broker; later ones in <c>keys/2/</c>, <c>keys/3/</c> ...), <c>request.pem</c>, <c>members.pem</c>, of which <c>ca.crt</c> and <c>ca.crl</c> are extracts for
/// other programs, <c>node.conf</c> and <c>data/</c>. Naming paths creates nothing.
/// </summary>
/// <param name="root">The folder.</param>
public sealed class NodeFolder(string root)
{
    /// <summary>The folder, absolute.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Private keys, for their owner only.</summary>
    public string Keys => Path.Combine(Root, "keys");

    /// <summary>What goes to the CA's holder.</summary>
    public string Request => Path.Combine(Root, "request.pem");

    /// <summary>What came back, and the one file that counts.</summary>
    public string Members => Path.Combine(Root, "members.pem");

    /// <summary>The CA's certificate (PEM).</summary>
    public string Authority => Path.Combine(Root, "ca.crt");

    /// <summary>The CA's list of revoked certificates (DER).</summary>
    public string Revocations => Path.Combine(Root, "ca.crl");

    /// <summary>The node's configuration.</summary>
    public string Configuration => Path.Combine(Root, "node.conf");

    /// <summary>Journal, stores and reports.</summary>
    public string Data => Path.Combine(Root, "data");

    private string PasswordPath => Path.Combine(Keys, "broker.password");

    /// <summary>
    /// Makes keys where there are none, and the request for them. While keys wait for their certificates the same ones are asked for again; where all are certified the request is one for renewal, with new keys beside the old.
    /// </summary>
    /// <exception cref="IdentityException">A name is none, or the folder is another node's.</exception>
    public EnrolmentRequest Ask(NodeIdentity identity, TimeProvider clock)
    {
        if (!NodeIdentity.IsName(identity.Federation) || !NodeIdentity.IsName(identity.Name))
            throw new IdentityException($"'{(NodeIdentity.IsName(identity.Name) ? identity.Federation : identity.Name)}' is no name: 1 to {NodeIdentity.NameLengthMax} characters of a to z, 0 to 9 and hyphen");
        if (File.Exists(Request) && EnrolmentRequest.Parse(File.ReadAllText(Request)).Identity is var asked && asked != identity)
            throw new IdentityException($"'{Root}' is the folder of {asked}; name another --directory for {identity}");
        string folder = KeyFolders().LastOrDefault() ?? Keys;
        if (File.Exists(Members) && File.Exists(Path.Combine(folder, "signing.key")))
        {
            using NodeKeys newest = NodeKeys.LoadOrCreate(folder);
            (CertificateValidator validator, Membership members) = MembersFile.Parse(File.ReadAllText(Members)).NewMembership(clock);
            using (validator)
            {
                if (Certified(newest, members) is not null) folder = Path.Combine(Keys, (NumberOf(folder) + 1).ToString(CultureInfo.InvariantCulture));
            }
        }

        using NodeKeys keys = NodeKeys.LoadOrCreate(folder);
        bool hasPassword = File.Exists(PasswordPath);
        EnrolmentRequest request = EnrolmentRequest.Create(identity, keys, BrokerPassword.Hash(BrokerPassword.LoadOrCreate(PasswordPath)));
        if (hasPassword && File.Exists(Request) && EnrolmentRequest.Parse(File.ReadAllText(Request)) is var pending && pending.KeyIds == request.KeyIds) return pending;   // the same fingerprint as before
        KeyFiles.WriteDurably(Request, request.Text, mode: null);
        return request;
    }

    /// <summary>Takes what the CA's holder has sent. Nothing changes unless all of it is right: the CA, the list's number, and certificates for keys of this folder.</summary>
    /// <param name="file">The file.</param>
    /// <param name="clock">The time.</param>
    /// <param name="trust">Asked before the first file is taken: whether this is the federation's CA; gets its fingerprint. Throws where it is not.</param>
    /// <returns>What the node knows now.</returns>
    /// <exception cref="IdentityException">It does not fit; the message says what to do.</exception>
    public ImportedMembers Import(MembersFile file, TimeProvider clock, Action<string> trust)
    {
        (CertificateValidator validator, Membership members) = file.NewMembership(clock);
        using (validator)
        {
            MembersFile? present = File.Exists(Members) ? MembersFile.Parse(File.ReadAllText(Members)) : null;
            if (present is not null && !present.Authority.Span.SequenceEqual(file.Authority.Span))
                throw new IdentityException($"the file is of another CA (of '{validator.Federation}', {file.Fingerprint}) than the one that '{Root}' trusts ({present.Fingerprint}); a node changes its federation by a new folder only");
            if (present is not null)
            {
                using var authority = present.OpenAuthority();
                RevocationList old = RevocationList.Parse(present.Revocations, authority);
                if (validator.Revocations!.Number < old.Number)
                    throw new IdentityException($"the file is older than the one that '{Root}' has (list {validator.Revocations.Number}, and {old.Number} is known); get the newest members.pem from the CA's holder");
            }

            NodeIdentity own = Newest(members, out bool isPending)?.Identity
                ?? throw new IdentityException($"the file has no certificates for the keys in '{Keys}'; send '{Request}' to the CA's holder, and import the members.pem that comes back");
            if (present is null) trust(file.Fingerprint);
            string text = file.ToPem();
            bool isNew = !File.Exists(Members) || File.ReadAllText(Members) != text;
            if (isNew) KeyFiles.WriteDurably(Members, text, mode: null);
            using var ca = file.OpenAuthority();
            KeyFiles.WriteDurably(Authority, ca.ExportCertificatePem() + "\n", mode: null);
            KeyFiles.WriteDurably(Revocations, file.Revocations.ToArray(), mode: null);
            return new ImportedMembers(own, members.Nodes(), validator.Revocations!.Number, isNew, isPending);
        }
    }

    /// <summary>Opens what the node is: its newest certified keys, and whom it knows.</summary>
    /// <exception cref="IdentityException">It is not enrolled, or its certificates have ended.</exception>
    /// <exception cref="KeyFileException">A key is readable by others, or damaged.</exception>
    public NodeCredentials Open(TimeProvider clock)
    {
        if (!File.Exists(Members))
            throw new IdentityException($"'{Root}' has no members.pem: the node is not enrolled; run 'fed enroll request' and, when the CA's holder has answered, 'fed enroll import'");
        string text = File.ReadAllText(Members);
        (CertificateValidator validator, Membership members) = MembersFile.Parse(text).NewMembership(clock);
        try
        {
            NodeIdentity identity = Newest(members, out _)?.Identity
                ?? throw new IdentityException($"no certificate in '{Members}' counts for the keys in '{Keys}': they have ended or were revoked; run 'fed enroll request' again, and import the answer");
            string folder = KeyFolders().Last(candidate => CertifiedIn(candidate, members) is not null);
            return new NodeCredentials(this, identity, NodeKeys.LoadOrCreate(folder), validator, members, BrokerPassword.LoadOrCreate(PasswordPath), text);
        }
        catch
        {
            validator.Dispose();
            throw;
        }
    }

    /// <summary>All private encryption keys of the node, the newest first: what was encrypted for an older one opens with that. The caller disposes of them.</summary>
    /// <exception cref="KeyFileException">A key is readable by others, or damaged.</exception>
    public ImmutableArray<EncryptionKey> OpenEncryptionKeys() => [.. KeyFolders().Reverse().Select(static folder => EncryptionKey.LoadOrCreate(Path.Combine(folder, NodeKeys.EncryptionFile)))];

    /// <summary>The node's own private key of an id, whichever folder it lies in; null where there is none. The caller disposes of it.</summary>
    /// <exception cref="KeyFileException">A key is readable by others, or damaged.</exception>
    public LocalSigner? OpenSigner(Digest keyId)
    {
        foreach (string folder in KeyFolders())
        {
            LocalSigner signer = LocalSigner.LoadOrCreate(Path.Combine(folder, NodeKeys.SigningFile));
            if (signer.KeyId == keyId) return signer;
            signer.Dispose();
        }

        return null;
    }

    /// <summary>The certified signing key of the newest folder that has both certificates.</summary>
    private CertifiedKey? Newest(Membership members, out bool isPending)
    {
        CertifiedKey? found = null;
        isPending = false;
        foreach (string folder in KeyFolders())
        {
            CertifiedKey? key = CertifiedIn(folder, members);
            isPending = key is null;
            found = key ?? found;
        }

        return found;
    }

    private static CertifiedKey? CertifiedIn(string folder, Membership members)
    {
        using NodeKeys keys = NodeKeys.LoadOrCreate(folder);
        return Certified(keys, members);
    }

    private static CertifiedKey? Certified(NodeKeys keys, Membership members) =>
        members.Find(keys.Signer.KeyId, CertificateUse.Signing) is { } signing && members.Find(keys.Encryption.KeyId, CertificateUse.Encryption)?.Identity == signing.Identity ? signing : null;

    /// <summary>The folders that have both keys, oldest first.</summary>
    private IEnumerable<string> KeyFolders() => Directory.Exists(Keys)
        ? Directory.EnumerateDirectories(Keys).Where(path => NumberOf(path) > 1).OrderBy(NumberOf).Prepend(Keys)
            .Where(static folder => File.Exists(Path.Combine(folder, "signing.key")) && File.Exists(Path.Combine(folder, "encryption.key")))
        : [];

    private int NumberOf(string folder) => folder == Keys ? 1 : int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
