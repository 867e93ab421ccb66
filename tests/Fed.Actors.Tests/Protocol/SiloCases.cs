using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of a silo: its phase is what it knows of the key asked about.</summary>
internal static class SiloCases
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly Digest Base = Hash("base");

    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> All { get; } = new(
        [
            ("NoPlan", SiloDecider.Initial),
            ("Approved", Walk(Propose)),
            ("Stored", Walk(Propose, Computed)),
            ("Declined", Walk(Propose, Impossible)),
            ("Settled", Walk(Propose, Computed, Close)),
        ],
        [
            ("the plan", Propose),
            ("another plan", _ => new ProposePlan(A, Plan(rounds: 9), Plan(rounds: 9).ComputeHash(), null)),
            ("the site refuses", _ => new ProposePlan(A, ThePlan, ThePlan.ComputeHash(), "too fine")),
            ("", s => new Invite(Key(s), ThePlan.ComputeHash(), Base)),
            ("next attempt", s => new Invite(Key(s) with { Attempt = 2 }, ThePlan.ComputeHash(), Base)),
            ("another base", s => new Invite(Key(s), ThePlan.ComputeHash(), Hash("another base"))),
            ("another plan", s => new Invite(Key(s), Hash("another plan"), Base)),
            ("undeclared sum", s => new Invite(Key(s) with { Sum = "records" }, ThePlan.ComputeHash(), Base)),
            ("next round", s => new Invite(new(Key(s).Round + 1, 1, "training"), ThePlan.ComputeHash(), Base)),
            ("", Computed),
            ("another result", s => new ContributionComputed(Key(s), Base, new StoredContribution(Hash("another vector"), 16, 0, null))),
            ("next round", s => new ContributionComputed(new(Key(s).Round + 1, 1, "training"), Base, new StoredContribution(Hash("next vector"), 16, 0, Hash("c_2")))),
            ("", Impossible),
            ("accepted", s => new UpdateAnswered(Key(s), Hash("vector"), null)),
            ("refused", s => new UpdateAnswered(Key(s), Hash("vector"), "the collection is closing")),
            ("committed with the silo", Close),
            ("committed without it", s => Ended(s, true, B)),
            ("failed", s => Ended(s, false)),
            ("next round", s => Ended(s, true, A) with { Round = Key(s).Round + 1 }),
            ("of a new leader", s => new Invite(Key(s), ThePlan.ComputeHash(), Base).SentBy(NextEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("of a leader of yesterday", s => new Invite(Key(s), ThePlan.ComputeHash(), Base).SentBy(LastEpoch(s.Leaders, NodeAddress.Coordinator))),
        ],
        ProtocolSerializers.Silo);

    /// <summary>The key asked about: of the round that is not settled yet; where round 1 is settled, of round 1.</summary>
    private static CollectionId Key(SiloState state) => new(Math.Max(1, state.SettledRound), 1, "training");

    private static SiloCommand Propose(SiloState state) => new ProposePlan(A, ThePlan, ThePlan.ComputeHash(), null);

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
