using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// Sums under a common key, after the seal: confirmations by enough contributors, then openers drawn from them: nonces, the contributors' part in the check, the openers' signatures, shares. Until all
/// openers have signed, others may be drawn; after that shares may have left, and only another encryption of the same S is opened.
/// </content>
public sealed partial class RoundDecider
{
    private const int OpeningParts = 16;   // of the opening deadline, for one step: others are drawn several times before it is over

    private static Decided AnswerOpening(RoundState state, RoundCommand command, DateTimeOffset now) => command switch
    {
        StepAnswered { Answer: { Step: CeremonyStep.Confirm } answer } when IsContributor(state, answer.Silo) => ConfirmEncrypted(state, answer),
        StepAnswered { Answer: { Step: CeremonyStep.DoubtSum } answer } when IsContributor(state, answer.Silo) && IsOpen(state, answer.Collection, OpeningAnswer.OpeningOf(answer.Payload)) => Doubt(state, answer, now),
        StepAnswered { Answer: var answer } when AskedIn(state, answer.Step).Contains(answer.Silo) && IsOpen(state, answer.Collection, OpeningAnswer.OpeningOf(answer.Payload))
            => Hold(answer, $"{OpenId(state)}/{answer.Step}/{answer.Silo}"),
        StatementReady stated when stated.Collection == state.Collection && state.Encryption.Statement is null => StateSum(state, stated.Statement),
        AnswersHeld held when IsOpen(state, held.Collection, held.Opening) && AskedIn(state, held.Step) is { IsEmpty: false } asked
            => asked.IsSubsetOf(held.Held) ? Answer(GoOn(state, held.Step)) : held.IsLate ? Late(state, held.Step, asked.Except(held.Held)) : Decided.None,
        NoncesHeld held when IsOpen(state, held.Collection, held.Opening) && state.Encryption.Nonces.IsEmpty => CloseChallenge(state, held.Nonces),
        EvidencePublished published when IsOpen(state, published.Collection, published.Opening) && state.Encryption is { Nonces.IsEmpty: false, Evidence: null } => CloseEvidence(state, published.Evidence),
        ReadiesHeld held when IsOpen(state, held.Collection, held.Opening) && state.Encryption is { Readies.IsEmpty: true, Evidence: not null } => Agree(state, held),
        CommitmentsPublished late => DropEncrypted(state, late.List, late.Terms),
        StatementReady late => DropEncrypted(state, late.Statement),
        EvidencePublished late => DropEncrypted(state, late.Evidence),
        _ => Decided.None,   // of another opening or step, or of somebody who was not asked
    };

    /// <summary>A step's time is over: what is there counts.</summary>
    private static Decided RingOpening(RoundState state, string timer)
    {
        foreach (CeremonyStep step in new[] { CeremonyStep.Challenge, CeremonyStep.Evaluate, CeremonyStep.Ready, CeremonyStep.Share })
        {
            if (timer == StepTimer(state, step) && !AskedIn(state, step).IsEmpty)
                return Answer(new Effect.Work(new WorkItem.CountAnswers(state.Collection, step, OpeningOf(state).HashOf(state.Collection))));
        }

        return Decided.None;
    }

    private static Decided ConfirmEncrypted(RoundState state, StepAnswer answer)
    {
        Effect end = new Effect.EndDelivery($"{ConfirmId(state)}/{answer.Silo}");
        if (!state.Encryption.Readies.IsEmpty || state.Confirmations.Any(known => known.Silo == answer.Silo)) return Answer(end);
        if (answer.ConfirmationOf(CeremonyId.OfList(state.Collection, state.Contributions), state.Plan!.Roster.Length) is not { } confirmation)
            return Answer(new Effect.Refused($"'{answer.Silo}' confirms another list of contributors to {state.Collection}"));
        return DrawFirst(state, new ContributorsConfirmed(state.Collection, confirmation), end);
    }

    /// <summary>A doubt opens nothing: it takes its site out of the draw. With fewer than the threshold left nobody can open the sum, and nothing is waited for.</summary>
    private static Decided Doubt(RoundState state, StepAnswer answer, DateTimeOffset now)
    {
        IEnumerable<Effect> end = new[] { CeremonyStep.Challenge, CeremonyStep.Evaluate, CeremonyStep.Ready }.Select(Effect (step) => new Effect.EndDelivery($"{OpenId(state)}/{step}/{answer.Silo}"));
        if (!state.Encryption.Readies.IsEmpty || state.Encryption.Doubts.ContainsKey(answer.Silo)) return new([], [.. end]);
        SumDoubted doubted = new(state.Collection, answer.Silo, OpeningAnswer.ReasonOf(answer.Payload));
        RoundState next = Evolve(state, doubted);
        int able = next.Contributions.Count(m => next.Key!.Holders.Contains(m.Silo) && !next.Encryption.Doubts.ContainsKey(m.Silo)), threshold = state.Plan!.Ckks!.Threshold;
        if (able >= threshold) return new([doubted], [.. end]);
        Decided stop = Stop(next, $"the sum '{state.Sum.Name}' cannot be opened: {able} of its contributors are left to open it, and {threshold} are needed{DoubtsOf(next)}", now);
        return new([doubted, .. stop.Events], [.. end, .. stop.Effects]);
    }

