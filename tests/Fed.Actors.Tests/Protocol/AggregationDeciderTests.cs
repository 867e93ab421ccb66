using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Vectors;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

public sealed class AggregationDeciderTests
{
    private static readonly CollectionId First = new(1, 1, "training");
    private static readonly Digest PlanHash = Hash("plan");
    private static readonly Digest Base = Hash("base");

    private static CollectionRequest Request(CollectionId? id = null, int target = 3, int quorum = 3, bool retain = false, params SiloId[] invited) => new(
        Job, id ?? First, PlanHash, Base, new SumShape(RingWidth.Ring64, 2, Schema), [.. invited.Length == 0 ? [A, B, C] : invited], target, quorum, TimeSpan.FromSeconds(60), retain);

    private static AggregationCommand Arrive(SiloId silo, CollectionId? id = null, string content = "update") =>
        new AggregationCommand.UpdateArrived(id ?? First, Manifest(silo, id ?? First, PlanHash, Base, content), null);

    private static AggregationCommand Offer(SiloId silo, CollectionId? id = null, string content = "update") =>
        new AggregationCommand.OfferUpdate(id ?? First, Manifest(silo, id ?? First, PlanHash, Base, content), null);

    private static (AggregationState State, List<AggregationEvent> Events, List<Effect> Effects) Run(AggregationState state, DateTimeOffset now, params AggregationCommand[] commands) =>
        When<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent, Effect>(state, now, commands);

    private static (AggregationState State, List<AggregationEvent> Events, List<Effect> Effects) Opened(params AggregationCommand[] commands) =>
        Run(AggregationDecider.Initial, Start, [new AggregationCommand.OpenCollection(Request()), .. commands]);

    private static string? AnswerTo(IEnumerable<Effect> effects, SiloId silo) =>
        effects.OfType<Effect.Send>().Select(e => e.Message).OfType<ProtocolMessage.UpdateAnswer>().Last(a => a.Silo == silo).Refusal;

    [Fact]
    public void An_offer_is_fetched_and_only_what_arrived_whole_counts()
    {
        var (state, events, effects) = Opened(Offer(A));
        Assert.IsType<AggregationEvent.CollectionOpened>(Assert.Single(events));
        WorkItem.FetchUpdate fetch = Assert.IsType<WorkItem.FetchUpdate>(Assert.IsType<Effect.Work>(effects[^1]).Item);
        Assert.Equal(A, fetch.Manifest.Silo);
        Assert.Empty(state.Find(First)!.Accepted);

        var (after, accepted, replies) = Run(state, Start, Arrive(A));
        Assert.IsType<AggregationEvent.UpdateAccepted>(Assert.Single(accepted));
        Assert.Null(AnswerTo(replies, A));
        Assert.Equal(A, Assert.Single(after.Find(First)!.Accepted.Keys));
    }

    [Fact]
    public void A_round_is_released_once_an_event_names_the_sum_that_is_being_made_of_it()
    {
        AggregationCommand release = new AggregationCommand.ReleaseRound(Job, 1, RetainFrom: 2);
        AggregationState closing = Opened(Arrive(A), Arrive(B), Arrive(C)).State;
        Assert.True(AggregationDecider.Decide(closing, release, Start).IsNone);   // repeated until it is answered
        var (after, events, _) = Run(closing, Start, new AggregationCommand.SumStored(First, Hash("sum")), release);
        Assert.Equal([typeof(AggregationEvent.SumSealed), typeof(AggregationEvent.RoundReleased)], events.Select(static e => e.GetType()));
        Assert.Empty(after.Collections);
    }

    /// <summary>A part's aggregator may still be at a sum of an older attempt; of a whole sum replays want the bytes, and what other rounds name stays too.</summary>
    [Fact]
    public void A_sum_that_is_made_when_its_round_is_released_is_deleted()
    {
        AggregationState released = Opened(Arrive(A), new AggregationCommand.ReleaseRound(Job, 1, RetainFrom: 2)).State;
        AggregationCommand.SumStored late = new(First, Hash("sum"));
        (_, _, List<Effect> effects) = Run(released, Start, late with { IsPartial = true });
        Assert.Equal(Hash("sum"), Assert.IsType<WorkItem.DropSum>(Assert.IsType<Effect.Work>(Assert.Single(effects)).Item).Sum);
        Assert.Empty(Run(released, Start, late).Effects);

        AggregationState again = Run(released, Start, new AggregationCommand.OpenCollection(Request(new CollectionId(2, 1, "training"))), Arrive(A, new CollectionId(2, 1, "training"), "sum")).State;
        Assert.Empty(Run(again, Start, late with { IsPartial = true, Sum = again.Find(new CollectionId(2, 1, "training"))!.Accepted[A].Hash }).Effects);
    }

