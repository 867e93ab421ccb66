using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using static Fed.Actors.Protocol.Job.JobCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a job.</summary>
internal static class JobCases
{
    private static readonly JobPlan ThePlan = Plan(), TheCkksPlan = KeyPlan();
    private static readonly ImmutableSortedSet<SiloId> Four = [A, B, C, D];

    /// <summary>Plans without a key.</summary>
    public static DeciderCases<JobDecider, JobState, JobCommand, JobEvent> All { get; } = new(
        [
            ("Empty", JobDecider.Initial),
            ("Empty, queued", Walk(Queue)),
            ("Cancelled, queued", Walk(Queue, Cancel)),
            ("Proposed", Walk(Begin)),
            ("Proposed, one missing", Walk(Begin, Adopt, Yes(A), Yes(B))),
            ("Running", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C))),
            ("Running, to pause", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Pause)),
            ("Paused", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Report, Pause, Report)),
            ("Paused, not begun", Walk(Begin, Pause, Adopt, Yes(A), Yes(B), Yes(C))),
            ("Cancelling", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Cancel)),
            ("Cancelled", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Cancel, Report)),
            ("Cancelled, paused", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Report, Pause, Report, Cancel)),
            ("Completed", Walk(Begin, Adopt, Yes(A), Yes(B), Yes(C), Report, Report, Report)),
            ("Failed", Walk(Begin, No)),
        ],
        [.. Commands, .. KeyCommands],
        ProtocolSerializers.Job);

    /// <summary>Plans whose sites hold a key together.</summary>
    public static DeciderCases<JobDecider, JobState, JobCommand, JobEvent> KeyMaking { get; } = new(
        [
            ("Keying, enter", Keyed(KeyStep.Enter)),
            ("Keying, reveal", Keyed(KeyStep.RevealShare)),
            ("Keying, deal", Keyed(KeyStep.Deal)),
            ("Keying, accept", Keyed(KeyStep.Accept)),
            ("Keying, again", Walk(BeginCkks, s => new PlanAdopted(HashOf(s)), Yes(A), Yes(B), Yes(C), Yes(D), Closed, Closed, s => new KeyDeclined(s.KeyEpoch, KeyStep.RevealSeed, A, B))),
            ("Running", Walk(Keyed(KeyStep.Accept), Made)),
            ("Running, key used up", Walk(Keyed(KeyStep.Accept), Made, Report)),
            ("Keying, to pause", Walk(Keyed(KeyStep.Accept), Pause)),
            ("Paused, key used up", Walk(Keyed(KeyStep.Accept), Made, Pause, Report)),
            ("Failed, no key", Walk(Keyed(KeyStep.Accept) with { Round = 1 }, s => new KeyFailed(s.KeyEpoch, "two keys", A), NobodyEnters, NobodyEnters, NobodyEnters)),
        ],
        [.. Commands, .. KeyCommands],
        ProtocolSerializers.Job);

    private static (string Variant, Func<JobState, JobCommand> Fit)[] KeyCommands =>
        [
            ("", s => new KeyAnswered(AnswerOf(s, A))),
            ("from other answers", s => new KeyAnswered(AnswerOf(s, A) with { Given = Hash("others") })),
            ("of a stranger", s => new KeyAnswered(AnswerOf(s, new SiloId("stranger")))),
            ("of an older epoch", s => new KeyAnswered(AnswerOf(s, A) with { Epoch = 0 })),
            ("", s => new KeyDeclined(s.KeyEpoch, StepOf(s), B, null)),
            ("of another's doing", s => new KeyDeclined(s.KeyEpoch, StepOf(s), A, B)),
            ("an older step", s => new KeyDeclined(s.KeyEpoch, StepOf(s) - 1, B, null)),
            ("some", s => new KeyAnswersHeld(s.KeyEpoch, StepOf(s), [A, B], [], false)),
            ("all", s => new KeyAnswersHeld(s.KeyEpoch, StepOf(s), Four, [], false)),
            ("all but who declined", s => new KeyAnswersHeld(s.KeyEpoch, StepOf(s), [A, B, C], [D], false)),
            ("three at the deadline", s => new KeyAnswersHeld(s.KeyEpoch, StepOf(s), [A, B, C], [], true)),
            ("two at the deadline", s => new KeyAnswersHeld(s.KeyEpoch, StepOf(s), [A, B], [], true)),
            ("", Closed),
            ("an older step", s => new KeyStepPublished(s.KeyEpoch, StepOf(s) - 1, Four, GivenFor(StepOf(s) - 1))),
            ("", Made),
            ("", s => new KeyFailed(s.KeyEpoch, "two keys", null)),
            ("by a site", s => new KeyFailed(s.KeyEpoch, "two keys", D)),
            ("a step's deadline", s => new TimerDue($"key-deadline/{s.KeyEpoch}/{StepOf(s)}")),
        ];

    private static (string Variant, Func<JobState, JobCommand> Fit)[] Commands =>
        [
            ("", Begin),
            ("a yes", Yes(A)),
            ("another yes", Yes(B)),
            ("the last yes", Yes(C)),
            ("a no", No),
            ("to another plan", _ => new PlanAnswered(A, Hash("another plan"), null)),
            ("of a stranger", s => new PlanAnswered(new SiloId("stranger"), HashOf(s), null)),
            ("", Adopt),
            ("another plan", _ => new PlanAdopted(Hash("another plan"))),
            ("next, committed", Report),
            ("next, a stopping rule", s => new RoundReported(s.Round + 1, new RoundOutcome(true, Hash("state"), "model", "converged", null))),
            ("next, failed", s => new RoundReported(s.Round + 1, new RoundOutcome(false, s.State, null, null, "too few"))),
            ("the last one again", s => new RoundReported(s.Round, new RoundOutcome(true, s.State, "model", null, null))),
            ("plan deadline", _ => new TimerDue("plan-deadline")),
            ("unknown", _ => new TimerDue("unknown")),
            ("", Queue),
            ("", Pause),
            ("on record", s => new Pause(Asked(s.Requests.FirstOrDefault("none")))),
            ("", Resume),
            ("on record", s => new Resume(Asked(s.Requests.FirstOrDefault("none")))),
            ("", Cancel),
            ("of a new leader", s => Adopt(s).SentBy(NextEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("of a leader of yesterday", s => Adopt(s).SentBy(LastEpoch(s.Leaders, NodeAddress.Coordinator))),
        ];

    private static Digest HashOf(JobState state) => state.Planned?.Hash ?? ThePlan.ComputeHash();

    private static KeyStep StepOf(JobState state) => state.Ceremony?.Step ?? KeyStep.Accept;

    private static KeyAnswer AnswerOf(JobState state, SiloId silo) =>
        new(silo, Job, state.KeyEpoch, StepOf(state), HashOf(state), state.Ceremony?.GivenTo(silo) ?? default, Hash("answer"), new byte[] { 1 });

    private static ImmutableSortedDictionary<SiloId, Digest> GivenFor(KeyStep step) => Four.ToImmutableSortedDictionary(static silo => silo, silo => Hash(step == KeyStep.Deal ? $"deals for {silo}" : $"answers of {step}"));

    private static JobCommand Closed(JobState state) => new KeyStepPublished(state.KeyEpoch, StepOf(state), Four, GivenFor(StepOf(state)));

    private static JobCommand Made(JobState state) => new KeyMade(new CollectiveKey(state.KeyEpoch, Hash("key"), Hash("public key"), Four));

    private static JobCommand NobodyEnters(JobState state) => new KeyAnswersHeld(state.KeyEpoch, KeyStep.Enter, [], [], true);

    private static JobCommand BeginCkks(JobState state) => new Submit(TheCkksPlan, Hash("state 0"), new byte[] { 1 }, new byte[] { 2 });

    /// <summary>A job whose first ceremony asks for a step.</summary>
    private static JobState Keyed(KeyStep step)
    {
        JobState state = Walk(BeginCkks, s => new PlanAdopted(HashOf(s)), Yes(A), Yes(B), Yes(C), Yes(D));
        while (state.Ceremony!.Step < step) state = When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, Start, Closed(state)).State;
        return state;
    }

    private static JobCommand Begin(JobState state) => new Submit(Plan(), Hash("state 0"), new byte[] { 1 }, new byte[] { 2 });

    private static Func<JobState, JobCommand> Yes(SiloId silo) => s => new PlanAnswered(silo, HashOf(s), null);

    private static JobCommand No(JobState state) => new PlanAnswered(B, HashOf(state), "the grid is too fine");

    private static JobCommand Adopt(JobState state) => new PlanAdopted(HashOf(state));

    private static JobCommand Queue(JobState state) => new Queue(Asked("submit"));

    private static JobCommand Pause(JobState state) => new Pause(Asked($"pause-{state.Requests.Count}"));

    private static JobCommand Resume(JobState state) => new Resume(Asked($"resume-{state.Requests.Count}"));

    private static JobCommand Cancel(JobState state) => new Cancel(Asked($"cancel-{state.Requests.Count}"));

    private static OperatorRequest Asked(string id) => new(id, "coordinator-1", "the vote is due");

    private static JobCommand Report(JobState state) => new RoundReported(state.Round + 1, new RoundOutcome(true, Hash($"state {state.Round + 2}"), "model", null, null));

    private static JobState Walk(params Func<JobState, JobCommand>[] steps) => Walk(JobDecider.Initial, steps);

    private static JobState Walk(JobState from, params Func<JobState, JobCommand>[] steps) => steps.Aggregate(
        from, (state, step) => When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, Start, step(state)).State);
}
