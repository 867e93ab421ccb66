using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Vectors;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Leaders of today and of yesterday, as every decider tells them apart; the transition tables show it in each phase.</summary>
public sealed class PeerEpochsTests
{
    private static readonly SiloCommand Propose = new SiloCommand.ProposePlan(A, Plan(), Plan().ComputeHash(), null);

    [Fact]
    public void Uncontended_peer_leaves_no_trace_in_the_journal()
    {
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(SiloDecider.Initial, Propose.SentBy(NodeAddress.Job), Start);
        Assert.IsType<SiloEvent.PlanApproved>(Assert.Single(decision.Events));
    }

    [Fact]
    public void New_leader_is_journaled_once_before_what_its_message_brings_about()
    {
        SiloCommand proposed = Propose.SentBy(new Origin(NodeAddress.Job, 3));
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(SiloDecider.Initial, proposed, Start);
        Assert.Equal(new SiloEvent.LeaderSeen("job", 3), decision.Events[0]);
        Assert.IsType<SiloEvent.PlanApproved>(decision.Events[1]);
        SiloState known = decision.Events.Aggregate(SiloDecider.Initial, SiloDecider.Evolve);
        Assert.Empty(SiloDecider.Decide(known, proposed, Start).Events);
    }

    [Fact]
    public void Epoch_is_remembered_across_a_restart_because_it_is_an_event()
    {
        IEventSerializer<SiloEvent> json = ProtocolSerializers.Silo;
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(SiloDecider.Initial, Propose.SentBy(new Origin(NodeAddress.Job, 3)), Start);
        SiloState restarted = decision.Events
            .Select(happened => json.Read(json.Describe(happened).Tag, 1, EventSamples.Payload(json, happened)))
            .Aggregate(SiloDecider.Initial, SiloDecider.Evolve);
        Decision<SiloEvent, Effect> late = SiloDecider.Decide(restarted, Propose.SentBy(new Origin(NodeAddress.Job, 2)), Start);
        Assert.Empty(late.Events);
        Assert.Equal(new Effect.Refused("a message of epoch 2 of job, which is led in epoch 3 by now"), Assert.Single(late.Effects));
    }

    [Fact]
    public void Epoch_0_of_a_role_that_was_contended_before_is_of_yesterday()
    {
        SiloState known = SiloDecider.Evolve(SiloDecider.Initial, new SiloEvent.LeaderSeen("job", 3));
        Assert.IsType<Effect.Refused>(Assert.Single(SiloDecider.Decide(known, Propose.SentBy(NodeAddress.Job), Start).Effects));
    }

    [Fact]
    public void Epochs_of_different_peers_have_nothing_to_do_with_each_other()
    {
        SiloState known = SiloDecider.Evolve(SiloDecider.Initial, new SiloEvent.LeaderSeen("coordinator", 9));
        Assert.Contains(SiloDecider.Decide(known, Propose.SentBy(new Origin(NodeAddress.Job, 1)), Start).Events, static e => e is SiloEvent.PlanApproved);
    }

    [Fact]
    public void What_a_node_tells_itself_has_no_epoch_and_is_never_refused()
    {
        CollectionId id = new(1, 1, "training");
        CollectionRequest request = new(Job, id, Hash("plan"), Hash("base"), new SumShape(RingWidth.Ring64, 2, Schema), [A], 1, 1, TimeSpan.FromSeconds(60), false);
        AggregationState state = AggregationDecider.Initial with { Leaders = PeerEpochs.None.Add("aggregator", 7).Add("coordinator", 7) };
        state = AggregationDecider.Decide(state, new AggregationCommand.OpenCollection(request).SentBy(new Origin(NodeAddress.Coordinator, 7)), Start).Events.Aggregate(state, AggregationDecider.Evolve);
        Assert.IsType<AggregationEvent.CollectionFailed>(Assert.Single(AggregationDecider.Decide(state, new AggregationCommand.TimerDue($"collection-deadline/{id}"), Start).Events));
    }

    [Fact]
    public void New_leader_says_who_it_is_and_changes_nothing_else()
    {
        RoundState state = RoundDecider.Initial;
        RoundEvent taken = Assert.Single(RoundDecider.Lead(state, new Term(4, "server-2"), Start));
        Assert.Equal(new RoundEvent.LeadershipTaken(4, "server-2", Start), taken);
        Assert.Equal(state with { Epoch = 4 }, RoundDecider.Evolve(state, taken));
    }
}
