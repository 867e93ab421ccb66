using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation.Faults;

/// <summary>Messages that nobody should believe: of long ago, of strangers, and of sites that lie. Signatures are as good as their makers can make them.</summary>
internal sealed class ForgedMessages(FaultDice dice, Action<FaultKind, JobId> struck)
{
    private const int Remembered = 256;

    private static readonly NodeAddress Stranger = NodeAddress.Silo("stranger");

    private readonly List<(NodeAddress From, NodeAddress To, ProtocolMessage Message)> _past = new(Remembered);
    private readonly SimulatedSigner _strangersKey = new(Stranger.Value);
    private long _sent;

    /// <summary>Remembers some of what was sent: of every moment, so that very old messages come again too.</summary>
    public void Remember(NodeAddress from, NodeAddress to, object message)
    {
        if (message is not ProtocolMessage known) return;
        if (_past.Count < Remembered) _past.Add((from, to, known));
        else if (_sent % 7 == 0) _past[(int)(_sent / 7 % Remembered)] = (from, to, known);
        _sent++;
    }

    /// <summary>A message of some time ago, unchanged; null where nothing was sent yet.</summary>
    public (NodeAddress From, NodeAddress To, ProtocolMessage Message)? Old() => _past.Count == 0 ? null : _past[dice.Below(FaultKind.Replay, _past.Count)];

    /// <summary>A message of somebody in no roster: under its own name, or under another's without that one's key.</summary>
    public (NodeAddress From, NodeAddress To, ProtocolMessage Message)? OfAStranger()
    {
        if (_past.Count == 0) return null;
        (NodeAddress from, NodeAddress to, ProtocolMessage message) = _past[dice.Below(FaultKind.Stranger, _past.Count)];
        return message switch
        {
            ProtocolMessage.OfferUpdate offer => (from, to, offer with
            {
                Manifest = Sign(dice.Below(FaultKind.Stranger, 2) == 0 ? offer.Manifest : offer.Manifest with { Hash = Digest.Of(offer.Manifest.Signature.Span) }, _strangersKey),
            }),
            ProtocolMessage.CloseRound { Head: { } head } close
                => (from, to, close with { Round = close.Round + dice.Below(FaultKind.Stranger, 2), Committed = !close.Committed, Head = SignedHead.Sign(_strangersKey, head.PersistenceId, head.Sequence, head.Hash) }),
            ProtocolMessage.ProposePlan propose => (from, to, Propose(propose)),
            _ => (Stranger, to, message),
        };
    }

    /// <summary>What a site of this behaviour makes of its offer, half of the time; signed with its own key, as a site that lies can.</summary>
    public ProtocolMessage.OfferUpdate Lie(SimulatedIdentity site, SiteBehaviour behaviour, ProtocolMessage.OfferUpdate offer)
    {
        if (FederationScenario.FaultOf(behaviour) is not { } kind || dice.Below(kind, 2) == 0) return offer;
        UpdateManifest manifest = offer.Manifest;
        CollectionId collection = offer.Collection;
        int other = dice.Below(kind, 2) == 0 ? -1 : 1;
        ProtocolMessage.OfferUpdate? lie = kind switch
        {
            FaultKind.WrongSchema => offer with { Manifest = Sign(manifest with { Schema = Digest.Of(manifest.SignedContent()).ToString() }, site.Signer) },
            FaultKind.WrongRound => offer with
            {
                Collection = dice.Below(kind, 2) == 0 ? collection : collection with { Round = collection.Round + other },
                Manifest = Sign(manifest with { Round = manifest.Round + other }, site.Signer),
            },
            FaultKind.WrongAttempt => offer with { Collection = collection with { Attempt = collection.Attempt + other } },
            FaultKind.WrongBase when other < 0 => offer with { Manifest = Sign(manifest with { Plan = Digest.Of(manifest.SignedContent()) }, site.Signer) },
            FaultKind.WrongBase => offer with { Manifest = Sign(manifest with { Base = Digest.Of(manifest.SignedContent()) }, site.Signer) },
            _ => null,
        };
        if (lie is not null) struck(kind, offer.Job);
        return lie ?? offer;
    }

    /// <summary>What a site of this behaviour makes of its answer in a ceremony, half of the time: one of its shares is another; signed with its own key.</summary>
    public ProtocolMessage.AnswerStep Lie(SimulatedIdentity site, SiteBehaviour behaviour, ProtocolMessage.AnswerStep said)
    {
        StepAnswer answer = said.Answer;
        FaultKind? kind = (behaviour, answer.Step) switch
        {
            (SiteBehaviour.BadDeal, CeremonyStep.ShareKeys) => FaultKind.BadDeal,
            (SiteBehaviour.BadShare, CeremonyStep.ReleaseShares) => FaultKind.BadShare,
            _ => null,
        };
        if (kind is not { } lie || answer.Payload.Length == 0 || dice.Below(lie, 2) == 0) return said;
        byte[] payload = answer.Payload.ToArray();
        payload[^1] ^= 1;   // the last bytes are the last receiver's share
        StepAnswer other = answer with { Payload = payload };
        struck(lie, said.Job);
        return said with { Answer = other with { Signature = site.Signer.Sign(StepAnswer.Purpose, other.SignedContent()) } };
    }

    private ProtocolMessage.ProposePlan Propose(ProtocolMessage.ProposePlan propose)
    {
        var plan = propose.Plan with { Seed = propose.Plan.Seed + 1 };
        Digest hash = plan.ComputeHash();
        Span<byte> bytes = stackalloc byte[Digest.Size];
        hash.CopyTo(bytes);
        return new ProtocolMessage.ProposePlan(plan, hash, _strangersKey.Sign(ProtocolMessage.ProposePlan.Purpose, bytes), _strangersKey.PublicKey);
    }

    private static UpdateManifest Sign(UpdateManifest manifest, SimulatedSigner key) => manifest with { Signature = key.Sign(UpdateManifest.Purpose, manifest.SignedContent()) };
}
