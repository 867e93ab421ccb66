using System.Collections.Concurrent;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>The world of a silo: fetches what to compute from, computes, clips, weights and rounds, keeps the result in the outbox, and signs what it offers.</summary>
internal sealed partial class SiloShell(NodeServices services, IActorRef<CourierMessage> courier, SiloId silo, ILocalComputation computation, string persistenceId)
    : EffectShell<SiloCommand>(NodeAddress.Silo(silo.Value), services, courier, timerDue: null)
{
    private readonly ConcurrentDictionary<string, CollectionId> _latest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CollectionId> _answered = new(StringComparer.Ordinal);   // computed, the result being on its way to the decider
    private int _openFrom;   // rounds before it are over

    /// <summary>The plan once it is approved; set from the recovered or evolved state.</summary>
    public JobPlan? Plan { get; private set; }

    private Digest PlanHash { get; set; }

    private Digest? Graph { get; set; }

    private bool IsOver { get; set; }

    /// <summary>Takes over what the shell needs of the state.</summary>
    public void Learn(SiloState state) => (Plan, PlanHash, Graph, IsOver, _keys) = (state.Plan, state.PlanHash, state.Graph, state.IsOver, state.Keys);

    protected override ProtocolMessage Complete(ProtocolMessage message, EffectContext<SiloCommand> context)
    {
        if (message is ProtocolMessage.AnswerStep step)
            return step with { Answer = step.Answer with { Signature = Services.Signer.Sign(StepAnswer.Purpose, step.Answer.SignedContent()) } };
        if (message is ProtocolMessage.AnswerKeyStep key)
            return key with { Answer = key.Answer with { Signature = Services.Signer.Sign(KeyAnswer.Purpose, key.Answer.SignedContent()) } };
        if (message is not ProtocolMessage.OfferUpdate offer) return message;
        UpdateManifest signed = offer.Manifest with { Signature = Services.Signer.Sign(UpdateManifest.Purpose, offer.Manifest.SignedContent()) };
        return offer with { Manifest = signed, Head = SignedHead.Sign(Services.Signer, persistenceId, context.Position.Sequence, context.Position.Digest) };
    }

    protected override void StartWork(WorkItem item, EffectContext<SiloCommand> context)
    {
        IActorRef<SiloCommand> decider = context.Self;
        switch (item)
        {
            case WorkItem.ComputeContribution compute:
                _latest[compute.Id] = compute.Collection;   // a younger attempt takes over what is under way
                Start(compute, decider);
                break;
            case WorkItem.CancelWork cancel:
                Cancel(cancel.BelowRound);
                break;
            case WorkItem.ReleaseOutbox release:
                RunOnce(release.Id, Lane, decider, _ => Delete(release.Blobs));
                break;
            case WorkItem.DropContribution drop:
                RunOnce(drop.Id, Lane, decider, _ => Delete(drop.Blobs));
                break;
            default:
                if (!StartModelWork(item, decider) && !StartCeremonyWork(item, decider) && !StartKeyWork(item, decider) && !StartEncryptionWork(item, decider)) throw new InvalidOperationException($"a silo does no work such as {item.Id}");
                break;
        }
    }

    /// <summary>Who may tell a silo what.</summary>
    public Admission<SiloCommand> Admit(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.ProposePlan propose when from == NodeAddress.Job:
                string? refusal = PlanCheck.Refusal(propose, Services) ?? (propose.Plan.Silos.Contains(silo) ? null : $"site '{silo}' is not in the roster");
                PolicyNote? policy = refusal is null && Plan is null && !IsOver ? Services.Policy?.Judge(propose.Plan, propose.Hash) : null;
                return Admission<SiloCommand>.Accept(new SiloCommand.ProposePlan(silo, propose.Plan, propose.Hash, refusal) { Policy = policy });
            case ProtocolMessage.Invite invite when from == NodeAddress.Coordinator:
                return Admission<SiloCommand>.Accept(new SiloCommand.Invite(invite.Collection, invite.Plan, invite.Broadcast) { Graph = invite.Graph, Settled = invite.Settled });
            case ProtocolMessage.KeepModels keep when from == NodeAddress.Coordinator:
                return Admission<SiloCommand>.Accept(new SiloCommand.KeepModels(keep.Models));
            // While the silo recovers, its plan is not at hand, and yet what a leader says must count: its epoch is remembered by whoever hears of it.
            case ProtocolMessage.UpdateAnswer answer when answer.Silo == silo && (Plan is { } plan ? from == AggregatorTree.For(plan, silo) : AggregatorTree.IsAggregator(from)):
                return Admission<SiloCommand>.Accept(new SiloCommand.UpdateAnswered(answer.Collection, answer.Hash, answer.Refusal));
            case ProtocolMessage.CloseRound close when from == NodeAddress.Coordinator:
                bool isSigned = close.Head is { } head && Services.AnyKey(NodeAddress.Coordinator, key => head.IsSignedBy(Services.Signer, key.Span));
                return isSigned
                    ? Admission<SiloCommand>.Accept(new SiloCommand.CloseRound(close.Round, close.Committed, close.Contributors, close.Head) { Confirmed = WordsOf(close), Settled = close.Settled })
                    : Admission<SiloCommand>.Refuse($"the end of round {close.Round} without the coordinator's signed head");
            default:
                if (from == NodeAddress.Job) return AdmitKey(from, message);
                return from == NodeAddress.Coordinator ? AdmitCeremony(from, message) : Admission<SiloCommand>.Unexpected(from, message);
        }
    }

    private string Lane => $"silo/{silo}";

    private void Start(WorkItem.ComputeContribution compute, IActorRef<SiloCommand> decider)
    {
        string fetch = compute.Id + "/fetch";
        if (!IsWanted(compute) || !Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Coordinator, compute.Broadcast, (broadcast, failure) =>
        {
            Finish(fetch, decider, null);
            if (broadcast is null)
            {
                Services.Observer.Refused(Self, $"the model for {compute.Collection} could not be fetched: {failure}");   // the next invitation tries again
                return;
            }

            RunOnce(compute.Id, Lane, decider, cancel => IsWanted(compute) ? Compute(compute, broadcast, cancel) : null, cause => Impossible(compute, cause));
        });
    }

    /// <summary>
    /// Once a key is computed nothing computes it again in this process: an invitation that the decider answered before the result reached it may still ask for it. Nor is a round that is over.
    /// Jobs of the lane look again, one after another, so that no invitation slips through between two threads.
    /// </summary>
    private bool IsWanted(WorkItem.ComputeContribution compute) => !_answered.ContainsKey(compute.Id) && compute.Collection.Round >= Volatile.Read(ref _openFrom);

    private void Cancel(int belowRound)
    {
        Volatile.Write(ref _openFrom, belowRound);
        CancelWhere(id => _latest.TryGetValue(id, out CollectionId collection) && collection.Round < belowRound);
        foreach (ConcurrentDictionary<string, CollectionId> notes in new[] { _latest, _answered })
            foreach ((string id, CollectionId collection) in notes)
                if (collection.Round < belowRound) notes.TryRemove(id, out _);
    }

    private CollectionId Latest(WorkItem.ComputeContribution compute) => _latest.GetValueOrDefault(compute.Id, compute.Collection);

    private SiloCommand.ContributionComputed Compute(WorkItem.ComputeContribution compute, byte[] broadcast, CancellationToken cancel)
    {
        string beat = $"beat/{compute.Collection.Round}/{compute.Collection.Sum}";
        int percent = 0;
        ProtocolMessage life() => new ProtocolMessage.Beat(Plan!.Job, silo, Latest(compute), Volatile.Read(ref percent));
        Courier.Tell(new CourierMessage.Deliver(beat, NodeAddress.Coordinator, life, Services.BeatInterval));
        try
        {
            StoredContribution stored = Contribute(compute, broadcast, done => Volatile.Write(ref percent, done), cancel);
            _answered[compute.Id] = compute.Collection;
            return new SiloCommand.ContributionComputed(Latest(compute), compute.Broadcast, stored);
        }
        finally
        {
            Courier.Tell(new CourierMessage.End(beat));
        }
    }

    private SiloCommand.ContributionImpossible? Impossible(WorkItem.ComputeContribution compute, Exception cause)
    {
        if (cause is not (LocalComputationException or GridRangeException)) return null;
        _answered[compute.Id] = compute.Collection;
        return new(Latest(compute), compute.Broadcast, cause.Message);
    }

    private SiloCommand? Delete(ImmutableArray<Digest> blobs)
    {
        foreach (Digest blob in blobs) Services.Blobs.Delete(blob);
        return null;
    }
}
