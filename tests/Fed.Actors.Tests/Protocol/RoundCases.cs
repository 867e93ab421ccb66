using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a coordinator.</summary>
internal static class RoundCases
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly Digest PlanHash = ThePlan.ComputeHash();

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
        ],
        [
            ("the plan", Adopt),
            ("another plan", _ => new AdoptPlan(Plan(rounds: 9))),
            ("next", StartNext),
            ("this one again", s => new StartRound(s.Round, s.RoundBase)),
            ("this one, another state", s => new StartRound(s.Round, Hash("forged"))),
            ("the one after next", s => new StartRound(s.Round + 2, s.Base)),
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
            ("", s => new RoundReleased(s.Round)),
            ("of a new leader", s => SealAll(s).SentBy(NextEpoch(s.Leaders, NodeAddress.Aggregator))),
            ("of a leader of yesterday", s => SealAll(s).SentBy(LastEpoch(s.Leaders, NodeAddress.Aggregator))),
        ],
        ProtocolSerializers.Round);

    private static RoundCommand Adopt(RoundState state) => new AdoptPlan(ThePlan);

    private static RoundCommand StartNext(RoundState state) => new StartRound(state.Round + 1, state.Base);

    private static RoundCommand Ready(RoundState state) => new BroadcastReady(state.Collection, Hash("broadcast"));

    private static RoundCommand SealAll(RoundState state) => new CollectionSealed(state.Collection, Manifests(state, A, B, C), Hash("sum"));

    private static RoundCommand FailAttempt(RoundState state) => new CollectionFailed(state.Collection, "1 of 3 updates at the deadline");

    private static RoundCommand Retry(RoundState state) => new TimerDue($"retry/{state.Collection}");

    private static RoundCommand Open(RoundState state) => new OpeningFinished(state.Collection, Hash("opened"));

    private static RoundCommand Step(RoundState state) => new StepFinished(state.Collection, Summary(state));

    private static RoundCommand Give(RoundState state) => new WorkFailed(state.Collection, "opening inconsistent");

    private static StepSummary Summary(RoundState state) =>
        new(Hash($"after {state.Collection}"), "model", ImmutableSortedDictionary<string, double>.Empty.Add("loss", 0.5), null);

    private static ImmutableArray<Actors.Protocol.Aggregation.UpdateManifest> Manifests(RoundState state, params SiloId[] silos) =>
        [.. silos.Select(silo => Manifest(silo, state.Collection, PlanHash, state.Broadcast))];

    private static CollectionId Other(RoundState state) => state.Collection with { Attempt = state.Collection.Attempt + 7 };

    private static RoundState Walk(params Func<RoundState, RoundCommand>[] steps) => steps.Aggregate(
        RoundDecider.Initial, (state, step) => When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, Start, step(state)).State);
}
