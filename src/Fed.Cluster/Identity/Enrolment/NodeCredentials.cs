namespace Fed.Cluster.Identity.Enrolment;

/// <summary>What a node goes by while it runs. <see cref="Refresh"/> takes up a members file that was imported meanwhile, so that new sites and revocations need no restart; new keys of its own do.</summary>
public sealed class NodeCredentials : IDisposable
{
    private readonly NodeFolder _folder;
    private string _text;

    internal NodeCredentials(NodeFolder folder, NodeIdentity identity, NodeKeys keys, CertificateValidator validator, Membership members, string brokerPassword, string text) =>
        (_folder, Identity, Keys, Validator, Members, BrokerPassword, _text) = (folder, identity, keys, validator, members, brokerPassword, text);

    /// <summary>Who the node is.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>Its private keys.</summary>
    public NodeKeys Keys { get; }

    /// <summary>Says which certificates count.</summary>
    public CertificateValidator Validator { get; }

    /// <summary>The nodes that it knows.</summary>
    public Membership Members { get; }

    /// <summary>Its password at the broker, where its user has its name.</summary>
    public string BrokerPassword { get; }

    /// <summary>The CA's certificate as a PEM file, for TLS.</summary>
    public string AuthorityPath => _folder.Authority;

    /// <summary>Takes up what was imported since. For one thread at a time.</summary>
    /// <returns>True where there was something new.</returns>
    /// <exception cref="IdentityException">The file is damaged or of another CA; what was known stays known.</exception>
    public bool Refresh()
    {
        string text = File.ReadAllText(_folder.Members);
        if (text == _text) return false;
        MembersFile file = MembersFile.Parse(text);
        if (!Validator.IsAuthority(file.Authority.Span)) throw new IdentityException($"'{_folder.Members}' is of another CA than the one that this node has trusted since it started");
        Validator.Use(file.Revocations);
        foreach (ReadOnlyMemory<byte> certificate in file.Certificates)
        {
            if (Validator.IsValid(Validator.ReadAny(certificate))) Members.Add(certificate);
        }

        _text = text;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        Validator.Dispose();
    }
}