    /// <summary>Who doubts a sum, and why, for people; empty where nobody does.</summary>
    private static string DoubtsOf(RoundState state) => string.Concat(state.Encryption.Doubts.Select(static pair => $"; '{pair.Key}' doubts it: {pair.Value}"));

    private static Decided StateSum(RoundState state, Digest statement) => DrawFirst(state, new SumStated(state.Collection, statement), null);

    /// <summary>Openers are drawn as soon as the sum is stated and enough have confirmed.</summary>
    private static Decided DrawFirst(RoundState state, RoundEvent happened, Effect? effect)
    {
        ImmutableArray<Effect> effects = effect is null ? [] : [effect];
        RoundState next = Evolve(state, happened);
        bool isTime = next.Encryption is { Statement: not null, Openers.IsEmpty: true } && next.Confirmations.Length >= ConfirmationsNeeded(next);
        if (!isTime || Draw(next, []) is not { } drawn) return new([happened], effects);
        return new([happened, drawn], [.. effects, .. ChallengeEffects(Evolve(next, drawn))]);
    }

    private static OpenersDrawn? Draw(RoundState state, ImmutableSortedSet<SiloId> absent)
    {
        Digest list = CeremonyId.OfList(state.Collection, state.Contributions);
        IEnumerable<SiloId> confirmed = state.Confirmations.Select(static known => known.Silo).Where(silo => state.Key!.Holders.Contains(silo) && !state.Encryption.Doubts.ContainsKey(silo));
        int threshold = state.Plan!.Ckks!.Threshold;
        if (OpenerDraw.Of(list, confirmed.Except(absent), threshold) is { } others) return new OpenersDrawn(state.Collection, others, absent);
        return OpenerDraw.Of(list, confirmed, threshold) is { } again ? new OpenersDrawn(state.Collection, again, []) : null;   // who was away may be back
    }

    /// <summary>Some have not answered in time. Contributors are gone on without; openers are replaced while no share has left; after that the sum needs another encryption.</summary>
    private static Decided Late(RoundState state, CeremonyStep step, ImmutableSortedSet<SiloId> missing)
    {
        switch (step)
        {
            case CeremonyStep.Evaluate:
                return Answer(new Effect.Work(PublishEvidence(state)));
            case CeremonyStep.Share:
                return state.Tries < state.Plan!.MaxAttempts ? Reprotect(state, missing) : Decided.None;   // asked on until the opening deadline
            default:
                if (!state.Encryption.Readies.IsEmpty || Draw(state, state.Encryption.Absent.Union(missing)) is not { } drawn) return Decided.None;
                return new([drawn], [.. EndOpening(state), .. ChallengeEffects(Evolve(state, drawn))]);
        }
    }

    private static Decided CloseChallenge(RoundState state, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces)
    {
        if (!state.Encryption.Openers.SetEquals(nonces.Keys)) return Decided.None;
        ChallengeClosed closed = new(state.Collection, nonces);
        return new([closed], [.. EndStep(state, CeremonyStep.Challenge), .. EvaluateEffects(Evolve(state, closed))]);
    }

    private static Decided Agree(RoundState state, ReadiesHeld held)
    {
        if (!state.Encryption.Openers.SetEquals(held.Readies.Select(static known => known.Silo))) return Decided.None;   // somebody has signed something else: its time runs out
        OpeningAgreed agreed = new(state.Collection, held.ReadyFor, held.Readies);
        return new([agreed], [.. EndOpening(state), new Effect.EndDelivery(ConfirmId(state)), .. ShareEffectsOf(Evolve(state, agreed))]);
    }

    private static Decided CloseEvidence(RoundState state, Digest evidence)
    {
        EvidenceClosed closed = new(state.Collection, evidence);
        return new([closed], [.. EndStep(state, CeremonyStep.Evaluate), .. VerifyEffects(Evolve(state, closed))]);
    }

    private static Effect GoOn(RoundState state, CeremonyStep step) => new Effect.Work(step switch
    {
        CeremonyStep.Evaluate => PublishEvidence(state),
        CeremonyStep.Share => Combine(state),
        _ => new WorkItem.GatherAnswers(state.Collection, step, OpeningOf(state).HashOf(state.Collection)),
    });

    /// <summary>What a sealed sum under a common key still needs, whatever was lost with a process.</summary>
    private static IEnumerable<Effect> OpenEncryptedEffects(RoundState state)
    {
        RoundEncryption known = state.Encryption;
        if (!known.Readies.IsEmpty) return ShareEffectsOf(state);
        IEnumerable<Effect> effects = known.Statement is null ? [.. ConfirmEffects(state), StateEffect(state)] : ConfirmEffects(state);
        if (known.Openers.IsEmpty) return effects;
        return [.. effects, .. known.Nonces.IsEmpty ? ChallengeEffects(state) : known.Evidence is null ? EvaluateEffects(state) : VerifyEffects(state)];
    }

