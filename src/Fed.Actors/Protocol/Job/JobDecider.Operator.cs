using System.Diagnostics;
using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Job.JobCommand;
using static Fed.Actors.Protocol.Job.JobEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Job.JobEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Job;

/// <content>
/// What operators ask: to pause, to go on, to end. A pause has effect between rounds, after the making of a key that is under way. A round whose sum is sealed is not broken off: shares that have left may
/// open this sum only, and so it is opened, or comes to nothing by its own deadline, before a cancelled job ends.
/// </content>
public sealed partial class JobDecider
{
    private const string CancelId = "cancel";

    private static Decided Obey(JobState state, JobCommand command, DateTimeOffset now) => command switch
    {
        _ when state.IsOver || state.Phase == JobPhase.Cancelling => Decided.None,   // too late, or again
        Cancel cancel => EndSoon(state, cancel.Request, now),
        Pause pause => state.Requests.Contains(pause.Request.Id) ? Decided.None : new([new JobPaused(pause.Request, now)], []),   // also where it pauses already: each request counts once, and is on record
        Resume resume => state.Requests.Contains(resume.Request.Id) ? Decided.None : GoOn(state, resume.Request, now),
        _ => throw new UnreachableException(command.GetType().Name),
    };

    private static Decided GoOn(JobState state, OperatorRequest request, DateTimeOffset now)
    {
        JobResumed resumed = new(request, now);
        if (state.Phase != JobPhase.Paused) return new([resumed], []);
        JobState after = Evolve(state, resumed);
        Decided next = Next(after, now, state.Asking);
        return new([resumed, .. next.Events], [.. ProposeEffects(after), .. next.Effects]);
    }

    private static Decided EndSoon(JobState state, OperatorRequest request, DateTimeOffset now)
    {
        if (state.Phase == JobPhase.Running)
        {
            CancelRequested requested = new(request, now);
            return new([requested], [new Effect.EndDelivery(RoundId(state.Round + 1)), .. EndProposals, AskEnd(Evolve(state, requested))]);
        }

        IEnumerable<Effect> ends = state.Ceremony is { } ceremony ? [new Effect.CancelTimer(StepTimer(ceremony)), new Effect.EndDelivery(KeyId), DropKeyBlobs([.. ceremony.Blobs])] : [];
        JobCancelled cancelled = new(request, now);
        return new([cancelled], [.. ends, .. EndJob(state), .. Leave(Evolve(state, cancelled))]);
    }

    /// <summary>The round under way has ended. Where it was committed it is on record, and where it was the job's last the job is completed: the request came too late.</summary>
    private static Decided EndCancelled(JobState state, RoundReported report, DateTimeOffset now)
    {
        JobCancelled cancelled = new(state.Cancel!, now);
        ImmutableArray<Effect> ends = [new Effect.EndDelivery(CancelId), .. EndJob(state)];
        if (!report.Outcome.Committed) return new([cancelled], ends);
        RoundRecorded recorded = new(report.Round, report.Outcome.State, report.Outcome.ModelSha256);
        return new([recorded, Completion(state, report, now) ?? (JobEvent)cancelled], ends);
    }

    private static Effect.Deliver AskEnd(JobState state) => new(CancelId, NodeAddress.Coordinator, new ProtocolMessage.CancelRound(state.Planned!.Plan.Job, state.Round + 1));

    private static JobPhase BetweenRounds(JobState state) => state.Pause is null ? JobPhase.Running : JobPhase.Paused;
}
