using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Key;
using static Fed.Actors.Protocol.Job.JobCommand;
using static Fed.Actors.Protocol.Job.JobEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Job.JobEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Job;

/// <summary>
/// A job: has its plan approved, then asks the coordinator for one round after another until a stopping rule, the last round or a failure ends it.
/// What is committed it learns from the coordinator, never the other way round. See docs/protocol.md.
/// </summary>
public sealed partial class JobDecider : IDecider<JobState, JobCommand, JobEvent, Effect>
{
    private const string ApprovalTimer = "plan-deadline";

    /// <summary>Commands that may fail to be decided; with as many the job fails, not the node.</summary>
    public const int RejectionsMax = 3;

    private JobDecider()
    {
    }

    /// <inheritdoc/>
    public static JobState Initial { get; } = new();

    /// <inheritdoc/>
    public static ImmutableArray<JobEvent> Rejected(JobState state, JobCommand command, string reason, DateTimeOffset now) =>
        state.Rejections < RejectionsMax ? [new CommandRejected(command.GetType().Name, reason, now)] : [];

    /// <inheritdoc/>
    public static Decided Decide(JobState state, JobCommand command, DateTimeOffset now)
    {
        if (state.Leaders.Refusal(command.From) is { } stale) return new([], [new Effect.Refused(stale)]);
        return state.Leaders.IsNews(command.From) && command.From is { } leader
            ? PeerEpochs.After(new LeaderSeen(leader.Address.Value, leader.Epoch), Judge(state, command, now))
            : Judge(state, command, now);
    }

    /// <inheritdoc/>
    public static ImmutableArray<JobEvent> Lead(JobState state, Term term, DateTimeOffset now) => [new LeadershipTaken(term.Epoch, term.Holder, now)];

    private static Decided Judge(JobState state, JobCommand command, DateTimeOffset now) =>
        state.Rejections >= RejectionsMax && state.Phase is JobPhase.Proposed or JobPhase.Keying or JobPhase.Running
            ? new([new JobFailed($"{state.Rejections} commands of the job could not be decided; the journal has them", now)], [new Effect.EndDelivery(RoundId(state.Round + 1)), new Effect.EndDelivery(KeyId), .. EndProposals, .. EndKeys(state)])
            : Answer(state, command, now);

