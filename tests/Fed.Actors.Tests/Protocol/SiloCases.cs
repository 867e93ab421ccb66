using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a silo: its phase is what it knows of the key asked about.</summary>
internal static class SiloCases
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly JobPlan TheSecAggPlan = SecAggPlan();
    private static readonly JobPlan TheCkksPlan = KeyPlan();
    private static readonly JobPlan TheDrawnPlan = DrawnPlan();
    private static readonly Digest Base = Hash("base");
    private static readonly ImmutableSortedSet<SiloId> Everybody = [A, B, C, D];

    /// <summary>Plain mode.</summary>
    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> All { get; } = new(
        [
            ("NoPlan", SiloDecider.Initial),
            ("Approved", Walk(Propose)),
            ("Stored", Walk(Propose, Computed)),
            ("Declined", Walk(Propose, Impossible)),
            ("Settled", Walk(Propose, Computed, Close)),
            ("Ended", Walk(Propose, Computed, static _ => new EndJob())),
            ("Kept", Walk(Propose, Computed, Close, static _ => new ModelsFetched(Models("last")))),
        ],
        Commands(Propose, ThePlan),
        ProtocolSerializers.Silo);

    /// <summary>Secure aggregation: what a site has said of an attempt.</summary>
    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> SecAgg { get; } = new(
        [
            ("Approved", Walk(ProposeSecAgg)),
            ("Stored", Walk(ProposeSecAgg, Computed)),
            ("Declined", Walk(ProposeSecAgg, Impossible)),
            ("Advertised", Walk(ProposeSecAgg, Computed, KeysMade)),
            ("Shared", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade)),
            ("Masked", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, InputMade)),
            ("Confirmed", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, InputMade, Confirm)),
            ("Released", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, InputMade, Confirm, Release)),
            ("Abandoned", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, InputMade, s => new StepImpossible(Key(s), "lost"))),
            ("Restored", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, HeardOfLater)),
            ("Settled", Walk(ProposeSecAgg, Computed, KeysMade, SharesMade, InputMade, Confirm, Release, Close)),
        ],
        Commands(ProposeSecAgg, TheSecAggPlan),
        ProtocolSerializers.Silo);

    /// <summary>A key's making: what a site has said of an epoch.</summary>
    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> KeyMaking { get; } = new(
        [
            ("Approved", Walk(ProposeCkks)),
            ("Entered", Walk(ProposeCkks, Step(KeyStep.Enter))),
            ("Dealt", Walk(ProposeCkks, Step(KeyStep.Enter), Step(KeyStep.CommitSeed), Step(KeyStep.RevealSeed), Step(KeyStep.CommitShare), Step(KeyStep.RevealShare), Step(KeyStep.Confirm), Step(KeyStep.Deal))),
            ("Holding", Walk(ProposeCkks, Step(KeyStep.Enter), Step(KeyStep.Accept))),
            ("Abandoned", Walk(ProposeCkks, Step(KeyStep.Enter), s => new KeyStepImpossible(1, KeyStep.CommitSeed, "a bad deal", D))),
            ("Erased", Walk(ProposeCkks, Step(KeyStep.Enter), Step(KeyStep.Accept), static _ => new EndJob())),
        ],
        Commands(ProposeCkks, TheCkksPlan),
        ProtocolSerializers.Silo);

    /// <summary>How a site has its part in drawing the job's sparse graph.</summary>
    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> Graph { get; } = new(
        [
            ("Approved", Walk(ProposeDrawn)),
            ("Committed", Walk(ProposeDrawn, NonceCommitmentMade)),
            ("Shown", Walk(ProposeDrawn, NonceCommitmentMade, Verified)),
            ("Drawn", Walk(ProposeDrawn, NonceCommitmentMade, Verified, GraphMade)),
            ("Drawn, stored", Walk(ProposeDrawn, NonceCommitmentMade, Verified, GraphMade, Computed)),
        ],
        Commands(ProposeDrawn, TheDrawnPlan),
        ProtocolSerializers.Silo);

    private static JobModels Models(string last) => new(new ModelNote(2, Hash(last), $"model of {last}"), new ModelNote(1, Hash("best"), "model of best"));

    private static (string Variant, Func<SiloState, SiloCommand> Fit)[] Commands(Func<SiloState, SiloCommand> propose, JobPlan plan) =>
        [
            ("the plan", propose),
            ("another plan", _ => new ProposePlan(A, Plan(rounds: 9), Plan(rounds: 9).ComputeHash(), null)),
            ("the site refuses", _ => new ProposePlan(A, plan, plan.ComputeHash(), "too fine")),
            ("", s => new Invite(Key(s), plan.ComputeHash(), Base)),
            ("next attempt", s => new Invite(Key(s) with { Attempt = 2 }, plan.ComputeHash(), Base)),
            ("another base", s => new Invite(Key(s), plan.ComputeHash(), Hash("another base"))),
            ("another plan", s => new Invite(Key(s), Hash("another plan"), Base)),
            ("of whom a later round was heard", s => new Invite(Key(s), plan.ComputeHash(), Base) { Settled = Key(s).Round }),
            ("with a graph", s => new Invite(Key(s), plan.ComputeHash(), Base) { Graph = Hash("nonces") }),
            ("", s => new CommitNonce(plan.ComputeHash())),
            ("another plan", s => new CommitNonce(Hash("another plan"))),
            ("", NonceCommitmentMade),
            ("another nonce", s => new NonceCommitmentMade(new byte[] { 9 })),
            ("", s => new ShowNonce(Hash("commitments"))),
            ("another list", s => new ShowNonce(Hash("other commitments"))),
            ("", Verified),
            ("another list", s => new NonceCommitmentsVerified(Hash("other commitments"), [.. plan.Silos], new byte[] { 8 })),
            ("too few", s => new NonceCommitmentsVerified(Hash("commitments"), [A, B, C], new byte[] { 8 })),
            ("without the site", s => new NonceCommitmentsVerified(Hash("commitments"), [.. plan.Silos.Remove(A)], new byte[] { 8 })),
            ("", GraphMade),
            ("another list", s => new GraphMade(Key(s), Base, Hash("other commitments"), [.. plan.Silos], Hash("nonces"), Hash("other graph"))),
            ("too few", s => new GraphMade(Key(s), Base, Hash("commitments"), [A, B, C], Hash("nonces"), Hash("graph"))),
            ("a round beyond the plan", s => new Invite(Key(s) with { Round = plan.Rounds + 1 }, plan.ComputeHash(), Base)),
            ("undeclared sum", s => new Invite(Key(s) with { Sum = "records" }, plan.ComputeHash(), Base)),
            ("next round", s => new Invite(new(Key(s).Round + 1, 1, "training"), plan.ComputeHash(), Base)),
            ("", Computed),
            ("another result", s => new ContributionComputed(Key(s), Base, new StoredContribution(Hash("another vector"), 16, 0, null))),
            ("next round", s => new ContributionComputed(new(Key(s).Round + 1, 1, "training"), Base, new StoredContribution(Hash("next vector"), 16, 0, Hash("c_2")))),
            ("", Impossible),
            ("accepted", s => new UpdateAnswered(Key(s), Hash("vector"), null)),
            ("refused", s => new UpdateAnswered(Key(s), Hash("vector"), "the collection is closing")),
            ("committed with the silo", Close),
            ("of whom a later round was heard", s => Ended(s, true, A) with { Settled = Key(s).Round }),
            ("committed without it", s => Ended(s, true, B)),
            ("failed", s => Ended(s, false)),
            ("next round", s => Ended(s, true, A) with { Round = Key(s).Round + 1 }),
            ("", static _ => new KeepModels(Models("last"))),
            ("others", static _ => new KeepModels(Models("forged"))),
            ("", static _ => new ModelsFetched(Models("last"))),
            ("of a new leader", s => new Invite(Key(s), plan.ComputeHash(), Base).SentBy(NextEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("of a leader of yesterday", s => new Invite(Key(s), plan.ComputeHash(), Base).SentBy(LastEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("accepted, the masked upload", s => new UpdateAnswered(Key(s), Hash("upload of a"), null)),
            ("", KeysMade),
            ("next attempt", s => new KeysMade(Key(s) with { Attempt = 2 }, new byte[] { 2 })),
            ("other keys", s => new KeysMade(Key(s), new byte[] { 9 })),
            ("", s => new ShareKeys(Key(s), Everybody, Hash("adverts"))),
            ("neighbours' keys", s => new ShareKeys(Key(s), Everybody, Hash("adverts")) { Neighbours = Hash("neighbours") }),
            ("other keys", s => new ShareKeys(Key(s), Everybody, Hash("other adverts"))),
            ("without the site", s => new ShareKeys(Key(s), [B, C, D], Hash("adverts"))),
            ("with a stranger", s => new ShareKeys(Key(s), [A, B, new SiloId("stranger")], Hash("adverts"))),
            ("too few", s => new ShareKeys(Key(s), [A, B], Hash("adverts"))),
            ("another attempt", s => new ShareKeys(Key(s) with { Attempt = 2 }, Everybody, Hash("adverts"))),
            ("", SharesMade),
            ("other shares", s => new SharesMade(Key(s), Everybody, Hash("adverts"), new byte[] { 9 })),
            ("", s => new MaskInput(Key(s), Everybody, Hash("shares"))),
            ("other shares", s => new MaskInput(Key(s), Everybody, Hash("other shares"))),
            ("without the site", s => new MaskInput(Key(s), [B, C, D], Hash("shares"))),
            ("with a stranger", s => new MaskInput(Key(s), [A, B, new SiloId("stranger")], Hash("shares"))),
            ("too few", s => new MaskInput(Key(s), [A, B], Hash("shares"))),
            ("", InputMade),
            ("a peer lies about its epoch", s => new InputMade(Key(s), Everybody, Hash("shares"), Hash("upload of a"), 16) { Heard = HeardBy(B) }),
            ("peers have heard of a later self", HeardOfLater),
            ("another upload", s => new InputMade(Key(s), Everybody, Hash("shares"), Hash("another upload"), 16)),
            ("", Confirm),
            ("another list", s => new ConfirmContributors(Key(s), List(s, A, B, C))),
            ("without the site", s => new ConfirmContributors(Key(s), List(s, B, C, D))),
            ("too few", s => new ConfirmContributors(Key(s), List(s, A, D))),
            ("somebody twice", s => new ConfirmContributors(Key(s), List(s, A, D, D))),
            ("with a stranger", s => new ConfirmContributors(Key(s), List(s, A, D, new SiloId("stranger")))),
            ("another ceremony", s => new ConfirmContributors(Key(s), [.. List(s, A, B, D).Select(static m => m with { Ceremony = Hash("another ceremony") })])),
            ("another plan", s => new ConfirmContributors(Key(s), [.. List(s, A, B, D).Select(static m => m.Silo == D ? m with { Plan = Hash("another plan") } : m)])),
            ("another round", s => new ConfirmContributors(Key(s), [.. List(s, A, B, D).Select(static m => m.Silo == D ? m with { Round = m.Round + 1 } : m)])),
            ("another upload of the site", s => new ConfirmContributors(Key(s), [.. List(s, A, B, D).Select(static m => m.Silo == A ? m with { Hash = Hash("another upload") } : m)])),
            ("another model", s => new ConfirmContributors(Key(s), [.. List(s, A, B, D).Select(static m => m.Silo == D ? m with { Base = Hash("another base") } : m)])),
            ("", Release),
            ("too few confirmations", s => new ReleaseShares(Key(s), List(s, A, C, D), By(s, List(s, A, C, D), A, C))),
            ("confirmations of others", s => new ReleaseShares(Key(s), List(s, A, C, D), By(s, List(s, A, C, D), A, B, C))),
            ("its own word for it with another epoch", s => new ReleaseShares(Key(s), List(s, A, C, D), By(s, List(s, A, C, D), A, C, D).SetItem(A, new SiteEpoch(4, Hash("a later mark"))))),
            ("a header of another model", s => new ReleaseShares(Key(s), [.. List(s, A, C, D).Select(static m => m.Silo == D ? m with { Base = Hash("another base") } : m)], By(s, List(s, A, C, D), A, C, D))),
            ("another list", s => new ReleaseShares(Key(s), List(s, A, B, C), By(s, List(s, A, B, C), A, B, C))),
            ("another attempt", s => new ReleaseShares(Key(s) with { Attempt = 2 }, List(s, A, C, D), By(s, List(s, A, C, D), A, C, D))),
            ("", s => new SharesReady(Key(s), new byte[] { 5 })),
            ("", s => new StepImpossible(Key(s), "the secrets of this attempt are not in the secret store")),
            ("next step", s => Asked(NextStep(s))),
            ("again", s => Asked(LastStep(s)) with { Given = s.KeyCeremony?.Given ?? default, Holders = s.KeyCeremony?.Holders ?? Everybody }),
            ("again, from other answers", s => Asked(LastStep(s)) with { Given = Hash("others") }),
            ("the step after next", s => Asked(NextStep(s) + 1)),
            ("next step, other holders", s => Asked(NextStep(s)) with { Holders = [A, B, C] }),
            ("next step, with a stranger", s => Asked(NextStep(s)) with { Holders = [A, B, C, new SiloId("stranger")] }),
            ("without the site", s => Asked(NextStep(s)) with { Holders = [B, C, D] }),
            ("too few", s => Asked(NextStep(s)) with { Holders = [A, B] }),
            ("next epoch", _ => Asked(KeyStep.Enter) with { Epoch = 2 }),
            ("next epoch, not entered", _ => Asked(KeyStep.CommitSeed) with { Epoch = 2 }),
            ("next step", s => Step(NextStep(s))(s)),
            ("another answer", s => new KeyStepMade(1, LastStep(s), Everybody, default, Hash("another answer"), null)),
            ("the last step", Step(KeyStep.Accept)),
            ("by a bad deal", s => new KeyStepImpossible(1, NextStep(s), "a bad deal", D)),
            ("", _ => new EndJob()),
        ];


    private static KeyStep LastStep(SiloState state) => state.KeyCeremony?.Step ?? KeyStep.Enter;

    private static KeyStep NextStep(SiloState state) => state.KeyCeremony is { } known && known.Step < KeyStep.Accept ? known.Step + 1 : KeyStep.Enter;

    private static AskKeyStep Asked(KeyStep step) => new(1, step, Everybody, step == KeyStep.Enter ? default : Hash($"answers before {step}"));

    private static Func<SiloState, SiloCommand> Step(KeyStep step) => _ => new KeyStepMade(
        1, step, Everybody, Asked(step).Given, Hash($"answer of {step}"), step == KeyStep.Accept ? new CollectiveKey(1, Hash("key"), Hash("public key"), Everybody) : null);

    /// <summary>The key asked about: of the round that is not settled yet; where round 1 is settled, of round 1.</summary>
    private static CollectionId Key(SiloState state) => new(Math.Max(1, state.SettledRound), 1, "training");

    private static SiloCommand Propose(SiloState state) => new ProposePlan(A, ThePlan, ThePlan.ComputeHash(), null);

    private static SiloCommand ProposeCkks(SiloState state) => new ProposePlan(A, TheCkksPlan, TheCkksPlan.ComputeHash(), null);

    private static SiloCommand ProposeSecAgg(SiloState state) => new ProposePlan(A, TheSecAggPlan, TheSecAggPlan.ComputeHash(), null);

    private static SiloCommand KeysMade(SiloState state) => new KeysMade(Key(state), new byte[] { 1 });

    private static SiloCommand SharesMade(SiloState state) => new SharesMade(Key(state), Everybody, Hash("adverts"), new byte[] { 3 });

    private static SiloCommand InputMade(SiloState state) => new InputMade(Key(state), Everybody, Hash("shares"), Hash("upload of a"), 16);

    private static SiloCommand Confirm(SiloState state) => new ConfirmContributors(Key(state), List(state, A, C, D));

    private static SiloCommand Release(SiloState state) => new ReleaseShares(Key(state), List(state, A, C, D), By(state, List(state, A, C, D), A, C, D));

    private static SiloCommand ProposeDrawn(SiloState state) => new ProposePlan(A, TheDrawnPlan, TheDrawnPlan.ComputeHash(), null);

    private static SiloCommand NonceCommitmentMade(SiloState state) => new NonceCommitmentMade(new byte[] { 7 });

    private static SiloCommand Verified(SiloState state) => new NonceCommitmentsVerified(Hash("commitments"), [.. TheDrawnPlan.Silos], new byte[] { 8 });

    private static SiloCommand GraphMade(SiloState state) => new GraphMade(Key(state), Base, Hash("commitments"), [.. TheDrawnPlan.Silos], Hash("nonces"), Hash("graph"));

    private static SiloCommand HeardOfLater(SiloState state) => new InputMade(Key(state), Everybody, Hash("shares"), Hash("upload of a"), 16) { Heard = HeardBy(B, C) };

    /// <summary>What the other three tell this site: these have heard of its fifth list.</summary>
    private static ImmutableSortedDictionary<SiloId, SiteEpoch> HeardBy(params SiloId[] peers) =>
        Everybody.Remove(A).ToImmutableSortedDictionary(static peer => peer, peer => peers.Contains(peer) ? new SiteEpoch(5, Hash("a later mark")) : default);

    /// <summary>Confirmations of a list: the site's own as it has said it, or would.</summary>
    private static ImmutableSortedDictionary<SiloId, SiteEpoch> By(SiloState state, ImmutableArray<Actors.Protocol.Aggregation.UpdateManifest> list, params SiloId[] silos) =>
        silos.ToImmutableSortedDictionary(static silo => silo, silo => silo != A
            ? new SiteEpoch(3, Hash("mark of " + silo))
            : state.Confirmed.Values.FirstOrDefault()?.Epoch ?? state.Epochs.Own.After(CeremonyId.OfList(Key(state), list)));

    /// <summary>Contributions to this site's ceremony, in order of their sites.</summary>
    private static ImmutableArray<Actors.Protocol.Aggregation.UpdateManifest> List(SiloState state, params SiloId[] silos) =>
    [
        .. silos.Select(silo => Manifest(silo, Key(state), state.PlanHash, Base, "upload") with
        {
            Hash = Hash($"upload of {silo}"),
            Ceremony = CeremonyId.Of(TheSecAggPlan, TheSecAggPlan.ComputeHash(), Key(state), Base, Hash("adverts"), Everybody),
        }),
    ];

    private static SiloCommand Computed(SiloState state) => new ContributionComputed(Key(state), Base, new StoredContribution(Hash("vector"), 16, 2, Hash("c_1")));

    private static SiloCommand Impossible(SiloState state) => new ContributionImpossible(Key(state), Base, "out of range");

    private static SiloCommand Close(SiloState state) => Ended(state, true, A, B);

    private static CloseRound Ended(SiloState state, bool committed, params SiloId[] silos) => new(
        Key(state).Round,
        committed,
        silos.Length == 0 ? ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty : ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.Add("training", [.. silos]),
        new SignedHead("round/test-1", 9, Hash("head"), Hash("key"), [1, 2, 3]));

    private static SiloState Walk(params Func<SiloState, SiloCommand>[] steps) => steps.Aggregate(
        SiloDecider.Initial, (state, step) => When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, step(state)).State);
}
