using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using static Fed.Actors.Protocol.Round.RoundPhase;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// Drawing a job's sparse graph, before its first round: nonces are committed to, the list of commitments is closed and journaled, and then they are shown. Who committed and does not show its nonce
/// ends the job: whoever may break this off, and have it begun again, would choose among graphs.
/// </content>
public sealed partial class RoundDecider
{
    private const string CommitId = "commit-nonce", ShowId = "show-nonce", DrawTimer = "nonce-commitments-deadline", ShowTimer = "nonces-deadline";

    private static Decided DrawGraph(RoundState state, RoundCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        (Drawing, StepAnswered { Answer: { Step: CeremonyStep.CommitNonce } answer }) when IsOfGraph(state, answer, default) && state.Plan!.Silos.Contains(answer.Silo) => Hold(answer, $"{CommitId}/{answer.Silo}"),
        (Showing, StepAnswered { Answer: { Step: CeremonyStep.ShowNonce } answer }) when IsOfGraph(state, answer, state.Commitments) && state.Committers.Contains(answer.Silo) => Hold(answer, $"{ShowId}/{answer.Silo}"),
        (Drawing, AnswersHeld { Step: CeremonyStep.CommitNonce } held) when held.Held.Count >= state.Plan!.Roster.Length => PublishNonceCommitments(),
        (Showing, AnswersHeld { Step: CeremonyStep.ShowNonce } held) when held.Held.Count >= state.Committers.Count => Answer(new Effect.Work(new WorkItem.PublishNonces(state.Commitments))),
        (Drawing, TimerDue { Id: DrawTimer }) => PublishNonceCommitments(),
        (Showing, TimerDue { Id: ShowTimer }) => FailGraph(state, $"not all of the {state.Committers.Count} sites that committed to a nonce for the job's graph have shown it; submit the job again, which draws another", now),
        (Drawing, NonceCommitmentsPublished published) => CloseCommitments(state, published, now),
        (Showing, NoncesPublished published) => Draw(state, published),
        (Showing, GraphFailed failed) => FailGraph(state, failed.Reason, now),
        (_, NonceCommitmentsPublished late) => late.Commitments == state.Commitments ? Decided.None : Answer(new Effect.Work(new WorkItem.DropPublished([late.Commitments]))),
        (_, NoncesPublished or GraphFailed or StepAnswered or AnswersHeld or TimerDue) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    private static bool IsOfGraph(RoundCommand command) => command is NonceCommitmentsPublished or NoncesPublished or GraphFailed
        || (command is StepAnswered answered && answered.Answer.Collection == GraphCeremony.Id)
        || (command is AnswersHeld held && held.Collection == GraphCeremony.Id)
        || command is TimerDue { Id: DrawTimer or ShowTimer };

    private static bool IsOfGraph(RoundState state, StepAnswer answer, Digest based) => answer.Plan == state.PlanHash && answer.Base == based;

    private static Decided PublishNonceCommitments() => Answer(new Effect.Work(new WorkItem.PublishNonceCommitments()));

    private static Decided CloseCommitments(RoundState state, NonceCommitmentsPublished published, DateTimeOffset now)
    {
        int needed = GraphCeremony.Needed(state.Plan!);
        if (published.Members.Count < needed)
            return FailGraph(state, $"{published.Members.Count} sites committed to nonces for the job's graph, and {needed} are needed", now, published.Commitments);
        NoncesCommitted closed = new(published.Members, published.Commitments);
        return new([closed], [new Effect.EndDelivery(CommitId), new Effect.CancelTimer(DrawTimer), .. ShowEffects(Evolve(state, closed))]);
    }

    private static Decided Draw(RoundState state, NoncesPublished published)
    {
        GraphDrawn drawn = new(published.Nonces, published.Seed);
        Decided attempt = StartAttempt(Evolve(state, drawn), 1);
        return new(
            [drawn, .. attempt.Events],
            [
                new Effect.EndDelivery(ShowId),
                new Effect.CancelTimer(ShowTimer),
                new Effect.Work(new WorkItem.DropCeremony(GraphCeremony.Id, [])),
                .. attempt.Effects,
            ]);
    }

    /// <summary>No round ever begins.</summary>
    private static Decided FailGraph(RoundState state, string reason, DateTimeOffset now, params ImmutableArray<Digest> unused)
    {
        RoundFailed failed = new(state.Round, reason, now);
        return new(
            [failed],
            [
                new Effect.EndDelivery(CommitId),
                new Effect.EndDelivery(ShowId),
                new Effect.CancelTimer(DrawTimer),
                new Effect.CancelTimer(ShowTimer),
                new Effect.Work(new WorkItem.DropCeremony(GraphCeremony.Id, unused)),
                .. EndAndCloseEffects(Evolve(state, failed)),
            ]);
    }

    private static IEnumerable<Effect> DrawEffects(RoundState state)
    {
        foreach (SiloId silo in state.Plan!.Silos)
            yield return new Effect.Deliver($"{CommitId}/{silo}", NodeAddress.Silo(silo.Value), new ProtocolMessage.CommitNonce(state.Plan.Job, state.PlanHash));
        yield return new Effect.StartTimer(DrawTimer, state.Plan.Timings.RoundDeadline);
    }

    private static IEnumerable<Effect> ShowEffects(RoundState state)
    {
        foreach (SiloId silo in state.Committers)
            yield return new Effect.Deliver($"{ShowId}/{silo}", NodeAddress.Silo(silo.Value), new ProtocolMessage.ShowNonce(state.Plan!.Job, state.Commitments));
        yield return new Effect.StartTimer(ShowTimer, state.Plan!.Timings.RoundDeadline);
    }
}