    private static Decided Answer(JobState state, JobCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        (JobPhase.Empty, Submit submit) => Plan(submit, now),
        (_, Submit) => Decided.None,
        (JobPhase.Empty, _) => Decided.None,
        (_, PlanAnswered answer) => Answered(state, answer, now),
        (_, JobCommand.PlanAdopted adopted) => Adopted(state, adopted, now),
        (JobPhase.Running, RoundReported report) when report.Round > state.Round => Record(state, report, now),   // further ahead where this log lost its tail
        (JobPhase.Proposed, TimerDue due) when due.Id == ApprovalTimer => Expire(state, now),
        (JobPhase.Keying, TimerDue due) => Overdue(state, due.Id),
        (JobPhase.Keying, KeyAnswered answered) => Held(state, answered),
        (JobPhase.Keying, KeyDeclined declined) => Held(state, declined, now),
        (JobPhase.Keying, KeyAnswersHeld held) => Count(state, held, now),
        (JobPhase.Keying, KeyMade made) => Establish(state, made, now),
        (JobPhase.Keying, KeyFailed failed) => Break(state, failed, now),
        (_, KeyStepPublished published) => Close(state, published),
        (_, RoundReported or TimerDue or KeyAnswered or KeyDeclined or KeyAnswersHeld or KeyMade or KeyFailed) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    /// <inheritdoc/>
    public static JobState Evolve(JobState state, JobEvent happened) => happened switch
    {
        JobPlanned e => state with { Phase = JobPhase.Proposed, Planned = e, State = e.InitialState },
        PlanApproved e => state with { Approved = state.Approved.Add(e.Silo) },
        JobEvent.PlanAdopted => state with { IsAdopted = true },
        JobStarted => state with { Phase = JobPhase.Running },
        KeyCeremonyStarted e => state with { Phase = JobPhase.Keying, KeyEpoch = e.Epoch, Ceremony = new KeyCeremony(e.Epoch, e.Asked), Rekeyed = state.Rekeyed.Union(e.Restored ?? []) },
        KeyStepClosed e => state with { Ceremony = state.Ceremony!.After(e.Step, e.Holders, e.Given) },
        KeyEstablished e => state with { Phase = JobPhase.Running, Ceremony = null, Key = e.Key, KeyServesTo = e.LastRound, KeyFailures = 0, Complainers = [] },
        KeyCeremonyFailed e => state with
        {
            Ceremony = null,
            KeyFailures = state.KeyFailures + 1,
            Complainers = e.Complainer is { } complainer ? state.Complainers.Add(complainer) : state.Complainers,
        },
        CommandRejected => state with { Rejections = state.Rejections + 1 },
        RoundRecorded e => state with { Round = e.Round, State = e.State, ModelSha256 = e.ModelSha256 },
        JobCompleted e => state with { Phase = JobPhase.Completed, Reason = e.Reason },
        JobFailed e => state with { Phase = JobPhase.Failed, Reason = e.Reason },
        LeadershipTaken => state,
        LeaderSeen e => state with { Leaders = state.Leaders.SetItem(e.Peer, e.Epoch) },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <inheritdoc/>
    /// <remarks>An outage is not the sites' delay: they get their whole time for approval again.</remarks>
    public static ImmutableArray<Effect> Outstanding(JobState state, DateTimeOffset now) => state.Phase switch
    {
        JobPhase.Proposed => [.. ProposeEffects(state), new Effect.StartTimer(ApprovalTimer, state.Planned!.Plan.Timings.PlanDeadline)],
        JobPhase.Keying => [.. ProposeEffects(state), .. state.Ceremony is null ? Next(state, now).Effects : KeyEffects(state)],
        JobPhase.Running => [.. ProposeEffects(state), AskRound(state)],   // a site that was away still gets the plan
        _ => [],
    };

    private static Decided Plan(Submit submit, DateTimeOffset now)
    {
        JobPlan plan = submit.Plan;
        JobPlanned planned = new(plan, plan.ComputeHash(), submit.InitialState, submit.Signature, submit.PublicKey, now, now + plan.Timings.PlanDeadline);
        return new([planned], Outstanding(Evolve(Initial, planned), now));
    }

    private static Decided Answered(JobState state, PlanAnswered answer, DateTimeOffset now)
    {
        JobPlanned planned = state.Planned!;
        if (answer.Hash != planned.Hash || !planned.Plan.Silos.Contains(answer.Silo)) return new([], [new Effect.Refused($"an answer of '{answer.Silo}' to another plan")]);
        Effect end = new Effect.EndDelivery(ProposeId(answer.Silo.Value));
        if (IsOver(state) || state.Approved.Contains(answer.Silo)) return new([], [end]);
        if (answer.Refusal is { } refusal)
        {
            return state.Phase == JobPhase.Proposed
                ? new([new JobFailed($"site '{answer.Silo}' refused the plan: {refusal}", now)], [end, .. EndProposals])
                : new([], [end, new Effect.Refused($"site '{answer.Silo}' refused the plan: {refusal}")]);
        }

        PlanApproved approved = new(answer.Silo);
        Decided start = StartIfReady(Evolve(state, approved), now);
        return new([approved, .. start.Events], [end, .. start.Effects]);
    }

    private static Decided Adopted(JobState state, JobCommand.PlanAdopted adopted, DateTimeOffset now)
    {
        if (adopted.Hash != state.Planned!.Hash) return new([], [new Effect.Refused("the coordinator adopted another plan")]);
        Effect end = new Effect.EndDelivery(ProposeId(NodeAddress.Coordinator.Value));
        if (IsOver(state) || state.IsAdopted) return new([], [end]);
        Decided start = StartIfReady(Evolve(state, new JobEvent.PlanAdopted()), now);
        return new([new JobEvent.PlanAdopted(), .. start.Events], [end, .. start.Effects]);
    }

    private static Decided StartIfReady(JobState state, DateTimeOffset now) =>
        state is { Phase: JobPhase.Proposed, IsAdopted: true } && state.Approved.Count == state.Planned!.Plan.Roster.Length ? Start(state, now) : new([], []);

    private static Decided Start(JobState state, DateTimeOffset now)
    {
        JobStarted started = new(now);
        Decided next = Next(Evolve(state, started), now);
        return new([started, .. next.Events], [new Effect.CancelTimer(ApprovalTimer), .. next.Effects]);
    }

    private static Decided Expire(JobState state, DateTimeOffset now)
    {
        JobPlan plan = state.Planned!.Plan;
        int needed = plan.Participation.Quorum(plan.Roster.Length);
        if (state.IsAdopted && state.Approved.Count >= needed) return Start(state, now);
        string reason = state.IsAdopted
            ? $"{state.Approved.Count} of {needed} sites approved the plan by its deadline"
            : "the coordinator did not take up the plan by its deadline";
        return new([new JobFailed(reason, now)], [.. EndProposals]);
    }

    private static Decided Record(JobState state, RoundReported report, DateTimeOffset now)
    {
        Effect end = new Effect.EndDelivery(RoundId(state.Round + 1));
        RoundOutcome outcome = report.Outcome;
        if (!outcome.Committed) return new([new JobFailed($"round {report.Round}: {outcome.Failure}", now)], [end, .. EndProposals, .. EndKeys(state)]);
        RoundRecorded recorded = new(report.Round, outcome.State, outcome.ModelSha256);
        bool isLast = report.Round >= state.Planned!.Plan.Rounds;
        if (!isLast && outcome.Stop is null)
        {
            Decided next = Next(Evolve(state, recorded), now, outcome.Restored);
            return new([recorded, .. next.Events], [end, .. next.Effects]);
        }

        JobCompleted completed = new(report.Round, outcome.Stop ?? JobState.AllRounds, outcome.ModelSha256, now);
        return new([recorded, completed], [end, .. EndProposals, .. EndKeys(state)]);
    }

    /// <summary>The end of a job is the last event of its log.</summary>
    private static bool IsOver(JobState state) => state.Phase is JobPhase.Completed or JobPhase.Failed;

    private static IEnumerable<Effect> ProposeEffects(JobState state)
    {
        JobPlanned planned = state.Planned!;
        ProtocolMessage.ProposePlan message = new(planned.Plan, planned.Hash, planned.Signature, planned.PublicKey);
        if (!state.IsAdopted) yield return new Effect.Deliver(ProposeId(NodeAddress.Coordinator.Value), NodeAddress.Coordinator, message);
        foreach (SiloId silo in planned.Plan.Silos.Where(silo => !state.Approved.Contains(silo)))
            yield return new Effect.Deliver(ProposeId(silo.Value), NodeAddress.Silo(silo.Value), message);
    }

    private static ImmutableArray<Effect> EndProposals { get; } = [new Effect.CancelTimer(ApprovalTimer), new Effect.EndDelivery("propose")];

    private static Effect.Deliver AskRound(JobState state) =>
        new(RoundId(state.Round + 1), NodeAddress.Coordinator, new ProtocolMessage.StartRound(state.Planned!.Plan.Job, state.Round + 1, state.State, state.Key));

    private static string ProposeId(string peer) => $"propose/{peer}";

    private static string RoundId(int round) => $"round/{round}";
}
