using Fed.Actors.Protocol;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>
/// What servers leave for the federation's coordinators in the database: requests of operators, and what each says of itself. Sealed as what goes over the broker: signed by the node that says it, over federation and content, and readable
/// with a coordinator's key alone. Thread-safe.
/// </summary>
/// <param name="keys">The node's keys.</param>
/// <param name="readable">Its encryption keys, those of before a renewal too.</param>
/// <param name="members">Whom it knows.</param>
/// <param name="self">The role that it speaks for: coordinator or aggregator.</param>
public sealed class CoordinatorNotes(NodeKeys keys, ImmutableArray<EncryptionKey> readable, Membership members, NodeAddress self)
{
    private const int Version = 1;

    private static readonly JobId OfNoJob = ProtocolMessage.SitePresent.OfNoJob;

    private readonly EnvelopeSealer _sealer = new(keys, members, new WireVersions());
    private readonly EnvelopeOpener _opener = new(readable, members, new WireVersions());

    /// <summary>Seals a request for whoever leads.</summary>
    /// <exception cref="ArgumentException">It is too large.</exception>
    public ReadOnlyMemory<byte> SealRequest(ReadOnlyMemory<byte> body) => Seal(EnvelopeRules.OperatorRequest, body);

    /// <summary>Seals what the node says of itself.</summary>
    /// <inheritdoc cref="SealRequest"/>
    public ReadOnlyMemory<byte> SealPresence(ReadOnlyMemory<byte> body) => Seal(EnvelopeRules.Presence, body);

    /// <summary>Opens a request, and says who asks.</summary>
    /// <exception cref="EnvelopeException">It is refused.</exception>
    public (NodeIdentity By, ReadOnlyMemory<byte> Body) OpenRequest(ReadOnlyMemory<byte> envelope) => Open(EnvelopeRules.OperatorRequest, envelope);

    /// <summary>Opens what a node says of itself.</summary>
    /// <exception cref="EnvelopeException">It is refused.</exception>
    public (NodeIdentity By, ReadOnlyMemory<byte> Body) OpenPresence(ReadOnlyMemory<byte> envelope) => Open(EnvelopeRules.Presence, envelope);

    private byte[] Seal(string kind, ReadOnlyMemory<byte> body) => _sealer.Seal(OfNoJob, new Origin(self, 0), NodeAddress.Coordinator, new EnvelopeContent(kind, Version, body)) ?? [];   // nobody is enrolled: what comes of it is refused

    private (NodeIdentity By, ReadOnlyMemory<byte> Body) Open(string kind, ReadOnlyMemory<byte> envelope)
    {
        OpenedEnvelope opened = _opener.Open(envelope, NodeAddress.Coordinator);
        return opened.Content is { Version: Version } content && content.Kind == kind
            ? (opened.By, content.Body)
            : throw new EnvelopeException(EnvelopeRefusal.UnknownContent, $"{opened.By} said '{opened.Content.Kind}' of version {opened.Content.Version} where a {kind} belongs");
    }
}