    [Fact]
    public void When_all_invited_have_answered_the_set_is_closed_and_its_sum_is_made()
    {
        var (state, events, effects) = Opened(Arrive(A), Arrive(C), Arrive(B));
        AggregationEvent.CollectionClosed closed = Assert.IsType<AggregationEvent.CollectionClosed>(events[^1]);
        Assert.Equal([A, B, C], closed.Contributors);
        WorkItem.SealSum seal = effects.OfType<Effect.Work>().Select(w => w.Item).OfType<WorkItem.SealSum>().Single();
        Assert.Equal([A, B, C], seal.Contributions.Select(m => m.Silo));

        var (_, sealedEvents, reports) = Run(state, Start, new AggregationCommand.SumStored(First, Hash("sum")));
        Assert.Equal(Hash("sum"), Assert.IsType<AggregationEvent.SumSealed>(Assert.Single(sealedEvents)).Sum);
        ProtocolMessage.CollectionSealed report = Assert.IsType<ProtocolMessage.CollectionSealed>(Assert.IsType<Effect.Send>(Assert.Single(reports)).Message);
        Assert.Equal(3, report.Contributions.Length);
    }

    [Fact]
    public void Over_selection_closes_at_the_target_and_refuses_the_rest()
    {
        var (state, events, _) = Run(AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(target: 2, quorum: 1)), Arrive(C), Arrive(A));
        Assert.Equal([A, C], Assert.IsType<AggregationEvent.CollectionClosed>(events[^1]).Contributors);
        var (_, late, replies) = Run(state, Start, Offer(B));
        Assert.Empty(late);
        Assert.Equal("the collection is closing", AnswerTo(replies, B));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_duplicate_is_answered_as_before_in_every_phase(int stage)
    {
        AggregationCommand[] commands = [Arrive(A), Arrive(B), Arrive(C), new AggregationCommand.SumStored(First, Hash("sum"))];
        var (state, _, _) = Opened(commands[..(1 + stage)]);
        var (same, events, replies) = Run(state, Start.AddSeconds(stage), Offer(A), Arrive(A));
        Assert.Empty(events);
        Assert.Null(AnswerTo(replies, A));
        Assert.Same(state, same);
    }

    [Fact]
    public void Another_update_for_a_key_that_is_stored_is_refused_in_every_phase()
    {
        AggregationCommand[] commands = [Arrive(A), Arrive(B), Arrive(C), new AggregationCommand.SumStored(First, Hash("sum"))];
        for (int stage = 1; stage <= commands.Length; stage++)
        {
            var (state, _, _) = Opened(commands[..stage]);
            var (_, events, replies) = Run(state, Start, Offer(A, content: "other"), Arrive(A, content: "other"));
            Assert.Empty(events);
            Assert.Equal("another update of this silo is already stored", AnswerTo(replies, A));
        }
    }

    [Fact]
    public void Foreign_stale_and_misfit_updates_never_reach_the_sum()
    {
        SiloId stranger = new("stranger");
        UpdateManifest good = Manifest(A, First, PlanHash, Base);
        CollectionId future = First with { Attempt = 2 };
        (UpdateManifest Manifest, CollectionId Id, string Reason)[] cases =
        [
            (good with { Silo = stranger }, First, "this silo is not invited to this attempt"),
            (good with { Plan = Hash("other") }, First, "the update was computed under another plan"),
            (good with { Base = Hash("other") }, First, "the update was computed from another base model"),
            (good with { Schema = "other" }, First, "the update has another schema"),
            (good with { Length = 24 }, First, "the update has 24 bytes, and 16 are expected"),
            (good with { Round = 2 }, First, "the manifest belongs to another sum"),
            (good, future, "attempt 2 is not open: 1 is"),
            (good, new CollectionId(9, 1, "training"), "round 9 collects no 'training'"),
        ];
        foreach ((UpdateManifest manifest, CollectionId id, string reason) in cases)
        {
            var (state, events, replies) = Opened(new AggregationCommand.UpdateArrived(id, manifest, null));
            Assert.Single(events);   // the opening
            Assert.Equal(reason, AnswerTo(replies, manifest.Silo));
            Assert.Empty(state.Find(First)!.Accepted);
        }
    }

