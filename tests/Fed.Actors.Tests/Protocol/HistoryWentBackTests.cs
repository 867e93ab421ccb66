using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>A coordinator whose journal was restored from an older copy, and sites that know more: they say so, and the job stops before anything is asked of them twice.</summary>
public sealed class HistoryWentBackTests
{
    private static readonly CollectionId Training = new(1, 1, "training");
    private static readonly SignedHead Head = new("rounds/job", 40, Hash("head"), Hash("key"), [1, 2, 3]);

    [Fact]
    public void Site_that_a_leader_invites_to_a_round_which_is_settled_shows_the_coordinators_own_signature()
    {
        SiloState settled = Settled();
        Assert.True(SiloDecider.Decide(settled, Invite(new Origin(NodeAddress.Coordinator, 3)) with { From = null }, Start).IsNone);   // nobody contends: an old invitation, late
        (ImmutableArray<SiloEvent> events, ImmutableArray<Effect> effects) = Decided(settled, Invite(new Origin(NodeAddress.Coordinator, 3)));
        Assert.Empty(events);
        Assert.Equal(new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 1, A) { Head = Head, Epoch = 3 }), Assert.Single(effects));
    }

    [Fact]
    public void Site_refuses_a_leader_of_yesterday_and_tells_it_what_it_knows()
    {
        (ImmutableArray<SiloEvent> events, ImmutableArray<Effect> effects) = Decided(Settled(), Invite(new Origin(NodeAddress.Coordinator, 2)));
        Assert.Empty(events);
        Assert.IsType<Effect.Refused>(effects[0]);
        Assert.Equal(new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 1, A) { Head = Head, Epoch = 3 }), effects[1]);
        Assert.Single(Decided(Settled(), new SiloCommand.ProposePlan(A, Plan(), Plan().ComputeHash(), null).SentBy(new Origin(NodeAddress.Coordinator, 9))).Events);   // of a new one it hears as ever
    }

    [Fact]
    public void Head_of_a_later_round_stops_the_job_and_names_who_has_it()
    {
        RoundState collecting = Collecting(Plan());
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(collecting, new RoundCommand.SiloSettled(B, 1) { IsBeyondJournal = true, Epoch = 3 }, Start);
        RoundEvent.RoundStopped stopped = Assert.IsType<RoundEvent.RoundStopped>(decision.Events[0]);
        Assert.StartsWith("history went back: site 'b' has settled round 1, of which the journal knows nothing", stopped.Reason, StringComparison.Ordinal);
        Assert.Equal(RoundPhase.Failed, RoundDecider.Evolve(collecting, stopped).Phase);
    }

    [Fact]
    public void Word_without_a_head_that_the_journal_lacks_stops_nothing_and_neither_does_an_earlier_round()
    {
        RoundState collecting = Collecting(Plan());
        Assert.Empty(RoundDecider.Decide(collecting, new RoundCommand.SiloSettled(B, 1), Start).Events);
        Assert.DoesNotContain(RoundDecider.Decide(collecting, new RoundCommand.SiloSettled(B, 0) { IsBeyondJournal = true }, Start).Events, static e => e is RoundEvent.RoundStopped);
        Assert.DoesNotContain(RoundDecider.Decide(collecting, new RoundCommand.SiloSettled(B, 0) { Epoch = 3 }, Start).Events, static e => e is not RoundEvent.SiloSettled);   // its own epoch
    }

    [Fact]
    public void Later_epoch_stops_the_job_when_so_many_have_heard_of_it_that_no_quorum_is_left()
    {
        JobPlan plan = Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 2, 0));
        RoundState collecting = Collecting(plan);
        RoundEvent.LaterEpochHeard first = Assert.IsType<RoundEvent.LaterEpochHeard>(Assert.Single(RoundDecider.Decide(collecting, new RoundCommand.SiloSettled(A, -1) { Epoch = 5 }, Start).Events));
        RoundState heard = RoundDecider.Evolve(collecting, first);
        Assert.Empty(RoundDecider.Decide(heard, new RoundCommand.SiloSettled(A, -1) { Epoch = 5 }, Start).Events);   // the same word again
        ImmutableArray<RoundEvent> events = RoundDecider.Decide(heard, new RoundCommand.SiloSettled(C, -1) { Epoch = 4 }, Start).Events;
        Assert.IsType<RoundEvent.LaterEpochHeard>(events[0]);
        Assert.StartsWith("history went back: site 'a', site 'c' heard of a leader in epoch 5, and the journal ends with epoch 3", Assert.IsType<RoundEvent.RoundStopped>(events[1]).Reason, StringComparison.Ordinal);
        RoundState led = RoundDecider.Evolve(heard, new RoundEvent.LeadershipTaken(6, "another", Start));
        Assert.Empty(RoundDecider.Decide(led, new RoundCommand.SiloSettled(C, -1) { Epoch = 4 }, Start).Events);   // the next leader is newer than what was heard
    }

    private static SiloState Settled()
    {
        SiloState approved = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, new SiloCommand.ProposePlan(A, Plan(), Plan().ComputeHash(), null)).State;
        return SiloDecider.Evolve(SiloDecider.Evolve(approved, new SiloEvent.LeaderSeen("coordinator", 3)), new SiloEvent.RoundSettled(1, true, true, null, Head));
    }

    private static SiloCommand Invite(Origin from) => new SiloCommand.Invite(Training, Plan().ComputeHash(), Hash("base")).SentBy(from);

    private static (ImmutableArray<SiloEvent> Events, ImmutableArray<Effect> Effects) Decided(SiloState state, SiloCommand command)
    {
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(state, command, Start);
        return (decision.Events, decision.Effects);
    }

    /// <summary>Round 1 being collected, under a leader of epoch 3.</summary>
    private static RoundState Collecting(JobPlan plan)
    {
        CollectionId counts = new(0, 1, "counts");
        StepSummary step = new(Hash("state 1"), null, ImmutableSortedDictionary<string, double>.Empty, null);
        RoundCommand[] commands =
        [
            new RoundCommand.AdoptPlan(plan), new RoundCommand.StartRound(0, Hash("state 0")), new RoundCommand.BroadcastReady(counts, Hash("broadcast")),
            new RoundCommand.CollectionSealed(counts, [.. ((SiloId[])[A, B, C]).Select(silo => Manifest(silo, counts, plan.ComputeHash(), Hash("broadcast")))], Hash("sum")),
            new RoundCommand.OpeningFinished(counts, Hash("opened")), new RoundCommand.StepFinished(counts, step), new RoundCommand.StartRound(1, Hash("state 1")),
            new RoundCommand.BroadcastReady(Training, Hash("base")),
        ];
        RoundState led = RoundDecider.Evolve(RoundDecider.Initial, new RoundEvent.LeadershipTaken(3, "here", Start));
        RoundState state = When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(led, Start, commands).State;
        Assert.Equal(RoundPhase.Collecting, state.Phase);
        return state;
    }
}
