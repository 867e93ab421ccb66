using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a coordinator.</summary>
internal static class RoundCases
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly JobPlan TheSecAggPlan = SecAggPlan();
    private static readonly JobPlan TheDrawnPlan = DrawnPlan();

    /// <summary>Plain mode.</summary>
    public static DeciderCases<RoundDecider, RoundState, RoundCommand, RoundEvent> All { get; } = new(
        [
            ("Idle, no plan", RoundDecider.Initial),
            ("Idle", Walk(Adopt)),
            ("Preparing", Walk(Adopt, StartNext)),
            ("Collecting", Walk(Adopt, StartNext, Ready)),
            ("Collecting, last try", Walk(Adopt, StartNext, Ready, FailAttempt, Retry, Ready)),
            ("BackingOff", Walk(Adopt, StartNext, Ready, FailAttempt)),
            ("Opening", Walk(Adopt, StartNext, Ready, SealAll)),
            ("Stepping", Walk(Adopt, StartNext, Ready, SealAll, Open)),
            ("Stepping, more sums", Walk(Adopt, StartNext, Ready, SealAll, Open, Step, StartNext, Ready, SealAll, Open)),
            ("Committed", Walk(Adopt, StartNext, Ready, SealAll, Open, Step)),
            ("Failed", Walk(Adopt, StartNext, Ready, SealAll, Give)),
            ("Idle, cancelled", Walk(Adopt, CancelNext)),
            ("Preparing, cancelled", Walk(Adopt, StartNext, CancelThis)),
            ("Opening, cancelled", Walk(Adopt, StartNext, Ready, SealAll, CancelThis)),
            ("Stepping, cancelled", Walk(Adopt, StartNext, Ready, SealAll, Open, Step, StartNext, Ready, SealAll, Open, CancelThis)),
            ("Failed, cancelled", Walk(Adopt, StartNext, Ready, CancelThis)),
            ("Failed, with a model", Walk(Adopt, StartNext, Ready, SealAll, Open, Step, StartNext, Ready, SealAll, Open, Step, Ready, SealAll, Open, Step, StartNext, Ready, SealAll, Give)),
        ],
        Commands(Adopt),
        ProtocolSerializers.Round);

    /// <summary>Secure aggregation, in the phases in which it differs.</summary>
    public static DeciderCases<RoundDecider, RoundState, RoundCommand, RoundEvent> SecAgg { get; } = new(
        [
            ("Idle", Walk(AdoptSecAgg)),
            ("Preparing", Walk(AdoptSecAgg, StartNext)),
            ("Advertising", Walk(AdoptSecAgg, StartNext, Ready)),
            ("Sharing", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys)),
            ("Collecting", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares)),
            ("BackingOff", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, s => new SharesPublished(s.Collection, Bundles(A, B)))),
            ("Opening, unconfirmed", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares, SealAll)),
            ("Opening, one confirmation missing", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares, SealAll, Confirmed(A), Confirmed(C))),
            ("Opening, confirmed", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares, SealAll, Confirmed(A), Confirmed(C), Confirmed(D))),
            ("Opening, a liar named", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares, SealAll, Confirmed(A), Confirmed(C), Confirmed(D), Short)),
            ("Stepping", Walk(AdoptSecAgg, StartNext, Ready, PublishKeys, PublishShares, SealAll, Confirmed(A), Confirmed(C), Confirmed(D), Open)),
        ],
        Commands(AdoptSecAgg),
        ProtocolSerializers.Round);

    /// <summary>Secure aggregation on a sparse graph: how it is drawn before the first round, and what a round has of it.</summary>
    public static DeciderCases<RoundDecider, RoundState, RoundCommand, RoundEvent> Graph { get; } = new(
        [
            ("Idle", Walk(AdoptDrawn)),
            ("Drawing", Walk(AdoptDrawn, StartNext)),
            ("Showing", Walk(AdoptDrawn, StartNext, PublishNonceCommitments)),
            ("Preparing", Walk(AdoptDrawn, StartNext, PublishNonceCommitments, PublishNonces)),
            ("Sharing", Walk(AdoptDrawn, StartNext, PublishNonceCommitments, PublishNonces, Ready, PublishAllKeys)),
            ("Failed", Walk(AdoptDrawn, StartNext, s => new NonceCommitmentsPublished([A, B], Hash("commitments")))),
        ],
        Commands(AdoptDrawn),
        ProtocolSerializers.Round);

    private static (string Variant, Func<RoundState, RoundCommand> Fit)[] Commands(Func<RoundState, RoundCommand> adopt) =>
        [
            ("the plan", adopt),
            ("another plan", _ => new AdoptPlan(Plan(rounds: 9))),
            ("next", StartNext),
            ("this one again", s => new StartRound(s.Round, s.RoundBase)),
            ("this one, another state", s => new StartRound(s.Round, Hash("forged"))),
            ("the one after next", s => new StartRound(s.Round + 2, s.Base)),
            ("this one", CancelThis),
            ("the next one", CancelNext),
            ("", Ready),
            ("another attempt", s => new BroadcastReady(Other(s), Hash("broadcast"))),
            ("", SealAll),
            ("below the quorum", s => new CollectionSealed(s.Collection, Manifests(s, A), Hash("sum"))),
            ("another attempt", s => new CollectionSealed(Other(s), Manifests(s, A, B, C), Hash("sum"))),
            ("", FailAttempt),
            ("another attempt", s => new CollectionFailed(Other(s), "late")),
            ("", Open),
            ("another attempt", s => new OpeningFinished(Other(s), Hash("opened"))),
            ("", s => new SumUnreachable(s.Collection, "away")),
            ("", Step),
            ("another attempt", s => new StepFinished(Other(s), Summary(s))),
            ("", Give),
            ("another attempt", s => new WorkFailed(Other(s), "late")),
            ("retry", Retry),
            ("opening deadline", s => new TimerDue($"opening-deadline/{s.Collection}")),
            ("reopen", s => new TimerDue($"reopen/{s.Collection}")),
            ("another attempt", s => new TimerDue($"retry/{Other(s)}")),
            ("a member", s => new SiloSettled(A, s.Round)),
            ("a stranger", s => new SiloSettled(new SiloId("stranger"), s.Round)),
            ("beyond the journal", s => new SiloSettled(A, s.Round) { IsBeyondJournal = true }),
            ("of a later epoch", s => new SiloSettled(A, s.Round - 1) { Epoch = s.Epoch + 1 }),
            ("a member", s => new RoundCommand.ModelsKept(A)),
            ("a stranger", s => new RoundCommand.ModelsKept(new SiloId("stranger"))),
            ("", s => new RoundReleased(s.Round)),
            ("of a new leader", s => SealAll(s).SentBy(NextEpoch(s.Leaders, NodeAddress.Aggregator))),
            ("of a leader of yesterday", s => SealAll(s).SentBy(LastEpoch(s.Leaders, NodeAddress.Aggregator))),
            ("keys", Answered(CeremonyStep.AdvertiseKeys)),
            ("keys, of a stranger", s => new StepAnswered(((StepAnswered)Answered(CeremonyStep.AdvertiseKeys)(s)).Answer with { Silo = new SiloId("stranger") })),
            ("keys, another attempt", s => new StepAnswered(((StepAnswered)Answered(CeremonyStep.AdvertiseKeys)(s)).Answer with { Collection = Other(s) })),
            ("keys, another plan", s => new StepAnswered(((StepAnswered)Answered(CeremonyStep.AdvertiseKeys)(s)).Answer with { Plan = Hash("another plan") })),
            ("shares", Answered(CeremonyStep.ShareKeys)),
            ("a confirmation", Confirmed(A)),
            ("another confirmation", Confirmed(D)),
            ("of another list", s => new StepAnswered(((StepAnswered)Confirmed(D)(s)).Answer with { Payload = new byte[Digest.Size] })),
            ("of no contributor", Confirmed(new SiloId("stranger"))),
            ("released shares", Answered(CeremonyStep.ReleaseShares)),
            ("", s => new StepDeclined(s.Collection, B)),
            ("another attempt", s => new StepDeclined(Other(s), B)),
            ("keys of some", Held(CeremonyStep.AdvertiseKeys, [A, B])),
            ("keys of all", Held(CeremonyStep.AdvertiseKeys, [A, B, C, D])),
            ("keys of all but one, who declines", Held(CeremonyStep.AdvertiseKeys, [A, B, C], D)),
            ("shares of some", Held(CeremonyStep.ShareKeys, [A, B])),
            ("shares of all", Held(CeremonyStep.ShareKeys, [A, B, C, D])),
            ("released by too few", Held(CeremonyStep.ReleaseShares, [A, D, new SiloId("stranger")])),
            ("released by enough", Held(CeremonyStep.ReleaseShares, [A, C, D])),
            ("", PublishKeys),
            ("too few", s => new KeysPublished(s.Collection, [A, B], Hash("adverts"))),
            ("another attempt", s => new KeysPublished(Other(s), [A, B, C, D], Hash("adverts"))),
            ("", PublishShares),
            ("too few", s => new SharesPublished(s.Collection, Bundles(A, B))),
            ("another attempt", s => new SharesPublished(Other(s), Bundles(A, B, C, D))),
            ("commitment", Graphed(CeremonyStep.CommitNonce, s => default)),
            ("nonce", Graphed(CeremonyStep.ShowNonce, s => s.Commitments)),
            ("nonce for another list", Graphed(CeremonyStep.ShowNonce, s => Hash("other commitments"))),
            ("commitments of some", HeldOfGraph(CeremonyStep.CommitNonce, s => [A, B])),
            ("commitments of all", HeldOfGraph(CeremonyStep.CommitNonce, Everybody)),
            ("nonces of some", HeldOfGraph(CeremonyStep.ShowNonce, s => [A, B])),
            ("nonces of all", HeldOfGraph(CeremonyStep.ShowNonce, Everybody)),
            ("", PublishNonceCommitments),
            ("too few", s => new NonceCommitmentsPublished([A, B], Hash("commitments"))),
            ("", PublishNonces),
            ("", s => new GraphFailed("the nonce of 'b' is not the one it committed to")),
            ("commitments deadline", s => new TimerDue("nonce-commitments-deadline")),
            ("nonces deadline", s => new TimerDue("nonces-deadline")),
            ("", s => new RekeyingAsked(B, C, new SiteEpoch(5, Hash("mark")), new SiteEpoch(3, Hash("older mark")))),
            ("a stranger", s => new RekeyingAsked(new SiloId("stranger"), C, new SiteEpoch(5, Hash("mark")), default)),
            ("a liar", Short),
            ("nobody lied", s => new SharesShort(s.Collection, [])),
            ("another attempt", s => new SharesShort(Other(s), [D])),
            ("a liar", s => new OpeningFinished(s.Collection, Hash("opened")) { Liars = [D] }),
            ("keys deadline", s => new TimerDue($"keys-deadline/{s.Collection}")),
            ("shares deadline", s => new TimerDue($"shares-deadline/{s.Collection}")),
        ];

    private static RoundCommand Adopt(RoundState state) => new AdoptPlan(ThePlan);

    private static RoundCommand AdoptSecAgg(RoundState state) => new AdoptPlan(TheSecAggPlan);

    private static RoundCommand AdoptDrawn(RoundState state) => new AdoptPlan(TheDrawnPlan);

    private static ImmutableSortedSet<SiloId> Everybody(RoundState state) => state.Plan is { } plan ? [.. plan.Silos] : [A, B, C];

    private static RoundCommand PublishNonceCommitments(RoundState state) => new NonceCommitmentsPublished(Everybody(state), Hash("commitments"));

    private static RoundCommand PublishNonces(RoundState state) => new NoncesPublished(Hash("nonces"), Hash("graph"));

    private static RoundCommand PublishAllKeys(RoundState state) => new KeysPublished(state.Collection, Everybody(state), Hash("adverts"))
    {
        Lists = Everybody(state).ToImmutableSortedDictionary(static silo => silo, static silo => Hash("keys for " + silo)),
    };

    private static RoundCommand Short(RoundState state) => new SharesShort(state.Collection, [D]);

    private static Func<RoundState, RoundCommand> Graphed(CeremonyStep step, Func<RoundState, Digest> based) => state =>
        new StepAnswered(new StepAnswer(A, Job, GraphCeremony.Id, step, state.PlanHash, based(state), new byte[] { 1, 2 }, new byte[] { 3 }));

    private static Func<RoundState, RoundCommand> HeldOfGraph(CeremonyStep step, Func<RoundState, ImmutableSortedSet<SiloId>> held) => state => new AnswersHeld(GraphCeremony.Id, step, held(state), []);

    private static RoundCommand PublishKeys(RoundState state) => new KeysPublished(state.Collection, [A, B, C, D], Hash("adverts"));

    private static RoundCommand PublishShares(RoundState state) => new SharesPublished(state.Collection, Bundles(A, B, C, D));

    private static ImmutableSortedDictionary<SiloId, Digest> Bundles(params SiloId[] silos) => silos.ToImmutableSortedDictionary(static silo => silo, static silo => Hash("sealed for " + silo));

    private static Func<RoundState, RoundCommand> Answered(CeremonyStep step) => state =>
        new StepAnswered(new StepAnswer(A, Job, state.Collection, step, state.PlanHash, state.Broadcast, new byte[] { 1, 2 }, new byte[] { 3 }));

    private static Func<RoundState, RoundCommand> Confirmed(SiloId silo) => state =>
        new StepAnswered(StepAnswer.Confirming(silo, Job, state.Collection, state.PlanHash, state.Broadcast, CeremonyId.OfList(state.Collection, state.Contributions), new SiteEpoch(1, Hash("mark of " + silo)), new byte[] { 4 }));

    private static Func<RoundState, RoundCommand> Held(CeremonyStep step, SiloId[] held, params SiloId[] declined) => state => new AnswersHeld(state.Collection, step, [.. held], [.. declined]);

    /// <summary>The ceremony whose masks are on the updates that this coordinator asked for.</summary>
    private static Digest? Ceremony(RoundState state) =>
        state.Plan is { SecAgg: not null } plan ? CeremonyId.Of(plan, state.PlanHash, state.Collection, state.Broadcast, state.Adverts, [.. state.Shares.Keys]) : null;

    private static RoundCommand StartNext(RoundState state) => new StartRound(state.Round + 1, state.Base);

    private static RoundCommand CancelThis(RoundState state) => new CancelRound(state.Round);

    private static RoundCommand CancelNext(RoundState state) => new CancelRound(state.Round + 1);

    private static RoundCommand Ready(RoundState state) => new BroadcastReady(state.Collection, Hash("broadcast"));

    private static RoundCommand SealAll(RoundState state) => new CollectionSealed(state.Collection, state.Plan?.SecAgg is null ? Manifests(state, A, B, C) : Manifests(state, A, C, D), Hash("sum"));

    private static RoundCommand FailAttempt(RoundState state) => new CollectionFailed(state.Collection, "1 of 3 updates at the deadline");

    private static RoundCommand Retry(RoundState state) => new TimerDue($"retry/{state.Collection}");

    private static RoundCommand Open(RoundState state) => new OpeningFinished(state.Collection, Hash("opened"));

    private static RoundCommand Step(RoundState state) => new StepFinished(state.Collection, Summary(state));

    private static RoundCommand Give(RoundState state) => new WorkFailed(state.Collection, "opening inconsistent");

    private static StepSummary Summary(RoundState state) =>
        new(Hash($"after {state.Collection}"), "model", ImmutableSortedDictionary<string, double>.Empty.Add("loss", 0.5), null);

    private static ImmutableArray<Actors.Protocol.Aggregation.UpdateManifest> Manifests(RoundState state, params SiloId[] silos) =>
        [.. silos.Select(silo => Manifest(silo, state.Collection, state.PlanHash, state.Broadcast) with { Ceremony = Ceremony(state) })];

    private static CollectionId Other(RoundState state) => state.Collection with { Attempt = state.Collection.Attempt + 7 };

    private static RoundState Walk(params Func<RoundState, RoundCommand>[] steps) => steps.Aggregate(
        RoundDecider.Initial, (state, step) => When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, Start, step(state)).State);
}
