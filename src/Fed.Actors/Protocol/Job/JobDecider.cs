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
        state.Rejections >= RejectionsMax && state.Phase is JobPhase.Proposed or JobPhase.Keying or JobPhase.Running or JobPhase.Paused or JobPhase.Cancelling
            ? GiveUp(state, new JobFailed($"{state.Rejections} commands of the job could not be decided; the journal has them", now))
            : Answer(state, command, now);

    private static Decided GiveUp(JobState state, JobFailed failed) =>
        new([failed], [new Effect.EndDelivery(RoundId(state.Round + 1)), new Effect.EndDelivery(CancelId), new Effect.EndDelivery(KeyId), .. EndJob(state), .. Leave(Evolve(state, failed))]);

    private static Decided Answer(JobState state, JobCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        (JobPhase.Empty, Submit submit) => Plan(submit, now),
        (JobPhase.Empty, Queue queue) => state.Queued is null ? new([new JobQueued(queue.Request, now)], []) : Decided.None,
        (JobPhase.Empty, Cancel cancel) => new([new JobCancelled(cancel.Request, now)], []),   // it waited for its turn: whoever brings its submission again begins nothing
        (_, Submit or Queue) => Decided.None,
        (JobPhase.Empty, _) => Decided.None,
        _ when state.Planned is null => Decided.None,
        (_, PlanAnswered answer) => Answered(state, answer, now),
        (_, JobCommand.PlanAdopted adopted) => Adopted(state, adopted, now),
        (_, Pause or Resume or Cancel) => Obey(state, command, now),
        (JobPhase.Running or JobPhase.Paused, RoundReported report) when report.Round > state.Round => Record(state, report, now),   // further ahead where this log lost its tail
        (JobPhase.Cancelling, RoundReported report) when report.Round > state.Round => EndCancelled(state, report, now),
        (JobPhase.Proposed, TimerDue due) when due.Id == ApprovalTimer => Expire(state, now),
        (JobPhase.Keying, TimerDue due) => Overdue(state, due.Id),
        (JobPhase.Keying, KeyAnswered answered) => Held(state, answered),
        (JobPhase.Keying, KeyDeclined declined) => Held(state, declined, now),
        (JobPhase.Keying, KeyAnswersHeld held) => Count(state, held, now),
        (JobPhase.Keying, KeyMade made) => Establish(state, made, now),
        (JobPhase.Keying, KeyFailed failed) => Break(state, failed, now),
        (_, KeyStepPublished published) => Close(state, published),
        (JobPhase.Failed or JobPhase.Cancelled, RoundReported) when state.OwesEnd => new([], [new Effect.EndDelivery(CancelId)]),
        (_, RoundReported or TimerDue or KeyAnswered or KeyDeclined or KeyAnswersHeld or KeyMade or KeyFailed) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    /// <inheritdoc/>
    public static JobState Evolve(JobState state, JobEvent happened) => happened switch
    {
        JobPlanned e => state with { Phase = JobPhase.Proposed, Planned = e, State = e.InitialState },
        PlanApproved e => state with { Approved = state.Approved.Add(e.Silo) },
        JobEvent.PlanAdopted => state with { IsAdopted = true },
        JobStarted => state with { Phase = BetweenRounds(state) },
        KeyCeremonyStarted e => state with { Phase = JobPhase.Keying, KeyEpoch = e.Epoch, Ceremony = new KeyCeremony(e.Epoch, e.Asked), Rekeyed = state.Rekeyed.Union(e.Restored ?? []) },
        KeyStepClosed e => state with { Ceremony = state.Ceremony!.After(e.Step, e.Holders, e.Given) },
        KeyEstablished e => state with { Phase = BetweenRounds(state), Ceremony = null, Key = e.Key, KeyServesTo = e.LastRound, KeyFailures = 0, Complainers = [] },
        KeyCeremonyFailed e => state with
        {
            Ceremony = null,
            KeyFailures = state.KeyFailures + 1,
            Complainers = e.Complainer is { } complainer ? state.Complainers.Add(complainer) : state.Complainers,
        },
        JobQueued e => state with { Queued = e, Requests = state.Requests.Add(e.Request.Id) },
        CommandRejected => state with { Rejections = state.Rejections + 1 },
        RoundRecorded e => state with { Phase = state.Phase == JobPhase.Cancelling ? state.Phase : BetweenRounds(state), Round = e.Round, State = e.State, ModelSha256 = e.ModelSha256, Asking = e.Restored ?? [] },
        JobPaused e => state with { Pause = e, Requests = state.Requests.Add(e.Request.Id) },
        JobResumed e => state with { Phase = state.Phase == JobPhase.Paused ? JobPhase.Running : state.Phase, Pause = null, Asking = [], Requests = state.Requests.Add(e.Request.Id) },
        CancelRequested e => state with { Phase = JobPhase.Cancelling, Cancel = e.Request, Requests = state.Requests.Add(e.Request.Id) },
        JobCancelled e => state with { Phase = JobPhase.Cancelled, OwesEnd = OwesEnd(state), Ceremony = null, Cancel = e.Request, Requests = state.Requests.Add(e.Request.Id), Reason = $"cancelled by {e.Request}" },
        JobCompleted e => state with { Phase = JobPhase.Completed, Reason = e.Reason },
        JobFailed e => state with { Phase = JobPhase.Failed, OwesEnd = OwesEnd(state), Ceremony = null, Reason = e.Reason },
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
        JobPhase.Cancelling => [AskEnd(state)],
        JobPhase.Failed or JobPhase.Cancelled => [.. Leave(state)],
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
        if (state.IsOver || state.Approved.Contains(answer.Silo)) return new([], [end]);
        if (answer.Refusal is { } refusal)
        {
            return state.Phase == JobPhase.Proposed
                ? new([new JobFailed($"site '{answer.Silo}' refused the plan: {refusal}", now)], [end, .. EndJob(state)])
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
        if (state.IsOver || state.IsAdopted) return new([], [end]);
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
        return new([new JobFailed(reason, now)], [.. EndJob(state)]);
    }

    private static Decided Record(JobState state, RoundReported report, DateTimeOffset now)
    {
        Effect end = new Effect.EndDelivery(RoundId(state.Round + 1));
        RoundOutcome outcome = report.Outcome;
        if (!outcome.Committed) return new([new JobFailed($"round {report.Round}: {outcome.Failure}", now)], [end, .. EndJob(state)]);
        RoundRecorded recorded = new(report.Round, outcome.State, outcome.ModelSha256);
        if (Completion(state, report, now) is { } completed) return new([recorded, completed], [end, .. EndJob(state)]);
        if (state.Pause is not null && !outcome.Restored.IsEmpty) recorded = recorded with { Restored = outcome.Restored };
        Decided next = Next(Evolve(state, recorded), now, outcome.Restored);
        return new([recorded, .. next.Events], [end, .. next.Effects]);
    }

    /// <summary>The job's end where a committed round is its last; null where another one follows.</summary>
    private static JobCompleted? Completion(JobState state, RoundReported report, DateTimeOffset now) => report.Round >= state.Planned!.Plan.Rounds || report.Outcome.Stop is not null
        ? new JobCompleted(report.Round, report.Outcome.Stop ?? JobState.AllRounds, report.Outcome.ModelSha256, now)
        : null;

    private static IEnumerable<Effect> ProposeEffects(JobState state)
    {
        JobPlanned planned = state.Planned!;
        ProtocolMessage.ProposePlan message = new(planned.Plan, planned.Hash, planned.Signature, planned.PublicKey);
        if (!state.IsAdopted) yield return new Effect.Deliver(ProposeId(NodeAddress.Coordinator.Value), NodeAddress.Coordinator, message);
        foreach (SiloId silo in planned.Plan.Silos.Where(silo => !state.Approved.Contains(silo)))
            yield return new Effect.Deliver(ProposeId(silo.Value), NodeAddress.Silo(silo.Value), message);
    }

    /// <summary>The job is over, which is the last event of its log: nothing is asked any more, and sites free what they hold for it. Said once; a site that says later that it still has the job is told again.</summary>
    private static IEnumerable<Effect> EndJob(JobState state) =>
    [
        .. EndProposals,
        .. state.Planned!.Plan.Silos.Select(silo => new Effect.Send(NodeAddress.Silo(silo.Value), new ProtocolMessage.EndJob(state.Planned.Plan.Job))),
        .. state.Key is null ? Array.Empty<Effect>() : [DropKeyBlobs(PublicKeys(state))],
    ];

    /// <summary>True where a job that ends now has committed rounds and none under way: nobody else tells the coordinator, who has their models for the sites.</summary>
    private static bool OwesEnd(JobState state) => state.Round > 0 && state.Phase is JobPhase.Keying or JobPhase.Paused;

    /// <summary>Tells the coordinator until it answers.</summary>
    private static IEnumerable<Effect> Leave(JobState state) => state.OwesEnd ? [AskEnd(state)] : [];

    private static ImmutableArray<Effect> EndProposals { get; } = [new Effect.CancelTimer(ApprovalTimer), new Effect.EndDelivery("propose")];

    private static Effect.Deliver AskRound(JobState state) =>
        new(RoundId(state.Round + 1), NodeAddress.Coordinator, new ProtocolMessage.StartRound(state.Planned!.Plan.Job, state.Round + 1, state.State, state.Key));

    private static string ProposeId(string peer) => $"propose/{peer}";

    private static string RoundId(int round) => $"round/{round}";
}