    [Fact]
    public void The_deadline_with_a_quorum_closes_with_those_who_came()
    {
        var (state, _, _) = Run(AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(quorum: 2)), Arrive(A), Arrive(C));
        var (_, events, effects) = Run(state, Start.AddSeconds(60), new AggregationCommand.TimerDue("collection-deadline/" + First));
        Assert.Equal([A, C], Assert.IsType<AggregationEvent.CollectionClosed>(Assert.Single(events)).Contributors);
        Assert.Contains(effects, e => e is Effect.Work { Item: WorkItem.SealSum });
    }

    [Fact]
    public void The_deadline_below_the_quorum_fails_the_attempt_for_ever()
    {
        var (state, _, _) = Opened(Arrive(A));
        var (failed, events, effects) = Run(state, Start.AddSeconds(60), new AggregationCommand.TimerDue("collection-deadline/" + First));
        Assert.Equal("1 of 3 updates at the deadline", Assert.IsType<AggregationEvent.CollectionFailed>(Assert.Single(events)).Reason);
        Assert.Contains(effects, e => e is Effect.Send { Message: ProtocolMessage.CollectionFailed });

        var (_, late, replies) = Run(failed, Start.AddSeconds(61), Arrive(B), new AggregationCommand.SumStored(First, Hash("sum")));
        Assert.Empty(late);
        Assert.Equal("the collection is failed", AnswerTo(replies, B));
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(24)]
    public void A_clock_that_jumped_does_not_move_the_deadline_which_is_a_length_of_time(int hours)
    {
        var (state, _, effects) = Run(AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(quorum: 1)));
        Assert.Equal(new Effect.StartTimer("collection-deadline/" + First, TimeSpan.FromSeconds(60)), Assert.Single(effects));
        (state, _, _) = Run(state, Start, Arrive(A));
        var (_, events, _) = Run(state, Start.AddHours(hours), new AggregationCommand.TimerDue("collection-deadline/" + First));
        Assert.IsType<AggregationEvent.CollectionClosed>(Assert.Single(events));
    }

    [Theory]
    [InlineData(-48, 60)]   // the clock of the leader before was set back behind the opening: the whole time again, and no more
    [InlineData(48, 0)]     // set forward: nothing is left, and no more is taken
    public void After_an_outage_a_jump_of_the_clock_before_leaves_between_nothing_and_the_whole_time(int hours, int secondsLeft)
    {
        var (state, _, _) = Run(AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(quorum: 2)));
        (state, _, _) = Run(state, Start.AddHours(hours), Arrive(A));
        var (_, _, effects) = Run(state, Start, new AggregationCommand.Resumed());
        Assert.Contains(new Effect.StartTimer("collection-deadline/" + First, TimeSpan.FromSeconds(secondsLeft)), effects);
    }

    [Fact]
    public void When_everybody_has_answered_below_the_quorum_the_attempt_fails_at_once()
    {
        var (_, events, _) = Opened(Arrive(A), new AggregationCommand.DeclineUpdate(First, B), new AggregationCommand.DeclineUpdate(First, C));
        Assert.Equal("1 of 3 updates, and every invited silo has answered", Assert.IsType<AggregationEvent.CollectionFailed>(events[^1]).Reason);
    }

    [Fact]
    public void After_an_outage_the_deadline_moves_by_the_time_nobody_led()
    {
        var (state, _, _) = Run(AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(quorum: 2)));
        (state, _, _) = Run(state, Start.AddSeconds(20), Arrive(A));
        var (extended, events, effects) = Run(state, Start.AddHours(5), new AggregationCommand.Resumed());
        DateTimeOffset expected = Start.AddHours(5).AddSeconds(40);
        Assert.Equal(expected, Assert.IsType<AggregationEvent.DeadlineExtended>(Assert.Single(events)).Deadline);
        Assert.Equal(expected, extended.Find(First)!.Deadline);
        Assert.Contains(effects, e => e is Effect.Work { Item: WorkItem.AddToSum { Manifest.Silo.Value: "a" } });
    }

    [Fact]
    public void A_new_attempt_starts_only_over_a_failed_one_and_takes_nothing_from_it()
    {
        CollectionId second = First with { Attempt = 2 };
        var (state, _, _) = Opened(Arrive(A));
        var (_, early, _) = Run(state, Start, new AggregationCommand.OpenCollection(Request(second)));
        Assert.Empty(early);

        (state, _, _) = Run(state, Start.AddSeconds(60), new AggregationCommand.TimerDue("collection-deadline/" + First));
        (state, _, _) = Run(state, Start.AddSeconds(62), new AggregationCommand.OpenCollection(Request(second)));
        Assert.Empty(state.Find(second)!.Accepted);
        var (_, stale, replies) = Run(state, Start.AddSeconds(63), Arrive(B));
        Assert.Empty(stale);
        Assert.Equal("attempt 1 is not open: 2 is", AnswerTo(replies, B));
    }

    [Fact]
    public void A_sealed_sum_is_never_collected_again()
    {
        var (state, _, _) = Opened(Arrive(A), Arrive(B), Arrive(C), new AggregationCommand.SumStored(First, Hash("sum")));
        CollectionId second = First with { Attempt = 2 };
        var (same, events, _) = Run(state, Start, new AggregationCommand.OpenCollection(Request(second)));
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Throws<InvalidOperationException>(() => Run(state, Start, new AggregationCommand.SumStored(First, Hash("another"))));
    }

    [Fact]
    public void The_outcome_is_told_again_when_it_is_asked_again()
    {
        var (state, _, _) = Opened(Arrive(A), Arrive(B), Arrive(C), new AggregationCommand.SumStored(First, Hash("sum")));
        var (_, events, effects) = Run(state, Start, new AggregationCommand.OpenCollection(Request()));
        Assert.Empty(events);
        Assert.IsType<ProtocolMessage.CollectionSealed>(Assert.IsType<Effect.Send>(Assert.Single(effects)).Message);
    }

    [Fact]
    public void After_a_crash_while_closing_the_same_sum_is_made_again()
    {
        var (state, _, _) = Opened(Arrive(A), Arrive(B), Arrive(C));
        WorkItem.SealSum seal = Assert.IsType<WorkItem.SealSum>(Assert.IsType<Effect.Work>(Assert.Single(AggregationDecider.Outstanding(state, Start))).Item);
        Assert.Equal([A, B, C], seal.Contributions.Select(m => m.Silo));
    }

    [Fact]
    public void Released_rounds_are_forgotten_and_retained_contributions_dropped_by_policy()
    {
        AggregationState state = AggregationDecider.Initial;
        List<Effect> effects = [];
        for (int round = 1; round <= 3; round++)
        {
            CollectionId id = new(round, 1, "training");
            (state, _, _) = Run(state, Start, new AggregationCommand.OpenCollection(Request(id, retain: true)), Arrive(A, id, $"r{round}"), Arrive(B, id, "same"), Arrive(C, id, $"r{round}"), new AggregationCommand.SumStored(id, Hash("sum" + round)));
            (state, _, effects) = Run(state, Start, new AggregationCommand.ReleaseRound(Job, round, RetainFrom: round - 1));
        }

        Assert.Empty(state.Collections);
        Assert.Equal([2, 3], state.Retained.Keys);
        WorkItem.DiscardRound discard = effects.OfType<Effect.Work>().Select(w => w.Item).OfType<WorkItem.DiscardRound>().Single();
        Assert.Equal(new[] { Hash("r1 of a"), Hash("r1 of c") }.Order(), discard.Dropped);   // B's update of round 1 is also round 2's: kept
        var (_, late, replies) = Run(state, Start, Offer(A, new CollectionId(1, 1, "training"), "r1"));
        Assert.Empty(late);
        Assert.Equal("round 1 is closed", AnswerTo(replies, A));
    }

    [Fact]
    public void A_contribution_of_a_round_that_is_closing_is_not_dropped_with_an_old_one_of_the_same_bytes()
    {
        CollectionId later = new(2, 1, "training");
        var (state, _, _) = Run(
            AggregationDecider.Initial, Start, new AggregationCommand.OpenCollection(Request(retain: true)), Arrive(A), Arrive(B), Arrive(C), new AggregationCommand.SumStored(First, Hash("sum")),
            new AggregationCommand.OpenCollection(Request(later, retain: true)), Arrive(A, later), Arrive(B, later, "other"), Arrive(C, later, "other"));
        var (_, _, effects) = Run(state, Start, new AggregationCommand.ReleaseRound(Job, 1, RetainFrom: 2));
        WorkItem.DiscardRound discard = effects.OfType<Effect.Work>().Select(w => w.Item).OfType<WorkItem.DiscardRound>().Single();
        Assert.Equal(new[] { Hash("update of b"), Hash("update of c") }.Order(), discard.Dropped);
    }

    [Fact]
    public void After_a_few_commands_that_cannot_be_decided_the_attempt_fails_and_the_node_goes_on()
    {
        var (state, _, _) = Opened(Arrive(A));
        for (int i = 0; i < AggregationDecider.RejectionsMax; i++)
            foreach (AggregationEvent rejected in AggregationDecider.Rejected(state, Offer(B), "our bug", Start)) state = AggregationDecider.Evolve(state, rejected);
        var (failed, events, _) = Run(state, Start, Offer(C));
        Assert.Equal("3 commands could not be decided; the journal has them", Assert.IsType<AggregationEvent.CollectionFailed>(Assert.Single(events)).Reason);
        var (again, _, _) = Run(failed, Start, new AggregationCommand.OpenCollection(Request(First with { Attempt = 2 })));
        Assert.Equal(0, again.Rejections);
    }

    [Fact]
    public void The_order_of_arrival_changes_nothing_that_is_sealed()
    {
        SiloId[][] orders = [[A, B, C], [C, B, A], [B, A, C]];
        IEnumerable<string> outcomes = orders.Select(order =>
        {
            var (_, events, _) = Opened([.. order.Select(silo => Arrive(silo))]);
            return string.Join(",", Assert.IsType<AggregationEvent.CollectionClosed>(events[^1]).Contributors);
        });
        Assert.Single(outcomes.Distinct());
    }
}
