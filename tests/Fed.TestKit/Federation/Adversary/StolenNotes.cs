using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>Everything of one job that a lying server has seen: what sites answered and offered, and what the honest part of it asked them.</summary>
internal sealed class StolenNotes(JobPlan plan)
{
    private const int PhasesMax = 64;

    private readonly Dictionary<(CollectionId Collection, Digest Base, CeremonyStep Step), SortedDictionary<SiloId, StepAnswer>> _answers = [];
    private readonly Dictionary<CollectionId, SortedDictionary<SiloId, UpdateManifest>> _offers = [];
    private readonly Dictionary<Digest, SortedDictionary<SiloId, Confirmation>> _confirmations = [];

    /// <summary>What is trained.</summary>
    public JobPlan Plan { get; } = plan;

    /// <summary>Its hash.</summary>
    public Digest PlanHash { get; } = plan.ComputeHash();

    /// <summary>As whom the coordinator speaks: with the newest epoch.</summary>
    public Origin Coordinator { get; private set; } = NodeAddress.Coordinator;

    /// <summary>The attempt under way, by the last invitation; null before the first.</summary>
    public ProtocolMessage.Invite? Present { get; private set; }

    /// <summary>As whom the job speaks.</summary>
    public Origin Job { get; set; } = NodeAddress.Job;

    /// <summary>The key of the round under way; null before the first, and in other modes.</summary>
    public CollectiveKey? Key { get; set; }

    /// <summary>What the coordinator asked in the phases of ceremonies, the last few of them.</summary>
    public List<ProtocolMessage> Phases { get; } = [];

    /// <summary>What a site sends to a server.</summary>
    public void Hear(ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.AnswerStep { Answer: { Step: CeremonyStep.Confirm } answer }:
                Digest list = new(answer.Payload.Span[..Digest.Size]);
                if (answer.ConfirmationOf(list) is { } confirmation) In(_confirmations, list)[answer.Silo] = confirmation;
                break;
            case ProtocolMessage.AnswerStep { Answer: var answer }:
                In(_answers, (answer.Collection, answer.Base, answer.Step))[answer.Silo] = answer;
                break;
            case ProtocolMessage.OfferUpdate offer:
                In(_offers, offer.Collection)[offer.Manifest.Silo] = offer.Manifest;
                break;
        }
    }

    /// <summary>What the coordinator's honest part sends to a site.</summary>
    public void Note(Origin from, ProtocolMessage message)
    {
        if (from.Epoch >= Coordinator.Epoch) Coordinator = from;
        if (message is ProtocolMessage.Invite invite) Present = invite;
        if (message is not (ProtocolMessage.ShareKeys or ProtocolMessage.MaskInput or ProtocolMessage.ConfirmContributors or ProtocolMessage.ReleaseShares or ProtocolMessage.SignList or ProtocolMessage.UploadInput
            or ProtocolMessage.ReprotectInput or ProtocolMessage.PrepareOpening or ProtocolMessage.EvaluateSum or ProtocolMessage.VerifyOpening or ProtocolMessage.ReleaseOpening)) return;
        if (Phases.Count == PhasesMax) Phases.RemoveAt(0);
        Phases.Add(message);
    }

    /// <summary>What sites answered in a step of an attempt, from a base.</summary>
    public SortedDictionary<SiloId, StepAnswer> Answers(CollectionId id, Digest based, CeremonyStep step) => In(_answers, (id, based, step));

    /// <summary>What sites offered to an attempt.</summary>
    public SortedDictionary<SiloId, UpdateManifest> Offers(CollectionId id) => In(_offers, id);

    /// <summary>Signatures over a list.</summary>
    public SortedDictionary<SiloId, Confirmation> Confirmations(Digest list) => In(_confirmations, list);

    private static SortedDictionary<SiloId, TValue> In<TKey, TValue>(Dictionary<TKey, SortedDictionary<SiloId, TValue>> notes, TKey key)
        where TKey : notnull
    {
        if (!notes.TryGetValue(key, out SortedDictionary<SiloId, TValue>? found)) notes[key] = found = [];
        return found;
    }
}