    private static IEnumerable<Effect> ConfirmEffects(RoundState state) => state.Contributions
        .Where(m => state.Confirmations.All(known => known.Silo != m.Silo))
        .Select(Effect (m) => new Effect.Deliver(
            $"{ConfirmId(state)}/{m.Silo}", NodeAddress.Silo(m.Silo.Value), new ProtocolMessage.ConfirmContributors(state.Plan!.Job, state.Collection, state.Contributions)));

    private static IEnumerable<Effect> ChallengeEffects(RoundState state) =>
        Ask(state, CeremonyStep.Challenge, new ProtocolMessage.PrepareOpening(state.Plan!.Job, state.Collection, OpeningOf(state), state.Confirmations));

    private static IEnumerable<Effect> EvaluateEffects(RoundState state) => state.Plan!.Ckks!.Verification == SumCheckLevel.Full
        ? [new Effect.Work(PublishEvidence(state))]
        : Ask(state, CeremonyStep.Evaluate, new ProtocolMessage.EvaluateSum(state.Plan.Job, state.Collection, OpeningOf(state), state.Encryption.Nonces));

    private static IEnumerable<Effect> VerifyEffects(RoundState state) =>
        Ask(state, CeremonyStep.Ready, new ProtocolMessage.VerifyOpening(state.Plan!.Job, state.Collection, OpeningOf(state), state.Encryption.Evidence!.Value));

    private static IEnumerable<Effect> ShareEffectsOf(RoundState state) => Ask(
        state,
        CeremonyStep.Share,
        new ProtocolMessage.ReleaseOpening(state.Plan!.Job, state.Collection, OpeningOf(state), state.Encryption.Evidence!.Value, state.Encryption.ReadyFor, state.Encryption.Readies));

    /// <summary>Asks everybody whose answer a step needs, and gives them a part of the opening deadline.</summary>
    private static IEnumerable<Effect> Ask(RoundState state, CeremonyStep step, ProtocolMessage question) =>
    [
        .. AskedIn(state, step).Select(Effect (silo) => new Effect.Deliver($"{OpenId(state)}/{step}/{silo}", NodeAddress.Silo(silo.Value), question)),
        new Effect.StartTimer(StepTimer(state, step), state.Plan!.Timings.OpeningDeadline / OpeningParts),
    ];

    /// <summary>Whose answers a step needs where it is its turn; empty where it is not.</summary>
    private static ImmutableSortedSet<SiloId> AskedIn(RoundState state, CeremonyStep step) => (step, state.Encryption) switch
    {
        (CeremonyStep.Challenge, { Nonces.IsEmpty: true } known) => known.Openers,
        (CeremonyStep.Evaluate, { Nonces.IsEmpty: false, Evidence: null }) => [.. state.Contributions.Select(static m => m.Silo)],
        (CeremonyStep.Ready, { Evidence: not null, Readies.IsEmpty: true } known) => known.Openers,
        (CeremonyStep.Share, { Readies.IsEmpty: false } known) => known.Openers,
        _ => [],
    };

    private static bool IsOpen(RoundState state, CollectionId collection, Digest opening) =>
        collection == state.Collection && state.Encryption is { Statement: not null, Openers.IsEmpty: false } && OpeningOf(state).HashOf(collection) == opening;

    private static StatedOpening OpeningOf(RoundState state) =>
        new(state.Contributions, state.Encryption.List, state.Sealed, state.Encryption.Statement ?? default, state.Encryption.Openers);

    private static WorkItem.PublishEvidence PublishEvidence(RoundState state) =>
        new(state.Collection, OpeningOf(state).HashOf(state.Collection), state.Encryption.Nonces, [.. state.Contributions.Select(static m => m.Silo)]);

    private static WorkItem Combine(RoundState state) => new WorkItem.CombineShares(state.Collection, state.Broadcast, OpeningOf(state));

    private static Effect StateEffect(RoundState state) => new Effect.Work(new WorkItem.StateSum(state.Collection, state.Broadcast, state.Sealed));

    private static IEnumerable<Effect> EndStep(RoundState state, CeremonyStep step) => [new Effect.EndDelivery($"{OpenId(state)}/{step}"), new Effect.CancelTimer(StepTimer(state, step))];

    /// <summary>Nobody is asked any more about this opening.</summary>
    private static IEnumerable<Effect> EndOpening(RoundState state) =>
    [
        new Effect.EndDelivery(OpenId(state)),
        .. new[] { CeremonyStep.Challenge, CeremonyStep.Evaluate, CeremonyStep.Ready, CeremonyStep.Share }.Select(Effect (step) => new Effect.CancelTimer(StepTimer(state, step))),
    ];

    private static string OpenId(RoundState state) => $"opening/{state.Collection}";

    private static string StepTimer(RoundState state, CeremonyStep step) => $"opening-{step}/{state.Collection}";
}
