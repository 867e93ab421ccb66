using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a coordinator whose sums are encrypted under a common key, where they differ from those of plain mode.</summary>
internal static class RoundCkksCases
{
    private static readonly JobPlan ThePlan = CkksPlan();
    private static readonly Func<RoundState, RoundCommand>[] ToSeal = [Adopt, StartNext, Ready, Publish, Signed, SealAll];
    private static readonly Func<RoundState, RoundCommand>[] ToDrawn = [.. ToSeal, Stated, Confirmed(A), Confirmed(B), Confirmed(C), Confirmed(D)];
    private static readonly Func<RoundState, RoundCommand>[] ToAgreed = [.. ToDrawn, Nonces, Evidence, Readies];

    public static DeciderCases<RoundDecider, RoundState, RoundCommand, RoundEvent> All { get; } = new(
        [
            ("Preparing", Walk(Adopt, StartNext)),
            ("Committing", Walk(Adopt, StartNext, Ready)),
            ("Signing", Walk(Adopt, StartNext, Ready, Publish)),
            ("Collecting", Walk(Adopt, StartNext, Ready, Publish, Signed)),
            ("BackingOff", Walk(Adopt, StartNext, Ready, s => Published(s, A, B, C))),
            ("Opening, not stated", Walk(ToSeal)),
            ("Opening, one confirmation missing", Walk([.. ToSeal, Stated, Confirmed(A), Confirmed(B), Confirmed(C)])),
            ("Opening, drawn", Walk(ToDrawn)),
            ("Opening, challenged", Walk([.. ToDrawn, Nonces])),
            ("Opening, evaluated", Walk([.. ToDrawn, Nonces, Evidence])),
            ("Opening, doubted by three of five", Walk([.. ToDrawn, Nonces, Doubted(A), Doubted(B), Doubted(C)])),
            ("Opening, agreed", Walk(ToAgreed)),
            ("Committing, S fixed", Walk([.. ToAgreed, ShareLate])),
            ("Signing, S fixed", Walk([.. ToAgreed, ShareLate, Publish])),
            ("Collecting, S fixed", Walk([.. ToAgreed, ShareLate, Publish, Signed])),
            ("BackingOff, S fixed", Walk(with: CkksPlan(maxAttempts: 3), [.. ToAgreed, ShareLate, s => Published(s, A, B, C)])),
            ("Opening, last try", Walk([.. ToAgreed, ShareLate, Publish, Signed, SealAll, Stated, Confirmed(A), Confirmed(B), Confirmed(C), Confirmed(D), Nonces, Evidence, Readies])),
            ("Stepping", Walk([.. ToAgreed, Open])),
        ],
        [
            ("this one", s => new CancelRound(s.Round)),
            ("", Ready),
            ("", SealAll),
            ("one of S missing", s => new CollectionSealed(s.Collection, Manifests(s, A, B, C, D), Hash("sum"))),
            ("under another list", s => new CollectionSealed(s.Collection, [.. Manifests(s, A, B, C, D, E).Select(static m => m with { Ceremony = Hash("another list") })], Hash("sum"))),
            ("", s => new CollectionFailed(s.Collection, "3 of 4 updates at the deadline")),
            ("", s => new SumUnreachable(s.Collection, "away")),
            ("", Open),
            ("", s => new WorkFailed(s.Collection, "opening inconsistent")),
            ("retry", s => new TimerDue($"retry/{s.Collection}")),
            ("reopen", s => new TimerDue($"reopen/{s.Collection}")),
            ("opening deadline", s => new TimerDue($"opening-deadline/{s.Collection}")),
            ("commit deadline", s => new TimerDue($"commit-deadline/{s.Collection}")),
            ("sign deadline", s => new TimerDue($"sign-deadline/{s.Collection}")),
            ("challenge deadline", s => new TimerDue($"opening-Challenge/{s.Collection}")),
            ("evaluate deadline", s => new TimerDue($"opening-Evaluate/{s.Collection}")),
            ("ready deadline", s => new TimerDue($"opening-Ready/{s.Collection}")),
            ("share deadline", s => new TimerDue($"opening-Share/{s.Collection}")),
            ("a commitment", Answered(CeremonyStep.Commit, new byte[] { 1 })),
            ("a commitment, another attempt", s => new StepAnswered(((StepAnswered)Answered(CeremonyStep.Commit, new byte[] { 1 })(s)).Answer with { Collection = Other(s) })),
            ("a signature under the list", s => ((Func<RoundState, RoundCommand>)Answered(CeremonyStep.SignList, StepAnswer.SignatureOf(s.Encryption.List)))(s)),
            ("a signature under another list", Answered(CeremonyStep.SignList, StepAnswer.SignatureOf(Hash("another list")))),
            ("a confirmation", Confirmed(E)),
            ("of another list", s => new StepAnswered(((StepAnswered)Confirmed(E)(s)).Answer with { Payload = new byte[Digest.Size] })),
            ("a nonce", OfOpening(CeremonyStep.Challenge)),
            ("a nonce for other openers", Answered(CeremonyStep.Challenge, OpeningAnswer.Write(Hash("another opening"), Hash("nonce")))),
            ("an evaluation", OfOpening(CeremonyStep.Evaluate)),
            ("a signature", OfOpening(CeremonyStep.Ready)),
            ("a share", OfOpening(CeremonyStep.Share)),
            ("a doubt", Doubted(A)),
            ("a doubt of another", Doubted(D)),
            ("a doubt of other openers", Answered(CeremonyStep.DoubtSum, OpeningAnswer.Write(Hash("another opening"), "it does not add up"))),
            ("a doubt of a stranger", Doubted(new SiloId("stranger"))),
            ("", s => new StepDeclined(s.Collection, B)),
            ("commitments of some", s => new AnswersHeld(s.Collection, CeremonyStep.Commit, [A, B], [])),
            ("commitments of all", s => new AnswersHeld(s.Collection, CeremonyStep.Commit, [A, B, C, D, E], [])),
            ("commitments of all but one, who declines", s => new AnswersHeld(s.Collection, CeremonyStep.Commit, [A, B, C, D], [E])),
            ("signatures under the list, of some", s => new AnswersHeld(s.Collection, CeremonyStep.SignList, [A, B], [])),
            ("signatures under the list, of some, late", s => new AnswersHeld(s.Collection, CeremonyStep.SignList, [A, B], []) { IsLate = true }),
            ("signatures under the list, of all", s => new AnswersHeld(s.Collection, CeremonyStep.SignList, s.Encryption.Fresh, [])),
            ("nonces of all", Held(CeremonyStep.Challenge)),
            ("nonces of some, late", Late(CeremonyStep.Challenge)),
            ("evaluations of all", Held(CeremonyStep.Evaluate)),
            ("evaluations of some, late", Late(CeremonyStep.Evaluate)),
            ("signatures of all", Held(CeremonyStep.Ready)),
            ("signatures of some, late", Late(CeremonyStep.Ready)),
            ("shares of all", Held(CeremonyStep.Share)),
            ("shares of some", s => ((AnswersHeld)Late(CeremonyStep.Share)(s)) with { IsLate = false }),
            ("shares of some, late", ShareLate),
            ("", Publish),
            ("too few", s => Published(s, A, B, C)),
            ("another attempt", s => ((CommitmentsPublished)Publish(s)) with { Collection = Other(s), List = Hash("late list"), Terms = Hash("late terms") }),
            ("", Signed),
            ("too few", s => ((SignaturesHeld)Signed(s)) with { Signatures = ((SignaturesHeld)Signed(s)).Signatures[..Math.Min(3, s.Encryption.Fresh.Count)] }),
            ("", Stated),
            ("", Nonces),
            ("", Evidence),
            ("for other openers", s => ((EvidencePublished)Evidence(s)) with { Opening = Hash("another opening"), Evidence = Hash("late evidence") }),
            ("", Readies),
            ("one of another opening", s => ((ReadiesHeld)Readies(s)) with { Readies = ((ReadiesHeld)Readies(s)).Readies.RemoveAll(static known => known.Silo != A) }),
        ],
        ProtocolSerializers.Round);

