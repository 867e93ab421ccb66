using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using Ran = (Fed.Actors.Protocol.Silo.SiloState State, System.Collections.Generic.List<Fed.Actors.Protocol.Silo.SiloEvent> Events, System.Collections.Generic.List<Fed.Actors.Protocol.Effect> Effects);

namespace Fed.Actors.Tests.Protocol;

public sealed class SiloDeciderTests
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly Digest PlanHash = ThePlan.ComputeHash();
    private static readonly Digest Base = Hash("base");
    private static readonly CollectionId Training = new(1, 1, "training");
    private static readonly CollectionId Evaluation = new(1, 2, "evaluation");

    private static Ran Run(SiloState state, params SiloCommand[] commands) => When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, commands);

    private static SiloState Approved { get; } = Run(SiloDecider.Initial, Propose()).State;

    private static SiloCommand Propose(JobPlan? plan = null, string? refusal = null) => new SiloCommand.ProposePlan(A, plan ?? ThePlan, (plan ?? ThePlan).ComputeHash(), refusal);

    private static SiloCommand Invite(CollectionId id, Digest? based = null) => new SiloCommand.Invite(id, PlanHash, based ?? Base);

    private static SiloCommand Computed(CollectionId id, string content = "vector", string? next = null) =>
        new SiloCommand.ContributionComputed(id, Base, new StoredContribution(Hash(content), 16, 0, next is null ? null : Hash(next)));

    private static SiloCommand Close(int round, bool committed = true, params (string Sum, SiloId[] Silos)[] sums) => new SiloCommand.CloseRound(
        round, committed, sums.ToImmutableSortedDictionary(s => s.Sum, s => s.Silos.ToImmutableSortedSet(), StringComparer.Ordinal), null);

    private static UpdateManifest Offered(IEnumerable<Effect> effects) =>
        ((ProtocolMessage.OfferUpdate)effects.OfType<Effect.Deliver>().Single().Message).Manifest;

    [Fact]
    public void A_plan_is_approved_once_and_answered_as_before_for_ever()
    {
        var (state, events, effects) = Run(SiloDecider.Initial, Propose());
        Assert.Equal(PlanHash, Assert.IsType<SiloEvent.PlanApproved>(Assert.Single(events)).Hash);
        Assert.Null(Assert.IsType<ProtocolMessage.PlanAnswer>(Assert.IsType<Effect.Send>(Assert.Single(effects)).Message).Refusal);

        var (_, again, answer) = Run(state, Propose());
        Assert.Empty(again);
        Assert.Null(Assert.IsType<ProtocolMessage.PlanAnswer>(Assert.IsType<Effect.Send>(Assert.Single(answer)).Message).Refusal);
        var (_, other, refusal) = Run(state, Propose(Plan(rounds: 9)));
        Assert.Empty(other);
        Assert.Equal("another plan was approved for this job", Assert.IsType<ProtocolMessage.PlanAnswer>(Assert.IsType<Effect.Send>(Assert.Single(refusal)).Message).Refusal);
    }

    [Fact]
    public void A_refused_plan_leaves_no_trace_and_the_reason_goes_back()
    {
        var (state, events, effects) = Run(SiloDecider.Initial, Propose(refusal: "the grid is too fine"));
        Assert.Empty(events);
        Assert.Null(state.Plan);
        Assert.Equal("the grid is too fine", Assert.IsType<ProtocolMessage.PlanAnswer>(Assert.IsType<Effect.Send>(Assert.Single(effects)).Message).Refusal);
    }

    [Fact]
    public void The_models_of_a_job_are_fetched_once_kept_for_good_and_no_others_take_their_place()
    {
        JobModels models = new(new ModelNote(2, Hash("last"), "model of last"), new ModelNote(1, Hash("best"), "model of best"));
        var (_, none, fetch) = Run(Approved, new SiloCommand.KeepModels(models));
        Assert.Empty(none);
        Assert.Equal(new WorkItem.FetchModels(models), Assert.IsType<Effect.Work>(Assert.Single(fetch)).Item);

        var (state, events, effects) = Run(Approved, new SiloCommand.ModelsFetched(models));
        Assert.Equal(new SiloEvent.ModelsKept(models), Assert.Single(events));
        Effect said = new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.ModelsKept(ThePlan.Job, A));
        Assert.Equal(said, Assert.Single(effects));
        var (_, again, answer) = Run(state, new SiloCommand.KeepModels(models));
        Assert.Empty(again);
        Assert.Equal(said, Assert.Single(answer));
        var (_, others, refused) = Run(state, new SiloCommand.KeepModels(models with { Best = null }));
        Assert.Empty(others);
        Assert.IsType<Effect.Refused>(Assert.Single(refused));
    }

    [Fact]
    public void Nothing_is_done_before_a_plan_is_approved()
    {
        SiloCommand[] commands = [Invite(Training), Computed(Training), Close(1), new SiloCommand.UpdateAnswered(Training, Base, null), new SiloCommand.ContributionImpossible(Training, Base, "x")];
        Assert.All(commands, command => Assert.True(SiloDecider.Decide(SiloDecider.Initial, command, Start).IsNone));
    }

    [Fact]
    public void An_invitation_starts_the_computation_and_its_result_is_stored_before_it_is_offered()
    {
        var (_, none, work) = Run(Approved, Invite(Training));
        Assert.Empty(none);
        Assert.Equal(new WorkItem.ComputeContribution(Training, Base, null), Assert.IsType<Effect.Work>(Assert.Single(work)).Item);

        var (_, events, effects) = Run(Approved, Computed(Training));
        Assert.Equal(Hash("vector"), Assert.IsType<SiloEvent.ContributionStored>(Assert.Single(events)).Contribution.Hash);
        UpdateManifest manifest = Offered(effects);
        Assert.Equal((A, Job, 1, "training"), (manifest.Silo, manifest.Job, manifest.Round, manifest.Sum));
        Assert.Equal((PlanHash, Base, Hash("vector"), 16L), (manifest.Plan, manifest.Base, manifest.Hash, manifest.Length));
        Assert.Equal(Schema, manifest.Schema);
    }

    [Fact]
    public void A_later_attempt_gets_the_stored_result_and_computes_nothing_anew()
    {
        SiloState state = Run(Approved, Computed(Training)).State;
        CollectionId retry = Training with { Attempt = 3 };
        var (same, events, effects) = Run(state, Invite(retry));
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Equal(Hash("vector"), Offered(effects).Hash);
        Assert.Equal("offer/1/3/training", Assert.IsType<Effect.Deliver>(Assert.Single(effects)).Id);
    }

    [Fact]
    public void One_result_leaves_for_a_key_for_ever()
    {
        SiloState state = Run(Approved, Computed(Training, "first")).State;
        foreach (SiloCommand second in new[] { Computed(Training, "second"), new SiloCommand.ContributionImpossible(Training, Base, "late failure") })
        {
            var (same, events, effects) = Run(state, second);
            Assert.Empty(events);
            Assert.Same(state, same);
            Assert.Equal(Hash("first"), Offered(effects).Hash);
        }

        var (_, none, refused) = Run(state, Invite(Training with { Attempt = 2 }, Hash("another base")));
        Assert.Empty(none);
        Assert.Contains("one result leaves for a key", Assert.IsType<Effect.Refused>(Assert.Single(refused)).Reason);
    }

    [Fact]
    public void A_site_that_cannot_contribute_declines_every_attempt_and_keeps_the_reason_to_itself()
    {
        var (state, events, effects) = Run(Approved, new SiloCommand.ContributionImpossible(Training, Base, "value of patient row 7 out of range"));
        Assert.Equal("value of patient row 7 out of range", Assert.IsType<SiloEvent.ContributionDeclined>(Assert.Single(events)).Reason);
        Assert.Equal(new ProtocolMessage.DeclineUpdate(Job, Training, A), Assert.IsType<Effect.Send>(Assert.Single(effects)).Message);

        CollectionId retry = Training with { Attempt = 2 };
        var (_, none, again) = Run(state, Invite(retry), Computed(retry));
        Assert.Empty(none);
        Assert.All(again.Where(static e => e is not Effect.Work), e => Assert.Equal(new ProtocolMessage.DeclineUpdate(Job, retry, A), Assert.IsType<Effect.Send>(e).Message));
        Assert.IsType<WorkItem.DropContribution>(Assert.Single(again.OfType<Effect.Work>()).Item);   // what was computed after all goes
    }

    [Fact]
    public void Invitations_under_another_plan_or_to_undeclared_sums_are_refused()
    {
        SiloCommand[] bad = [new SiloCommand.Invite(Training, Hash("another plan"), Base), Invite(Training with { Sum = "raw-records" }), Invite(Training with { Round = 0 })];
        foreach (SiloCommand invite in bad)
        {
            var (_, events, effects) = Run(Approved, invite);
            Assert.Empty(events);
            Assert.IsType<Effect.Refused>(Assert.Single(effects));
        }
    }

    [Fact]
    public void The_next_round_waits_until_the_one_before_is_settled()
    {
        CollectionId next = new(2, 1, "training");
        SiloState state = Run(Approved, Computed(Training)).State;
        Assert.True(SiloDecider.Decide(state, Invite(next), Start).IsNone);
        Assert.True(SiloDecider.Decide(state, Close(2), Start).IsNone);

        state = Run(state, Close(1, sums: ("training", [A]))).State;
        Assert.IsType<WorkItem.ComputeContribution>(Assert.IsType<Effect.Work>(Assert.Single(Run(state, Invite(next)).Effects)).Item);
    }

    [Fact]
    public void Silo_state_is_promoted_only_by_a_committed_round_that_lists_the_silo_for_that_sum()
    {
        SiloState before = Run(Approved, Computed(Training, next: "c_1"), Close(1, sums: ("training", [A]))).State;
        Assert.Equal(Hash("c_1"), before.AlgorithmState);

        CollectionId second = new(2, 1, "training");
        SiloState stored = Run(before, Computed(second, "vector 2", next: "c_2")).State;
        Assert.Equal(Hash("c_1"), stored.AlgorithmState);   // tentative until then
        (SiloCommand Close, string Expected)[] cases =
        [
            (Close(2, sums: ("training", [A, B])), "c_2"),
            (Close(2, sums: ("training", [B, C])), "c_1"),
            (Close(2, sums: [("evaluation", [C]), ("training", [B])]), "c_1"),
            (Close(2, committed: false, ("training", [A])), "c_1"),
            (Close(2, committed: false), "c_1"),
        ];
        foreach ((SiloCommand close, string expected) in cases)
        {
            var (state, events, effects) = Run(stored, close);
            Assert.Equal(Hash(expected), Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(events)).State);
            Assert.Equal(Hash(expected), state.AlgorithmState);
            WorkItem.ReleaseOutbox release = effects.OfType<Effect.Work>().Select(w => w.Item).OfType<WorkItem.ReleaseOutbox>().Single();
            Assert.DoesNotContain(Hash(expected), release.Blobs);
            Assert.Contains(Hash(expected == "c_2" ? "c_1" : "c_2"), release.Blobs);
        }
    }

    [Fact]
    public void The_promoted_state_goes_into_the_next_computation()
    {
        SiloState state = Run(Approved, Computed(Training, next: "c_1"), Close(1, sums: ("training", [A]))).State;
        WorkItem.ComputeContribution compute = Assert.IsType<WorkItem.ComputeContribution>(Assert.IsType<Effect.Work>(Assert.Single(Run(state, Invite(new(2, 1, "training"))).Effects)).Item);
        Assert.Equal(Hash("c_1"), compute.SiloState);
    }

    [Fact]
    public void The_end_of_a_round_is_journaled_as_a_receipt_and_empties_the_outbox()
    {
        SignedHead head = new("round/test-1", 12, Hash("head"), Hash("key"), [1, 2]);
        SiloState stored = Run(Approved, Computed(Training), Computed(Evaluation, "metrics")).State;
        SiloCommand.CloseRound close = new(1, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.Add("training", [A]), head);
        var (state, events, effects) = Run(stored, close);
        Assert.Equal(new SiloEvent.RoundSettled(1, true, true, null, head), Assert.Single(events));
        Assert.Empty(state.Outbox);
        Assert.Contains(new Effect.EndDelivery("offer/1"), effects);
        Assert.Contains(new Effect.Work(new WorkItem.CancelWork(2)), effects);
        Assert.Equal(new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.RoundSettled(Job, 1, A)), effects[^1]);
        Assert.Equal(
            new[] { Hash("vector"), Hash("metrics") }.Order(),
            effects.OfType<Effect.Work>().Select(w => w.Item).OfType<WorkItem.ReleaseOutbox>().Single().Blobs);
    }

    [Fact]
    public void A_result_that_comes_when_its_round_is_over_is_deleted_and_the_promoted_state_stays()
    {
        SiloState settled = Run(Approved, Computed(Training, next: "c_1"), Close(1, sums: ("training", [A]))).State;
        var (same, events, effects) = Run(settled, Computed(Training, "late vector", next: "c_1"));
        Assert.Same(settled, same);
        Assert.Empty(events);
        Assert.Equal([Hash("late vector")], Assert.IsType<WorkItem.DropContribution>(Assert.IsType<Effect.Work>(Assert.Single(effects)).Item).Blobs);
    }

    [Fact]
    public void A_second_result_for_a_key_is_deleted_and_the_first_is_offered()
    {
        SiloState stored = Run(Approved, Computed(Training, "first")).State;
        var (_, events, effects) = Run(stored, Computed(Training, "second"));
        Assert.Empty(events);
        Assert.Equal([Hash("second")], Assert.IsType<WorkItem.DropContribution>(Assert.IsType<Effect.Work>(effects[0]).Item).Blobs);
        Assert.Equal(Hash("first"), Assert.IsType<ProtocolMessage.OfferUpdate>(Assert.IsType<Effect.Deliver>(effects[1]).Message).Manifest.Hash);
    }

    [Fact]
    public void A_settled_round_is_answered_again_and_never_reopened()
    {
        SiloState state = Run(Approved, Computed(Training), Close(1, sums: ("training", [A]))).State;
        var (same, events, effects) = Run(state, Close(1, sums: ("training", [A])), Close(0));
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.All(effects, e => Assert.IsType<ProtocolMessage.RoundSettled>(Assert.IsType<Effect.Send>(e).Message));
        SiloCommand[] late = [Invite(Training), new SiloCommand.ContributionImpossible(Training, Base, "late")];
        Assert.All(late, command => Assert.True(SiloDecider.Decide(state, command, Start).IsNone));
    }

    [Fact]
    public void A_silo_that_took_no_part_settles_too_with_that_said()
    {
        var (state, events, _) = Run(Approved, Close(1, sums: ("training", [B, C])));
        Assert.False(Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(events)).TookPart);
        Assert.Equal(1, state.SettledRound);
    }

    [Fact]
    public void The_aggregators_answer_ends_the_offer_whatever_it_says()
    {
        SiloState state = Run(Approved, Computed(Training)).State;
        Assert.Equal(new Effect.EndDelivery("offer/1/1/training"), Assert.Single(Run(state, new SiloCommand.UpdateAnswered(Training, Hash("vector"), null)).Effects));
        var (same, events, refused) = Run(state, new SiloCommand.UpdateAnswered(Training, Hash("vector"), "the collection is closing"));
        Assert.Empty(events);
        Assert.Same(state, same);   // the copy is kept until the round is closed
        Assert.Equal([new Effect.EndDelivery("offer/1/1/training"), new Effect.Refused("the aggregator: the collection is closing")], refused);
    }

    [Fact]
    public void A_recovered_silo_owes_nothing_until_it_is_asked_again()
    {
        SiloState state = Run(Approved, Computed(Training)).State;
        Assert.Empty(SiloDecider.Outstanding(state, Start));
        Assert.Equal(Hash("vector"), Offered(Run(state, Invite(Training)).Effects).Hash);
    }
}
