namespace Fed.Cluster.Identity;

/// <summary>
/// The nodes of a federation as one node knows them: certified keys by their hash and by the address that they may stand for. A node that renews has two of each kind for a while. Nothing is counted that is not valid at the moment
/// of asking. Thread-safe.
/// </summary>
/// <param name="validator">Says which certificates count.</param>
public sealed class Membership(CertificateValidator validator)
{
    /// <summary>Certificates that are kept.</summary>
    public const int KeptMax = 10_000;

    private readonly Lock _gate = new();
    private volatile Index _index = Index.Of([]);

    /// <summary>The federation.</summary>
    public string Federation => validator.Federation;

    /// <summary>Adds a certificate; one that is known already changes nothing.</summary>
    /// <exception cref="IdentityException">It does not count; the message says why.</exception>
    public CertifiedKey Add(ReadOnlyMemory<byte> certificate)
    {
        CertifiedKey key = validator.Read(certificate);
        lock (_gate)
        {
            ImmutableDictionary<Digest, CertifiedKey> keys = _index.Keys;
            if (keys.TryGetValue(key.KeyId, out CertifiedKey? known) && (known.Use, known.Identity) != (key.Use, key.Identity))
                throw new IdentityException($"the key of {key.Identity} is certified for {known.Identity} already; enrol one of them again with a key of its own");
            if (known is not null && known.NotAfter >= key.NotAfter && validator.IsValid(known)) return known;
            keys = keys.SetItem(key.KeyId, key);
            if (keys.Count > KeptMax) keys = keys.Where(entry => validator.IsValid(entry.Value)).Take(KeptMax).ToImmutableDictionary();
            _index = Index.Of(keys.Values);
        }

        return key;
    }

    /// <summary>A key by its hash; null for one that is unknown, expired, revoked, or for another use.</summary>
    public CertifiedKey? Find(Digest keyId, CertificateUse use) => _index.Keys.TryGetValue(keyId, out CertifiedKey? key) && key.Use == use && validator.IsValid(key) ? key : null;

    /// <summary>The valid keys of all nodes that may stand for an address, in the order of their hashes.</summary>
    public ImmutableArray<CertifiedKey> For(NodeAddress address, CertificateUse use) => NodeIdentity.RoleOf(address) switch
    {
        null => [],
        NodeRole.Silo => Valid(_index.ByName, address.Value, use),
        NodeRole role => Valid(_index.ByRole, role, use),
    };

    /// <summary>The valid keys of all nodes of a role, in the order of their hashes.</summary>
    public ImmutableArray<CertifiedKey> All(NodeRole role, CertificateUse use) => Valid(_index.ByRole, role, use);

    /// <summary>The valid keys of one node, in the order of their hashes.</summary>
    public ImmutableArray<CertifiedKey> Of(NodeIdentity identity, CertificateUse use) => [.. Valid(_index.ByRole, identity.Role, use).Where(key => key.Identity == identity)];

    /// <summary>All nodes that have a key which counts now, in the order of their URIs.</summary>
    public ImmutableArray<NodeIdentity> Nodes() => [.. _index.Keys.Values.Where(validator.IsValid).Select(static key => key.Identity).Distinct().OrderBy(static identity => identity.Uri, StringComparer.Ordinal)];

    private ImmutableArray<CertifiedKey> Valid<TPlace>(ImmutableDictionary<TPlace, ImmutableArray<CertifiedKey>> index, TPlace place, CertificateUse use)
        where TPlace : notnull => index.TryGetValue(place, out ImmutableArray<CertifiedKey> keys) ? [.. keys.Where(key => key.Use == use && validator.IsValid(key))] : [];

    /// <summary>The same keys, by what they are looked for.</summary>
    private sealed record Index(
        ImmutableDictionary<Digest, CertifiedKey> Keys, ImmutableDictionary<NodeRole, ImmutableArray<CertifiedKey>> ByRole, ImmutableDictionary<string, ImmutableArray<CertifiedKey>> ByName)
    {
        public static Index Of(IEnumerable<CertifiedKey> keys)
        {
            CertifiedKey[] all = [.. keys.OrderBy(static key => key.KeyId)];
            return new Index(
                all.ToImmutableDictionary(static key => key.KeyId),
                all.GroupBy(static key => key.Identity.Role).ToImmutableDictionary(static group => group.Key, static group => group.ToImmutableArray()),
                all.Where(static key => key.Identity.Role == NodeRole.Silo).GroupBy(static key => NodeAddress.Silo(key.Identity.Name).Value)
                    .ToImmutableDictionary(static group => group.Key, static group => group.ToImmutableArray(), StringComparer.Ordinal));
        }
    }
}