    private static RoundCommand Adopt(RoundState state) => new AdoptPlan(ThePlan);

    private static RoundCommand StartNext(RoundState state) => new StartRound(state.Round + 1, state.Base, TheKey);

    private static RoundCommand Ready(RoundState state) => new BroadcastReady(state.Collection, Hash("broadcast"));

    private static RoundCommand Publish(RoundState state) => state.Encryption.IsFixed ? Published(state, A, B, C, D) : Published(state, A, B, C, D, E);

    private static CommitmentsPublished Published(RoundState state, params SiloId[] fresh) =>
        new(state.Collection, state.Encryption.IsFixed ? state.Invited : [.. fresh], [.. fresh], Hash($"list of {state.Collection}"), Hash($"terms of {state.Collection}"), 640);

    private static RoundCommand Signed(RoundState state) => new SignaturesHeld(state.Collection, [.. state.Encryption.Fresh.Select(static silo => new Confirmation(silo, new byte[] { 5 }))]);

    private static RoundCommand SealAll(RoundState state) => new CollectionSealed(state.Collection, Manifests(state, A, B, C, D, E), Hash($"sum of {state.Collection}"));

    private static RoundCommand Stated(RoundState state) => new StatementReady(state.Collection, Hash($"statement of {state.Collection}"));

