using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <summary>
/// A site's half: approves the plan, computes each contribution once, offers it for every attempt, and promotes its own state only when a committed round lists it.
/// See docs/protocol.md.
/// </summary>
public sealed partial class SiloDecider : IDecider<SiloState, SiloCommand, SiloEvent, Effect>
{
    /// <summary>How the note begins that an offer was refused: late, mostly, where more silos are invited than are wanted.</summary>
    public const string AggregatorRefused = "the aggregator: ";

    /// <summary>Commands of a round whose failure to be decided is put on record.</summary>
    public const int RejectionsMax = 3;

    private SiloDecider()
    {
    }

    /// <inheritdoc/>
    public static SiloState Initial { get; } = new();

    /// <inheritdoc/>
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        if (state.Leaders.Refusal(command.From) is { } stale)
        {
            bool isTold = state.Plan is not null && command.From?.Address == NodeAddress.Coordinator;
            return new([], isTold ? [new Effect.Refused(stale), HowFar(state)] : [new Effect.Refused(stale)]);
        }

        return state.Leaders.IsNews(command.From) && command.From is { } leader
            ? PeerEpochs.After(new LeaderSeen(leader.Address.Value, leader.Epoch), Judge(state, command, now))
            : Judge(state, command, now);
    }

    private static Decided Judge(SiloState state, SiloCommand command, DateTimeOffset now) => (state.Plan, command) switch
    {
        (_, SiloCommand.ProposePlan propose) => Approve(state, propose),
        (null, SiloCommand.EndJob) => state.IsOver ? Decided.None : new([new JobEnded()], []),   // it was proposed in vain: nobody here decides of it any more
        (null, _) => Decided.None,   // nothing is done, and nothing leaves, before a plan is approved
        (_, Invite invite) => Answer(state, invite),
        (_, KeepModels keep) => Keep(state, keep),
        (_, ModelsFetched fetched) => Keep(state, fetched),
        (_, CommitNonce or NonceCommitmentMade or ShowNonce or NonceCommitmentsVerified or GraphMade) => DrawGraph(state, command),
        (_, ContributionComputed computed) => Store(state, computed),
        (_, ContributionImpossible impossible) => Decline(state, impossible),
        (_, UpdateAnswered answered) => End(state, answered),
        (_, ShareKeys share) when state.Restored is { } restored => StayOut(state, share.Collection, restored),
        (_, MaskInput mask) when state.Restored is { } restored => StayOut(state, mask.Collection, restored),
        (_, ConfirmContributors or ReleaseShares or KeysMade or SharesMade or SharesReady) when state.Restored is { } restored => Only(AskRekeying(state, restored)),
        (_, ReprotectInput or SignList or UploadInput or ListApproved or PrepareOpening or EvaluateSum or VerifyOpening or OpeningVerified or OpeningDoubted or ReleaseOpening) when state.Restored is { } restored
            => Only(AskRekeying(state, restored)),
        (_, InputMade made) when state.Restored is not null => Unneeded(state, made),
        (_, InputEncrypted made) when state.Restored is not null => Unneeded(made.Collection, [made.CommitmentHash, made.Upload], state.Encryptions.GetValueOrDefault((made.Collection.Round, made.Collection.Sum))),
        (_, ShareMade made) when state.Restored is not null => Unneeded(made.Collection, [made.Share], state.Encryptions.GetValueOrDefault((made.Collection.Round, made.Collection.Sum))),
        (_, NonceMade or SumEvaluated) when state.Restored is not null => Decided.None,
        (_, KeysMade made) => Advertise(state, made),
        (_, ShareKeys share) => Share(state, share),
        (_, SharesMade made) => Deal(state, made),
        (_, MaskInput mask) => Mask(state, mask),
        (_, InputMade made) => Offer(state, made),
        (_, ConfirmContributors confirm) => state.Plan.Ckks is null ? Confirm(state, confirm) : ConfirmEncrypted(state, confirm),
        (_, ReleaseShares release) => Release(state, release),
        (_, SharesReady ready) => Release(state, ready),
        (_, InputEncrypted made) => Commit(state, made),
        (_, ReprotectInput reprotect) => Reprotect(state, reprotect),
        (_, SignList sign) => Sign(state, sign),
        (_, ListApproved approved) => Sign(state, approved),
        (_, UploadInput upload) => Upload(state, upload),
        (_, PrepareOpening prepare) => Challenge(state, prepare),
        (_, NonceMade made) => Challenge(state, made),
        (_, EvaluateSum evaluate) => Evaluate(state, evaluate),
        (_, SumEvaluated evaluated) => Evaluate(state, evaluated),
        (_, VerifyOpening verify) => Verify(state, verify),
        (_, OpeningVerified verified) => Verify(state, verified),
        (_, OpeningDoubted doubted) => Doubt(state, doubted),
        (_, ReleaseOpening release) => Release(state, release),
        (_, ShareMade made) => Release(state, made),
        (_, StepImpossible impossible) when state.Plan.Ckks is not null => AbandonEncrypted(state, impossible.Collection, impossible.Reason),
        (_, StepImpossible impossible) => Abandon(state, impossible.Collection, impossible.Reason),
        (_, AskKeyStep ask) => Take(state, ask),
        (_, KeyStepMade made) => Take(state, made),
        (_, KeyStepImpossible impossible) => Abandon(state, impossible),
        (_, SiloCommand.EndJob) => EndJob(state),
        (_, SiloCommand.CloseRound close) => Settle(state, close),
        _ => throw new UnreachableException(command.GetType().Name),
    };

    /// <inheritdoc/>
    public static ImmutableArray<SiloEvent> Rejected(SiloState state, SiloCommand command, string reason, DateTimeOffset now) =>
        state.Rejections < RejectionsMax ? [new CommandRejected(command.GetType().Name, reason, now)] : [];

    /// <inheritdoc/>
    public static SiloState Evolve(SiloState state, SiloEvent happened) => happened switch
    {
        PlanApproved e => state with { Plan = e.Plan, PlanHash = e.Hash, Silo = e.Silo },
        PolicyDecided e => state with { Policy = e },
        ContributionStored e => With(state, e.Collection, new OutboxEntry(e.Broadcast, e.Contribution, null)),
        ContributionDeclined e => With(state, e.Collection, new OutboxEntry(e.Broadcast, null, e.Reason)),
        CommandRejected => state with { Rejections = state.Rejections + 1 },
        KeyStepTaken e => With(state, e),
        KeyHeld e => With(state, e),
        KeyAbandoned e => With(state, e),
        JobEnded => state with { IsOver = true },
        KeysErased => state with { IsOver = true, AreKeysErased = true, Keys = ImmutableSortedDictionary<int, CollectiveKey>.Empty },
        SiloEvent.RoundSettled e => state with
        {
            SettledRound = e.Round,
            SettledHead = e.Head,
            Rejections = 0,
            Epochs = state.Epochs.Hear(e.Epochs),
            AlgorithmState = e.State,
            Outbox = state.Outbox.RemoveRange(state.Outbox.Keys.Where(key => key.Round <= e.Round)),
            Ceremonies = state.Ceremonies.RemoveRange(state.Ceremonies.Keys.Where(key => key.Round <= e.Round)),
            Encryptions = state.Encryptions.RemoveRange(state.Encryptions.Keys.Where(key => key.Round <= e.Round)),
            Confirmed = state.Confirmed.RemoveRange(state.Confirmed.Keys.Where(key => key.Round <= e.Round)),
        },
        KeysAdvertised e => With(state, new SiloCeremony(e.Collection, e.Broadcast, e.Advert)),
        SharesDealt e => With(state, Known(state, e.Collection) with { Members = e.Members, Adverts = e.Adverts, Dealt = e.Dealt }),
        InputMasked e => With(state, Known(state, e.Collection) with { Maskers = e.Maskers, Shares = e.Shares, Ceremony = e.Ceremony, Upload = e.Upload, Length = e.Length }),
        AttemptAbandoned e when state.Plan!.Ckks is not null => With(state, KnownEncryption(state, e.Collection) with { Abandoned = e.Reason }),
        AttemptAbandoned e => With(state, Known(state, e.Collection) with { Abandoned = e.Reason }),
        InputCommitted e => With(state, e),
        ListSigned e => With(state, KnownEncryption(state, e.Collection) with { Members = e.Members, List = e.List }),
        ListAgreed e => With(state, KnownEncryption(state, e.Collection) with { IsAgreed = true }),
        NonceDrawn e => With(state, KnownEncryption(state, e.Collection) with { Opening = e.Opening, Nonce = e.Nonce, ReadyFor = null }),
        SumDoubted e => KnownEncryption(state, e.Collection) is var doubting ? With(state, doubting with { Doubts = doubting.Doubts.SetItem(e.Opening, e.Reason) }) : state,
        OpeningReady e => With(state, KnownEncryption(state, e.Collection) with { ReadyFor = e.Id }),
        OpeningReleased e => With(state, KnownEncryption(state, e.Collection) with { Released = e.Opening }),
        ShareStored e => Count(state, KnownEncryption(state, e.Collection), e.Share),
        ContributorsConfirmed e => With(state, new ConfirmedList(e.Collection, e.List, e.Contributors, state.Epochs.Own.After(e.List), IsReleased: false)) with { Epochs = state.Epochs.Confirm(e.List) },
        SharesReleased e => With(state, state.Confirmed[(e.Collection.Round, e.Collection.Sum)] with { IsReleased = true }) with { Epochs = state.Epochs.Hear(e.Epochs) },
        NonceCommitted e => state with { NonceCommitment = e.Commitment },
        NonceShown e => state with { Commitments = e.Commitments },
        GraphAdopted e => state with { Commitments = e.Commitments, Graph = e.Seed },
        ModelsKept e => state with { Models = e.Models },
        RestoreNoticed e => state with { Restored = e },
        LeaderSeen e => state with { Leaders = state.Leaders.SetItem(e.Peer, e.Epoch) },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <inheritdoc/>
    /// <remarks>A silo acts when it is asked, and the coordinator asks until it has its answer. Only what is to be erased it owes to itself.</remarks>
    public static ImmutableArray<Effect> Outstanding(SiloState state, DateTimeOffset now) => OwedErasing(state);

    private static ImmutableArray<Effect> OwedErasing(SiloState state) => state.Plan?.Ckks is null ? ErasingAfterRound(state) : [.. ErasingAfterRound(state), EraseKeys(state, state, null)];

    private static ImmutableArray<Effect> ErasingAfterRound(SiloState state) => state.Plan switch
    {
        { SecAgg: not null } => [Erase(state)],
        { Ckks: not null } => [new Effect.Work(new WorkItem.DropShares(state.SettledRound))],
        _ => [],
    };

    private static Decided Approve(SiloState state, SiloCommand.ProposePlan propose)
    {
        JobId job = propose.Plan.Job;
        if (state.Plan is not null)
        {
            string? refusal = state.PlanHash == propose.Hash ? null : "another plan was approved for this job";
            return Only(new Effect.Send(NodeAddress.Job, new ProtocolMessage.PlanAnswer(job, state.Silo, propose.Hash, refusal)));
        }

        if (state.IsOver) return Only(new Effect.Send(NodeAddress.Job, new ProtocolMessage.PlanAnswer(job, propose.Self, propose.Hash, propose.Refusal ?? "the job is over")));   // late
        if (propose is { Refusal: null, Policy: { } policy }) return Approve(state, propose, policy);
        SiloId self = propose.Self;
        Effect answer = new Effect.Send(NodeAddress.Job, new ProtocolMessage.PlanAnswer(job, self, propose.Hash, propose.Refusal));
        return propose.Refusal is null ? new([new PlanApproved(propose.Plan, propose.Hash, self)], [answer]) : Only(answer);
    }

    private static Decided Answer(SiloState state, Invite invite)
    {
        CollectionId id = invite.Collection;
        if (invite.Plan != state.PlanHash) return Only(new Effect.Refused($"an invitation to {id} under a plan that this site has not approved"));
        if (id.Round <= state.SettledRound) return invite.From?.Epoch > 0 ? Only(HowFar(state)) : Decided.None;   // an old invitation, late; or a new one, of a leader whose journal went back
        if (state.IsOver) return Decided.None;
        if (invite.Settled > state.SettledRound && MayMissRounds(state))
        {
            Decided noticed = NoticeRestore(state, id, invite.Settled.Value);
            return noticed with { Effects = [.. Decline(state, id), .. noticed.Effects] };
        }

        if (state.Restored is { } restored) return StayOut(state, id, restored);
        if (state.Outbox.Keys.Any(key => key.Round < id.Round)) return Decided.None;   // the round before is not settled yet: it is asked again after that
        if (id.Round > state.Plan!.Rounds) return Only(new Effect.Refused($"an invitation to round {id.Round}, and the plan ends with round {state.Plan.Rounds}"));
        if (!state.Plan.SumsOf(id.Round).Any(sum => sum.Name == id.Sum)) return Only(new Effect.Refused($"an invitation to {id}, which the plan does not declare"));
        if (state.Plan.DrawsGraph && state.Graph is null)
            return invite.Graph is { } nonces ? Only(new Effect.Work(new WorkItem.AdoptGraph(id, invite.Broadcast, nonces))) : Only(new Effect.Refused($"an invitation to {id} without the job's graph"));
        if (!state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry))
            return Only(new Effect.Work(new WorkItem.ComputeContribution(id, invite.Broadcast, state.AlgorithmState)));
        return entry.Broadcast == invite.Broadcast
            ? Many(Follow(state, id, entry))
            : Only(new Effect.Refused($"an invitation to {id} from another base than before: one result leaves for a key, for ever"));
    }

    private static Decided Store(SiloState state, ContributionComputed computed)
    {
        CollectionId id = computed.Collection;
        if (id.Round <= state.SettledRound || state.IsOver) return new([], Drop(state, computed));
        if (state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry)) return new([], [.. Drop(state, computed), .. Follow(state, id, entry)]);
        ContributionStored stored = new(id, computed.Broadcast, computed.Contribution);
        return new([stored], Follow(state, id, new OutboxEntry(computed.Broadcast, computed.Contribution, null)));
    }

    /// <summary>A result that comes too late, or a second time, lies on the disk: all of it goes that nothing names.</summary>
    private static ImmutableArray<Effect> Drop(SiloState state, ContributionComputed computed)
    {
        IEnumerable<Digest?> named = state.Outbox.Values.SelectMany(static entry => new[] { entry.Contribution?.Hash, entry.Contribution?.NextState }).Append(state.AlgorithmState);
        ImmutableArray<Digest> unneeded = [.. new[] { computed.Contribution.Hash, computed.Contribution.NextState }.Except(named).OfType<Digest>()];
        return unneeded.IsEmpty ? [] : [new Effect.Work(new WorkItem.DropContribution(computed.Collection, unneeded))];
    }

    private static Decided Decline(SiloState state, ContributionImpossible impossible)
    {
        CollectionId id = impossible.Collection;
        if (id.Round <= state.SettledRound) return Decided.None;
        if (state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry)) return Many(Follow(state, id, entry));
        ContributionDeclined declined = new(id, impossible.Broadcast, impossible.Reason);
        return new([declined], Follow(state, id, new OutboxEntry(impossible.Broadcast, null, impossible.Reason)));
    }

    private static Decided End(SiloState state, UpdateAnswered answered)
    {
        bool isOther = state.Outbox.TryGetValue((answered.Collection.Round, answered.Collection.Sum), out OutboxEntry? entry) && UploadOf(state, answered.Collection, entry) != answered.Hash;
        if (isOther) return Only(new Effect.Refused($"an answer about another update to {answered.Collection}"));
        Effect end = new Effect.EndDelivery(OfferId(answered.Collection));
        return answered.Refusal is null ? Only(end) : new([], [end, new Effect.Refused(AggregatorRefused + answered.Refusal)]);
    }

    private static Decided Settle(SiloState state, SiloCommand.CloseRound close)
    {
        if (MayMissRounds(state) && Forgotten(state, close) is { } round)
        {
            Decided first = NoticeRestore(state, new CollectionId(close.Round, 1, state.Plan!.SumsOf(close.Round)[0].Name), round);
            Decided settles = Settle(first.Events.Aggregate(state, Evolve), close);
            return new([.. first.Events, .. settles.Events], [.. first.Effects, .. settles.Effects]);
        }

        Effect reply = new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(state.Plan!.Job, close.Round, state.Silo));
        if (close.Round <= state.SettledRound) return Only(reply);
        if (state.Restored is null && state.Outbox.Keys.Any(key => key.Round < close.Round)) return Decided.None;   // an earlier round is settled first: its end is re-sent until then
        if (RefusalOfConfirmed(state, close) is { } reason) return Only(new Effect.Refused(reason));

        // A site that was restored has told of the end of earlier rounds before, and hears of them no more.
        ImmutableArray<KeyValuePair<(int Round, string Sum), OutboxEntry>> entries = [.. state.Outbox.Where(pair => pair.Key.Round <= close.Round)];
        Digest? promoted = state.AlgorithmState;
        foreach (((int of, string sum), OutboxEntry entry) in entries)
        {
            bool isIn = close.Committed && of == close.Round && close.Contributors.TryGetValue(sum, out ImmutableSortedSet<SiloId>? silos) && silos.Contains(state.Silo);
            if (isIn && entry.Contribution?.NextState is { } next) promoted = next;
        }

        bool tookPart = close.Contributors.Values.Any(silos => silos.Contains(state.Silo));
        ImmutableArray<Digest> unneeded =
        [
            .. entries.SelectMany(pair => new[] { pair.Value.Contribution?.Hash, pair.Value.Contribution?.NextState })
                .Concat(state.Ceremonies.Where(pair => pair.Key.Round <= close.Round).Select(static pair => pair.Value.Upload))
                .Concat(state.Encryptions.Where(pair => pair.Key.Round <= close.Round).SelectMany(static pair => pair.Value.Blobs.Select(static blob => (Digest?)blob)))
                .Append(state.AlgorithmState).OfType<Digest>().Where(hash => hash != promoted).Distinct().Order(),
        ];
        SiloEvent.RoundSettled settled = new(close.Round, close.Committed, tookPart, promoted, close.Head) { Epochs = state.Epochs.News(state.Silo, WordsOf(state, close)) };
        RestoreNoticed? noticed = ForgottenWord(state, close);
        return new(
            noticed is null ? [settled] : [noticed, settled],
            [
                .. entries.Select(pair => new Effect.EndDelivery($"offer/{pair.Key.Round}")).Distinct(),
                new Effect.Work(new WorkItem.CancelWork(close.Round + 1)),
                new Effect.Work(new WorkItem.ReleaseOutbox(close.Round, unneeded)),
                .. ErasingAfterRound(Evolve(state, settled)),
                reply,
                .. noticed is null ? Array.Empty<Effect>() : [AskRekeying(state, noticed)],
            ]);
    }

    /// <summary>
    /// False for a site that has found out that it misses rounds. One that has noticed, under a common key, that it forgot a word of its own comes back with the next key, and must know before whether it
    /// forgot state of its own as well.
    /// </summary>
    private static bool MayMissRounds(SiloState state) => state.Restored is null || (state.Plan!.Ckks is not null && state.Restored.Settled is null);

    /// <summary>A round that this site has settled, or contributed to, and does not know; null where it knows all that the end of a round tells of it.</summary>
    private static int? Forgotten(SiloState state, SiloCommand.CloseRound close)
    {
        if (close.Settled > state.SettledRound) return close.Settled;
        bool isForgotten = close.Round > state.SettledRound && close.Committed
            && close.Contributors.Any(sum => sum.Value.Contains(state.Silo) && state.Outbox.GetValueOrDefault((close.Round, sum.Key))?.Contribution is null);
        return isForgotten ? close.Round : null;
    }

    /// <summary>What follows on a result: its offer or, where the plan wants it masked, the site's keys for the attempt.</summary>
    private static ImmutableArray<Effect> Follow(SiloState state, CollectionId id, OutboxEntry entry) => state.Plan! switch
    {
        { SecAgg: not null } => Join(state, id, entry),
        { Ckks: not null } => JoinEncrypted(state, id, entry),
        _ => [Offer(state, id, entry)],
    };

    private static Effect Offer(SiloState state, CollectionId id, OutboxEntry entry)
    {
        JobPlan plan = state.Plan!;
        if (entry.Contribution is not { } contribution) return new Effect.Send(AggregatorTree.For(plan, state.Silo), new ProtocolMessage.DeclineUpdate(plan.Job, id, state.Silo));
        string schema = plan.SumsOf(id.Round).First(sum => sum.Name == id.Sum).ToSchema().Hash;
        UpdateManifest manifest = new(
            state.Silo, plan.Job, id.Round, id.Sum, state.PlanHash, entry.Broadcast, schema, contribution.Hash, contribution.Length, ReadOnlyMemory<byte>.Empty);
        return new Effect.Deliver(OfferId(id), AggregatorTree.For(plan, state.Silo), new ProtocolMessage.OfferUpdate(plan.Job, id, manifest, null));   // the shell signs
    }

    private static SiloState With(SiloState state, CollectionId id, OutboxEntry entry) => state with { Outbox = state.Outbox.SetItem((id.Round, id.Sum), entry) };

    /// <summary>What this site knows of the job, for a leader that knows less.</summary>
    private static Effect HowFar(SiloState state) => new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(state.Plan!.Job, state.SettledRound, state.Silo)
    {
        Head = state.SettledHead, Epoch = state.Leaders.GetValueOrDefault(NodeAddress.Coordinator.Value),
    });

    private static Decided Only(Effect effect) => new([], [effect]);

    private static Decided Many(ImmutableArray<Effect> effects) => new([], effects);

    private static string OfferId(CollectionId id) => $"offer/{id.Round}/{id.Attempt}/{id.Sum}";
}
