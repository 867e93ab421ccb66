using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using static Fed.Actors.Protocol.Job.JobCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a job.</summary>
internal static class JobCases
{
    private static readonly Digest PlanHash = Plan().ComputeHash();

    public static DeciderCases<JobDecider, JobState, JobCommand, JobEvent> All { get; } = new(
        [
            ("Empty", JobDecider.Initial),
            ("Proposed", Walk(Begin)),
            ("Proposed, one missing", Walk(Begin, Adopt, Yes(A), Yes(B))),
            ("Running", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C))),
            ("Completed", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Report, Report, Report)),
            ("Failed", Walk(Begin, No)),
        ],
        [
            ("", Begin),
            ("a yes", Yes(A)),
            ("another yes", Yes(B)),
            ("the last yes", Yes(C)),
            ("a no", No),
            ("to another plan", _ => new PlanAnswered(A, Hash("another plan"), null)),
            ("of a stranger", _ => new PlanAnswered(new SiloId("stranger"), PlanHash, null)),
            ("", Adopt),
            ("another plan", _ => new PlanAdopted(Hash("another plan"))),
            ("next, committed", Report),
            ("next, a stopping rule", s => new RoundReported(s.Round + 1, new RoundOutcome(true, Hash("state"), "model", "converged", null))),
            ("next, failed", s => new RoundReported(s.Round + 1, new RoundOutcome(false, s.State, null, null, "too few"))),
            ("the last one again", s => new RoundReported(s.Round, new RoundOutcome(true, s.State, "model", null, null))),
            ("plan deadline", _ => new TimerDue("plan-deadline")),
            ("unknown", _ => new TimerDue("unknown")),
            ("of a new leader", s => Adopt(s).SentBy(NextEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("of a leader of yesterday", s => Adopt(s).SentBy(LastEpoch(s.Leaders, NodeAddress.Coordinator))),
        ],
        ProtocolSerializers.Job);

    private static JobCommand Begin(JobState state) => new Submit(Plan(), Hash("state 0"), new byte[] { 1 }, new byte[] { 2 });

    private static Func<JobState, JobCommand> Yes(SiloId silo) => _ => new PlanAnswered(silo, PlanHash, null);

    private static JobCommand No(JobState state) => new PlanAnswered(B, PlanHash, "the grid is too fine");

    private static JobCommand Adopt(JobState state) => new PlanAdopted(PlanHash);

    private static JobCommand Report(JobState state) => new RoundReported(state.Round + 1, new RoundOutcome(true, Hash($"state {state.Round + 2}"), "model", null, null));

    private static JobState Walk(params Func<JobState, JobCommand>[] steps) => steps.Aggregate(
        JobDecider.Initial, (state, step) => When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, Start, step(state)).State);
}