    private static RoundCommand Nonces(RoundState state) => new NoncesHeld(state.Collection, Opening(state), state.Encryption.Openers.ToImmutableSortedDictionary(static silo => silo, static silo => new ReadOnlyMemory<byte>([1, 2])));

    private static RoundCommand Evidence(RoundState state) => new EvidencePublished(state.Collection, Opening(state), Hash($"evidence of {state.Collection}"));

    private static RoundCommand Readies(RoundState state) => new ReadiesHeld(state.Collection, Opening(state), Hash("opening"), [.. state.Encryption.Openers.Select(static silo => new Confirmation(silo, new byte[] { 6 }))]);

    private static RoundCommand ShareLate(RoundState state) => Late(CeremonyStep.Share)(state);

    private static RoundCommand Open(RoundState state) => new OpeningFinished(state.Collection, Hash("opened"));

    private static Func<RoundState, RoundCommand> Confirmed(SiloId silo) => state =>
        new StepAnswered(StepAnswer.Confirming(silo, Job, state.Collection, state.PlanHash, state.Broadcast, CeremonyId.OfList(state.Collection, state.Contributions), new SiteEpoch(1, Hash("mark of " + silo)), new byte[] { 4 }));

    private static Func<RoundState, RoundCommand> Answered(CeremonyStep step, byte[] payload) => state =>
        new StepAnswered(new StepAnswer(A, Job, state.Collection, step, state.PlanHash, state.Broadcast, payload, new byte[] { 3 }));

    /// <summary>An answer of the first opener.</summary>
    private static Func<RoundState, RoundCommand> OfOpening(CeremonyStep step) => state => new StepAnswered(
        new StepAnswer(state.Encryption.Openers.IsEmpty ? A : state.Encryption.Openers[0], Job, state.Collection, step, state.PlanHash, state.Broadcast, OpeningAnswer.Write(Opening(state), Hash("answer")), new byte[] { 3 }));

    private static Func<RoundState, RoundCommand> Doubted(SiloId silo) => state => new StepAnswered(
        new StepAnswer(silo, Job, state.Collection, CeremonyStep.DoubtSum, state.PlanHash, state.Broadcast, OpeningAnswer.Write(Opening(state), "it does not\nadd up"), new byte[] { 3 }));

    private static Func<RoundState, RoundCommand> Held(CeremonyStep step) => state => new AnswersHeld(state.Collection, step, [A, B, C, D, E], []) { Opening = Opening(state) };

    private static Func<RoundState, RoundCommand> Late(CeremonyStep step) => state =>
        new AnswersHeld(state.Collection, step, [.. state.Encryption.Openers.Take(1)], []) { Opening = Opening(state), IsLate = true };

    private static Digest Opening(RoundState state) =>
        new StatedOpening(state.Contributions, state.Encryption.List, state.Sealed, state.Encryption.Statement ?? default, state.Encryption.Openers).HashOf(state.Collection);

    private static ImmutableArray<UpdateManifest> Manifests(RoundState state, params SiloId[] silos) =>
    [
        .. silos.Select(silo => state.Encryption.IsFixed && !state.Encryption.Fresh.Contains(silo)
            ? state.Encryption.Sealed.First(before => before.Silo == silo)
            : Manifest(silo, state.Collection, state.PlanHash, state.Broadcast, $"upload of {state.Collection.Attempt}", length: 640) with { Ceremony = state.Encryption.List }),
    ];

    private static CollectionId Other(RoundState state) => state.Collection with { Attempt = state.Collection.Attempt + 7 };

    private static RoundState Walk(params Func<RoundState, RoundCommand>[] steps) => Walk(ThePlan, steps);

    private static RoundState Walk(JobPlan with, params Func<RoundState, RoundCommand>[] steps) => steps.Skip(1).Aggregate(
        When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(RoundDecider.Initial, Start, new AdoptPlan(with)).State,
        (state, step) => When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, Start, step(state)).State);
}
