using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Identity;

namespace Fed.Host.Cluster;

/// <summary>
/// The signing keys of one job, of which its plan names one for each site. A site that has renewed its keys goes on signing for the job with the one that is named, and is verified by it, as long as that counts; before there is a
/// plan, and for whatever a plan does not name, the newest counts. Thread-safe.
/// </summary>
internal sealed class PlannedKeys(NodeKit kit) : ISigner
{
    private volatile Named? _named;

    /// <summary>The job's plan.</summary>
    public JobPlan Plan
    {
        set
        {
            ImmutableDictionary<NodeAddress, Digest> keys = value.Roster.ToImmutableDictionary(static entry => NodeAddress.Silo(entry.Silo.Value), static entry => entry.KeyId);
            ISigner? own = kit.Identity.Role == NodeRole.Silo && keys.TryGetValue(NodeAddress.Silo(kit.Identity.Name), out Digest keyId) ? kit.SignerOf(keyId) : null;
            _named = new Named(keys, own);
        }
    }

    /// <inheritdoc/>
    public Digest KeyId => Own.KeyId;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => Own.PublicKey;

    private ISigner Own => _named?.Own ?? kit.Keys.Signer;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => Own.Sign(purpose, content);

    /// <inheritdoc/>
    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => kit.Keys.Signer.Verify(purpose, content, signature, publicKey);

    /// <summary>The public key of an address in this job; null for strangers.</summary>
    public ReadOnlyMemory<byte>? Of(NodeAddress address) =>
        _named is { } named && named.Keys.TryGetValue(address, out Digest keyId) && kit.Members.Find(keyId, CertificateUse.Signing) is { } key && NodeAddress.Silo(key.Identity.Name) == address ? key.PublicKey : kit.PublicKey(address);

    private sealed record Named(ImmutableDictionary<NodeAddress, Digest> Keys, ISigner? Own);
}
