using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>Everything through which a node touches the world. In simulation each part is replaced; nothing else is.</summary>
public sealed record NodeServices
{
    /// <summary>The actor system that hosts the node.</summary>
    public required ActorSystem System { get; init; }

    /// <summary>The node's journal.</summary>
    public required IEventJournal Journal { get; init; }

    /// <summary>
    /// The node's blobs for its job: models, sums, or a silo's outbox. Jobs that run side by side have a store each, and in a contended role a store of the term: what a leader of yesterday
    /// deletes must not be what one of today has stored again.
    /// </summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>Control messages: one switchboard for all nodes of a process.</summary>
    public required Switchboard Switchboard { get; init; }

    /// <summary>Blobs of other nodes.</summary>
    public required IBulkTransfer Bulk { get; init; }

    /// <summary>Long work.</summary>
    public required IWorkerPool Workers { get; init; }

    /// <summary>The node's key.</summary>
    public required ISigner Signer { get; init; }

    /// <summary>The public key (SubjectPublicKeyInfo) of a known node; null for strangers.</summary>
    public required Func<NodeAddress, ReadOnlyMemory<byte>?> PublicKeys { get; init; }

    /// <summary>All public keys that count for an address, where a role has standbys with keys of their own; null where <see cref="PublicKeys"/> says it all.</summary>
    public Func<NodeAddress, ImmutableArray<ReadOnlyMemory<byte>>>? CertifiedKeys { get; init; }

    /// <summary>How contributions are protected.</summary>
    public required IProtection Protection { get; init; }

    /// <summary>The local steps of secure aggregation; null where the node offers none.</summary>
    public ISecureAggregation? SecureAggregation { get; init; }

    /// <summary>The local steps of a collective key; null where the node offers none.</summary>
    public ICollectiveEncryption? CollectiveEncryption { get; init; }

    /// <summary>The node's secrets of its jobs; needed by sites that offer secure aggregation or a collective key.</summary>
    public ISecretStore? Secrets { get; init; }

    /// <summary>What a site does with grid integers before they are in its outbox.</summary>
    public IGridStage BeforeOutbox { get; init; } = GridStage.Identity;

    /// <summary>Sees what happens.</summary>
    public required IFederationObserver Observer { get; init; }

    /// <summary>Unanswered obligations are sent again after this time.</summary>
    public required TimeSpan ResendInterval { get; init; }

    /// <summary>A working silo shows life this often.</summary>
    public required TimeSpan BeatInterval { get; init; }

    /// <summary>True for blobs of this store that other jobs' retained events name: content addressing makes equal blobs one, so a job deletes only what is its own.</summary>
    public Func<Digest, bool> IsNamedElsewhere { get; init; } = static _ => false;

    /// <summary>Messages of peers that may wait at a node's door. One more is lost, as on a wire, and counted: peers repeat what is not answered.</summary>
    public int DoorCapacity { get; init; } = 100_000;

    /// <summary>A site's own policy; null for one that lets every plan pass which fits, as simulated sites do.</summary>
    public ISitePolicy? Policy { get; init; }

    /// <summary>True where rounds of a single site may be, as in cyclic transfer: in simulations, whose rows are nobody's secret, and at sites whose policy has the last word. Else a silo refuses such a plan.</summary>
    public bool AllowsSingleContributor { get; init; }

    /// <summary>The leadership under which the node works; uncontended where a file lock makes it the only one.</summary>
    public Term Term { get; init; } = Term.Uncontended;

    /// <summary>Hears that the node can no longer write its log, which in a contended role means that somebody else leads; null reports it as a fault.</summary>
    public Action<Exception>? Deposed { get; init; }

    /// <summary>True for a protection that the node can carry out.</summary>
    internal bool Offers(string protection) => OfferedNames.Contains(protection, StringComparer.Ordinal);

    /// <summary>The protections that the node can carry out, for a person.</summary>
    internal string Offered => string.Join(" and ", OfferedNames.Select(static name => $"'{name}'"));

    private IEnumerable<string> OfferedNames =>
    [
        Protection.Name,
        .. SecureAggregation is null ? Array.Empty<string>() : [SecAggPlan.Name],
        .. CollectiveEncryption is null ? Array.Empty<string>() : [CkksPlan.Name],
    ];
}
