using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using Ran = (Fed.Actors.Protocol.Round.RoundState State, System.Collections.Generic.List<Fed.Actors.Protocol.Round.RoundEvent> Events, System.Collections.Generic.List<Fed.Actors.Protocol.Effect> Effects);

namespace Fed.Actors.Tests.Protocol;

public sealed class RoundDeciderTests
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly CollectionId Counts = new(0, 1, "counts");
    private static readonly CollectionId Training = new(1, 1, "training");
    private static readonly CollectionId Evaluation = new(1, 2, "evaluation");
    private static readonly Digest Zero = Hash("state 0");

    private static Ran Run(RoundState state, DateTimeOffset now, params RoundCommand[] commands) => When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, now, commands);

    private static Ran Run(params RoundCommand[] commands) => Run(RoundDecider.Initial, Start, commands);

    private static RoundCommand Ready(CollectionId id) => new RoundCommand.BroadcastReady(id, Hash("broadcast " + id.Sum));

    private static RoundCommand Seal(CollectionId id, JobPlan plan, params SiloId[] silos) => new RoundCommand.CollectionSealed(
        id, [.. silos.Select(silo => Manifest(silo, id, plan.ComputeHash(), Hash("broadcast " + id.Sum)))], Hash("sum " + id.Sum));

    private static RoundCommand Opened(CollectionId id) => new RoundCommand.OpeningFinished(id, Hash("opened " + id.Sum));

    private static RoundCommand Stepped(CollectionId id, string next, string? stop = null) => new RoundCommand.StepFinished(
        id, new StepSummary(Hash(next), "model of " + next, ImmutableSortedDictionary<string, double>.Empty.Add("loss", 0.5), stop));

    /// <summary>Round 0 to its commit, then round 1 asked for.</summary>
    private static RoundCommand[] UpToTraining(JobPlan plan) =>
    [
        new RoundCommand.AdoptPlan(plan), new RoundCommand.StartRound(0, Zero), Ready(Counts), Seal(Counts, plan, A, B, C), Opened(Counts), Stepped(Counts, "state 1"),
        new RoundCommand.StartRound(1, Hash("state 1")),
    ];

    private static RoundState InCollecting(JobPlan? plan = null) => Run([.. UpToTraining(plan ?? ThePlan), Ready(Training)]).State;

    private static RoundState InOpening() => Run(InCollecting(), Start, Seal(Training, ThePlan, A, B, C)).State;

    private static RoundState InStepping() => Run(InOpening(), Start, Opened(Training)).State;

    private static RoundState Committed() =>
        Run(InStepping(), Start, Stepped(Training, "state 1a"), Ready(Evaluation), Seal(Evaluation, ThePlan, A, B, C), Opened(Evaluation), Stepped(Evaluation, "state 2")).State;

    private static IEnumerable<T> Told<T>(IEnumerable<Effect> effects)
        where T : ProtocolMessage => effects.Select(e => e is Effect.Deliver d ? d.Message : (e as Effect.Send)?.Message).OfType<T>();

    [Fact]
    public void A_plan_is_adopted_once_and_another_one_is_refused()
    {
        var (state, events, effects) = Run(new RoundCommand.AdoptPlan(ThePlan));
        Assert.Equal(ThePlan.ComputeHash(), Assert.IsType<RoundEvent.PlanAdopted>(Assert.Single(events)).Hash);
        Assert.Equal(ThePlan.ComputeHash(), Assert.Single(Told<ProtocolMessage.PlanAdopted>(effects)).Hash);

        var (_, again, answer) = Run(state, Start, new RoundCommand.AdoptPlan(ThePlan));
        Assert.Empty(again);
        Assert.Single(Told<ProtocolMessage.PlanAdopted>(answer));
        var (_, other, refused) = Run(state, Start, new RoundCommand.AdoptPlan(Plan(rounds: 9)));
        Assert.Empty(other);
        Assert.IsType<Effect.Refused>(Assert.Single(refused));
    }

    [Fact]
    public void No_round_starts_before_the_plan()
    {
        var (_, events, effects) = Run(new RoundCommand.StartRound(0, Zero));
        Assert.Empty(events);
        Assert.Empty(effects);
    }

    [Fact]
    public void A_round_is_planned_before_anyone_is_invited()
    {
        var (state, events, effects) = Run(new RoundCommand.AdoptPlan(ThePlan), new RoundCommand.StartRound(0, Zero));
        Assert.Equal(Zero, Assert.IsType<RoundEvent.RoundPlanned>(events[1]).State);
        Assert.Equal([A, B, C], Assert.IsType<RoundEvent.AttemptStarted>(events[2]).Invited);
        Assert.Equal(Counts, Assert.IsType<WorkItem.PrepareBroadcast>(Assert.IsType<Effect.Work>(effects[^1]).Item).Collection);
        Assert.Empty(Told<ProtocolMessage.Invite>(effects));
        Assert.Equal(RoundPhase.Preparing, state.Phase);
    }

    [Fact]
    public void When_the_broadcast_is_durable_the_aggregator_and_all_invited_are_asked_until_they_answer()
    {
        var (state, _, effects) = Run([.. UpToTraining(ThePlan), Ready(Training)]);
        Assert.Equal(RoundPhase.Collecting, state.Phase);
        CollectionRequest request = Told<ProtocolMessage.OpenCollection>(effects).Last().Request;
        Assert.Equal(Training, request.Collection);
        Assert.Equal(Hash("broadcast training"), request.Base);
        Assert.Equal((3, 3, TimeSpan.FromSeconds(60)), (request.Target, request.Quorum, request.Limit));
        Effect.Deliver[] invites = [.. effects.OfType<Effect.Deliver>().Where(d => d.Message is ProtocolMessage.Invite { Collection.Round: 1 })];
        Assert.Equal(["collect/1.1.training/a", "collect/1.1.training/b", "collect/1.1.training/c"], invites.Select(d => d.Id));
        Assert.All(invites, d => Assert.Equal(ThePlan.ComputeHash(), ((ProtocolMessage.Invite)d.Message).Plan));
    }

    [Fact]
    public void A_sealed_sum_ends_the_asking_and_is_opened_by_its_deadline()
    {
        var (state, events, effects) = Run(InCollecting(), Start, Seal(Training, ThePlan, A, B, C));
        Assert.Equal(Start.AddSeconds(300), Assert.IsType<RoundEvent.SumSealed>(Assert.Single(events)).OpenBy);
        Assert.Contains(new Effect.EndDelivery("collect/1.1.training"), effects);
        Assert.Contains(new Effect.Work(new WorkItem.OpenSum(Training, Hash("sum training"), 3)), effects);
        Assert.Contains(new Effect.StartTimer("opening-deadline/1.1.training", TimeSpan.FromSeconds(300)), effects);
        Assert.Equal(RoundPhase.Opening, state.Phase);
    }

    [Fact]
    public void The_next_sum_of_a_round_starts_from_the_state_that_the_one_before_left()
    {
        var (state, events, _) = Run(InStepping(), Start, Stepped(Training, "state 1a"));
        Assert.IsType<RoundEvent.SumApplied>(events[0]);
        Assert.Equal(Evaluation, Assert.IsType<RoundEvent.AttemptStarted>(events[1]).Collection);
        Assert.Equal(Hash("state 1a"), state.Base);
        Assert.Equal(Hash("state 1"), state.RoundBase);
        Assert.Equal(1, state.Tries);
    }

    [Fact]
    public void A_commit_carries_every_sum_of_the_round_with_its_receipts()
    {
        var (state, events, effects) = Run(
            InStepping(), Start, Stepped(Training, "state 1a"), Ready(Evaluation), Seal(Evaluation, ThePlan, A, B, C), Opened(Evaluation), Stepped(Evaluation, "state 2", "converged"));
        RoundEvent.RoundCommitted committed = Assert.IsType<RoundEvent.RoundCommitted>(events[^1]);
        Assert.Equal([Training, Evaluation], committed.Sums.Select(s => s.Collection));
        Assert.Equal([Hash("state 1"), Hash("state 1a")], committed.Sums.Select(s => s.Base));
        Assert.Equal([Hash("opened training"), Hash("opened evaluation")], committed.Sums.Select(s => s.Opened));
        Assert.All(committed.Sums, s => Assert.Equal([A, B, C], s.Contributions.Select(m => m.Silo)));
        Assert.Equal(("model of state 2", "converged"), (committed.ModelSha256, committed.Stop));

        RoundOutcome outcome = Assert.Single(Told<ProtocolMessage.RoundReport>(effects)).Outcome;
        Assert.Equal(new RoundOutcome(true, Hash("state 2"), "model of state 2", "converged", null), outcome);
        Assert.Equal(3, Told<ProtocolMessage.CloseRound>(effects).Count());
        Assert.All(Told<ProtocolMessage.CloseRound>(effects), c => Assert.Equal(["evaluation", "training"], c.Contributors.Keys));
        Assert.Equal(RoundPhase.Committed, state.Phase);
    }

    [Fact]
    public void When_no_round_follows_every_site_is_told_of_the_last_and_the_best_model_until_it_has_them()
    {
        JobPlan plan = Plan(rounds: 2);
        RoundCommand[] Round(int round, string from, string to, double score) =>
        [
            new RoundCommand.StartRound(round, Hash(from)), Ready(new(round, 1, "training")), Seal(new(round, 1, "training"), plan, A, B, C), Opened(new(round, 1, "training")), Stepped(new(round, 1, "training"), to + "a"),
            Ready(new(round, 2, "evaluation")), Seal(new(round, 2, "evaluation"), plan, A, B, C), Opened(new(round, 2, "evaluation")),
            new RoundCommand.StepFinished(new(round, 2, "evaluation"), new StepSummary(Hash(to), "model of " + to, ImmutableSortedDictionary<string, double>.Empty, null) { Score = score }),
        ];

        Ran first = Run([.. UpToTraining(plan)[..^1], .. Round(1, "state 1", "state 2", 0.25)]);
        Assert.Empty(Told<ProtocolMessage.KeepModels>(first.Effects));
        Assert.Equal(3, Told<ProtocolMessage.KeepModels>(Run(first.State, Start, new RoundCommand.CancelRound(2)).Effects).Count());   // the job has ended between the rounds
        Ran last = Run(first.State, Start, Round(2, "state 2", "state 3", 0.5));
        JobModels models = new(new ModelNote(2, Hash("state 3"), "model of state 3"), new ModelNote(1, Hash("state 2"), "model of state 2"));
        Assert.Equal([models, models, models], Told<ProtocolMessage.KeepModels>(last.Effects).Select(static told => told.Models));

        Ran one = Run(last.State, Start, new RoundCommand.ModelsKept(B));
        Assert.Equal(new RoundEvent.ModelsTaken(B), Assert.Single(one.Events));
        Assert.Equal(new Effect.EndDelivery("models/b"), Assert.Single(one.Effects));
        Ran again = Run(one.State, Start, new RoundCommand.ModelsKept(B));
        Assert.Empty(again.Events);
        Assert.Equal(new Effect.EndDelivery("models/b"), Assert.Single(again.Effects));
        Assert.Equal(["models/a", "models/c"], RoundDecider.Outstanding(one.State, Start).OfType<Effect.Deliver>().Where(static owed => owed.Message is ProtocolMessage.KeepModels).Select(static owed => owed.Id));
    }

    [Fact]
    public void A_failed_attempt_is_followed_by_another_after_a_backoff_with_a_longer_deadline()
    {
        JobPlan patient = Plan(maxAttempts: 4);
        RoundState state = InCollecting(patient);
        int[] backoffs = [2, 4, 8], limits = [90, 120, 150];
        for (int tries = 1; tries <= 3; tries++)
        {
            CollectionId id = Training with { Attempt = tries };
            (state, List<RoundEvent> failed, List<Effect> effects) = Run(state, Start, new RoundCommand.CollectionFailed(id, "1 of 3 updates at the deadline"));
            TimeSpan backoff = TimeSpan.FromSeconds(backoffs[tries - 1]);
            DateTimeOffset retryAt = Start + backoff;
            Assert.Equal(retryAt, Assert.IsType<RoundEvent.AttemptFailed>(Assert.Single(failed)).RetryAt);
            Assert.Contains(new Effect.EndDelivery($"collect/{id}"), effects);
            Assert.Contains(new Effect.StartTimer($"retry/{id}", backoff), effects);
            Assert.Contains(new Effect.StartTimer($"retry/{id}", backoff), RoundDecider.Outstanding(state, Start.AddDays(1)));

            (state, List<RoundEvent> events, _) = Run(state, retryAt, new RoundCommand.TimerDue($"retry/{id}"));
            RoundEvent.AttemptStarted started = Assert.IsType<RoundEvent.AttemptStarted>(Assert.Single(events));
            Assert.Equal(Training with { Attempt = tries + 1 }, started.Collection);
            Assert.Equal(TimeSpan.FromSeconds(limits[tries - 1]), started.Limit);
            (state, _, _) = Run(state, retryAt, Ready(started.Collection));
        }
    }

    [Fact]
    public void After_the_last_attempt_the_round_fails_and_everybody_is_told()
    {
        CollectionId second = Training with { Attempt = 2 };
        var (state, _, _) = Run(InCollecting(), Start, new RoundCommand.CollectionFailed(Training, "too few"));
        var (failed, events, effects) = Run(state, Start.AddSeconds(2), new RoundCommand.TimerDue($"retry/{Training}"), Ready(second), new RoundCommand.CollectionFailed(second, "too few"));
        Assert.Equal("training: too few (attempt 2 of 2)", Assert.IsType<RoundEvent.RoundFailed>(events[^1]).Reason);
        RoundOutcome outcome = Assert.Single(Told<ProtocolMessage.RoundReport>(effects)).Outcome;
        Assert.Equal((false, Hash("state 1")), (outcome.Committed, outcome.State));
        Assert.All(Told<ProtocolMessage.CloseRound>(effects), c => Assert.False(c.Committed || c.Contributors.Count > 0));
        Assert.Equal(3, Told<ProtocolMessage.CloseRound>(effects).Count());
        Assert.Equal([0, 1], failed.Closing.Keys);
    }

    [Fact]
    public void Sealed_is_the_point_of_no_return()
    {
        RoundCommand[] everything =
        [
            new RoundCommand.CollectionFailed(Training, "late"), new RoundCommand.TimerDue($"retry/{Training}"), Ready(Training), Seal(Training, ThePlan, A, B),
            new RoundCommand.StartRound(1, Hash("state 1")), new RoundCommand.StartRound(2, Hash("state 2")), new RoundCommand.SumUnreachable(Training, "away"),
        ];
        foreach (RoundState state in new[] { InOpening(), InStepping() })
        {
            foreach (RoundCommand command in everything)
            {
                var (after, events, effects) = Run(state, Start.AddDays(1), command);
                Assert.Empty(events);
                Assert.Same(state, after);
                Assert.Empty(Told<ProtocolMessage.Invite>(effects));
                Assert.DoesNotContain(effects, e => e is Effect.Work { Item: WorkItem.PrepareBroadcast });
            }
        }
    }

    [Fact]
    public void A_sum_that_is_not_opened_by_its_deadline_stops_the_job()
    {
        var (stopped, events, effects) = Run(InOpening(), Start.AddSeconds(300), new RoundCommand.TimerDue($"opening-deadline/{Training}"));
        Assert.Equal("the sum 'training' was not opened by its deadline (job.timing.opening-deadline)", Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(events)).Reason);
        Assert.False(Assert.Single(Told<ProtocolMessage.RoundReport>(effects)).Outcome.Committed);
        var (_, after, _) = Run(stopped, Start.AddSeconds(301), new RoundCommand.StartRound(2, Zero), Opened(Training));
        Assert.Empty(after);
    }

    [Fact]
    public void After_an_outage_a_sealed_sum_gets_its_whole_opening_time_again()
    {
        RoundState state = InOpening();
        DateTimeOffset back = Start.AddHours(9);
        Assert.Contains(new Effect.StartTimer($"opening-deadline/{Training}", TimeSpan.FromSeconds(300)), RoundDecider.Outstanding(state, back));
        Assert.Contains(new Effect.Work(new WorkItem.OpenSum(Training, Hash("sum training"), 3)), RoundDecider.Outstanding(state, back));
        Assert.Contains(new Effect.StartTimer($"opening-deadline/{Training}", TimeSpan.FromSeconds(300)), RoundDecider.Outstanding(state, Start.AddYears(-1)));
    }

    [Fact]
    public void A_sealed_sum_that_is_out_of_reach_is_asked_for_again()
    {
        var (state, events, effects) = Run(InOpening(), Start.AddSeconds(1), new RoundCommand.SumUnreachable(Training, "connection lost"));
        Assert.Empty(events);
        Assert.Equal(new Effect.StartTimer($"reopen/{Training}", TimeSpan.FromSeconds(2)), Assert.Single(effects));
        var (_, _, again) = Run(state, Start.AddSeconds(3), new RoundCommand.TimerDue($"reopen/{Training}"));
        Assert.IsType<WorkItem.OpenSum>(Assert.IsType<Effect.Work>(Assert.Single(again)).Item);
    }

    [Fact]
    public void Work_that_fails_for_good_stops_the_job_in_every_phase_that_works()
    {
        RoundState preparing = Run(UpToTraining(ThePlan)).State;
        foreach (RoundState state in new[] { preparing, InOpening(), InStepping() })
        {
            var (_, events, _) = Run(state, Start, new RoundCommand.WorkFailed(Training, "opening inconsistent"));
            Assert.Equal("opening inconsistent", Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(events)).Reason);
            var (_, foreign, _) = Run(state, Start, new RoundCommand.WorkFailed(Training with { Attempt = 7 }, "another attempt's"));
            Assert.Empty(foreign);
        }
    }

    [Fact]
    public void A_sealed_set_that_was_not_asked_for_stops_the_job()
    {
        UpdateManifest[] good = [.. new[] { A, B, C }.Select(silo => Manifest(silo, Training, ThePlan.ComputeHash(), Hash("broadcast training")))];
        UpdateManifest[][] wrong =
        [
            [good[0], good[1], good[2] with { Silo = new SiloId("stranger") }],
            [good[0], good[1], good[2] with { Base = Hash("other") }],
            [good[0], good[1], good[2] with { Plan = Hash("other") }],
            [good[0], good[1], good[2] with { Round = 0 }],
            [good[0], good[1], good[2] with { Sum = "evaluation" }],
            [good[0], good[1], good[1]],
            [good[0], good[1]],   // the plan's quorum is all three
        ];
        foreach (UpdateManifest[] set in wrong)
        {
            var (state, events, _) = Run(InCollecting(), Start, new RoundCommand.CollectionSealed(Training, [.. set], Hash("sum")));
            Assert.Equal("the aggregator sealed contributions to 'training' that were not asked for", Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(events)).Reason);
            Assert.Equal(RoundPhase.Failed, state.Phase);
        }
    }

    [Fact]
    public void A_quorum_below_all_is_enough_to_seal()
    {
        JobPlan plan = Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 2, 0));
        RoundState state = Run(new RoundCommand.AdoptPlan(plan), new RoundCommand.StartRound(0, Zero), Ready(Counts)).State;
        Assert.Equal((3, 2), (state.Target, state.Quorum));
        Assert.IsType<RoundEvent.SumSealed>(Assert.Single(Run(state, Start, Seal(Counts, plan, A, C)).Events));
    }

    [Fact]
    public void Answers_of_another_attempt_change_nothing_in_any_phase()
    {
        CollectionId other = Training with { Attempt = 5 };
        RoundCommand[] stale =
        [
            Ready(other), Seal(other, ThePlan, A, B, C), new RoundCommand.CollectionFailed(other, "x"), Opened(other), Stepped(other, "y"), new RoundCommand.SumUnreachable(other, "z"),
            new RoundCommand.TimerDue($"retry/{other}"), new RoundCommand.TimerDue($"opening-deadline/{other}"),
        ];
        RoundState backingOff = Run(InCollecting(), Start, new RoundCommand.CollectionFailed(Training, "x")).State;
        foreach (RoundState state in new[] { RoundDecider.Initial, InCollecting(), backingOff, InOpening(), InStepping(), Committed() })
            foreach (RoundCommand command in stale)
                Assert.True(RoundDecider.Decide(state, command, Start.AddDays(1)).IsNone, $"{command.GetType().Name} in {state.Phase}");
    }

    [Fact]
    public void The_end_of_a_round_is_reported_again_when_it_is_asked_for_again()
    {
        RoundState state = Committed();
        var (same, events, effects) = Run(state, Start, new RoundCommand.StartRound(1, Hash("state 1")));
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Equal(Hash("state 2"), Assert.Single(Told<ProtocolMessage.RoundReport>(effects)).Outcome.State);
    }

    [Fact]
    public void The_same_round_from_another_state_is_refused_in_every_phase()
    {
        foreach (RoundState state in new[] { InCollecting(), InOpening(), InStepping(), Committed() })
        {
            var (_, events, effects) = Run(state, Start, new RoundCommand.StartRound(1, Hash("forged")));
            Assert.Empty(events);
            Assert.Equal("round 1 from another state than before", Assert.IsType<Effect.Refused>(Assert.Single(effects)).Reason);
        }
    }

    [Fact]
    public void Rounds_are_neither_skipped_nor_run_twice()
    {
        RoundState state = Committed();
        foreach (int round in new[] { 3, 99 }) Assert.True(RoundDecider.Decide(state, new RoundCommand.StartRound(round, Hash("state 2")), Start).IsNone);
        foreach (int past in new[] { -1, 0 })   // answered with how far the rounds are, since the job's log is behind
        {
            var (same, events, effects) = Run(state, Start, new RoundCommand.StartRound(past, Hash("state 2")));
            Assert.Same(state, same);
            Assert.Empty(events);
            Assert.Equal(1, Assert.IsType<ProtocolMessage.RoundReport>(Assert.IsType<Effect.Send>(Assert.Single(effects)).Message).Round);
        }

        Assert.Equal(2, Assert.IsType<RoundEvent.RoundPlanned>(Run(state, Start, new RoundCommand.StartRound(2, Hash("state 2"))).Events[0]).Round);
    }

    [Fact]
    public void Every_silo_is_told_of_the_end_until_it_has_settled_also_across_a_recovery_and_later_rounds()
    {
        RoundState state = Committed();
        state = Run(state, Start, new RoundCommand.SiloSettled(A, 0), new RoundCommand.SiloSettled(B, 0), new RoundCommand.SiloSettled(A, 1)).State;
        state = Run(state, Start, new RoundCommand.StartRound(2, Hash("state 2"))).State;
        string[] owed = [.. RoundDecider.Outstanding(state, Start).OfType<Effect.Deliver>().Where(d => d.Message is ProtocolMessage.CloseRound).Select(d => d.Id)];
        Assert.Equal(["close/0/c", "close/1/b", "close/1/c"], owed);

        var (settled, events, effects) = Run(state, Start, new RoundCommand.SiloSettled(C, 0));
        Assert.Equal(new RoundEvent.SiloSettled(C, 0), Assert.Single(events));
        Assert.Equal(new Effect.EndDelivery("close/0/c"), Assert.Single(effects));
        Assert.Equal([1], settled.Closing.Keys);
        var (_, again, ended) = Run(settled, Start, new RoundCommand.SiloSettled(C, 0));
        Assert.Empty(again);
        Assert.Equal(new Effect.EndDelivery("close/0/c"), Assert.Single(ended));
    }

    [Fact]
    public void The_aggregator_is_told_to_release_a_round_until_it_has()
    {
        JobPlan lastTwo = Plan(retain: 2);
        var (_, _, effects) = Run([.. UpToTraining(lastTwo)]);
        Assert.Equal(0, Assert.Single(Told<ProtocolMessage.ReleaseRound>(effects)).RetainFrom);

        RoundState state = Committed();
        Assert.Contains(RoundDecider.Outstanding(state, Start), e => e is Effect.Deliver { Id: "release/1", To.Value: "aggregator" });
        Assert.Equal(new Effect.EndDelivery("release/1"), Assert.Single(Run(state, Start, new RoundCommand.RoundReleased(1)).Effects));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(int.MaxValue, 0)]
    public void Retained_contributions_reach_back_as_far_as_the_plan_says(int retain, int expected)
    {
        JobPlan plan = Plan(retain: retain);
        RoundCommand[] toTheEnd =
        [
            .. UpToTraining(plan), Ready(Training), Seal(Training, plan, A, B, C), Opened(Training), Stepped(Training, "state 1a"), Ready(Evaluation), Seal(Evaluation, plan, A, B, C), Opened(Evaluation),
            Stepped(Evaluation, "state 2"),
        ];
        Assert.Equal(expected, Told<ProtocolMessage.ReleaseRound>(Run(toTheEnd).Effects).Single(r => r.Round == 1).RetainFrom);
    }

    [Fact]
    public void What_is_owed_in_each_phase_is_what_was_started_there()
    {
        RoundState preparing = Run(UpToTraining(ThePlan)).State;
        RoundState backingOff = Run(InCollecting(), Start, new RoundCommand.CollectionFailed(Training, "x")).State;
        Assert.Empty(RoundDecider.Outstanding(RoundDecider.Initial, Start));
        Assert.Contains(new Effect.Work(new WorkItem.PrepareBroadcast(Training, Hash("state 1"))), RoundDecider.Outstanding(preparing, Start));
        Assert.Equal(3, Told<ProtocolMessage.Invite>(RoundDecider.Outstanding(InCollecting(), Start)).Count());
        Assert.Single(Told<ProtocolMessage.OpenCollection>(RoundDecider.Outstanding(InCollecting(), Start)));
        Assert.Contains(new Effect.StartTimer($"retry/{Training}", TimeSpan.FromSeconds(2)), RoundDecider.Outstanding(backingOff, Start.AddDays(1)));
        Assert.Contains(new Effect.Work(new WorkItem.RunStep(Training, Hash("state 1"), Hash("opened training"), 3)), RoundDecider.Outstanding(InStepping(), Start));
        Assert.Single(Told<ProtocolMessage.RoundReport>(RoundDecider.Outstanding(Committed(), Start)));
        Assert.Equal(NodeAddress.Job, RoundDecider.Outstanding(Committed(), Start).OfType<Effect.Send>().Single().To);
    }

    [Fact]
    public void After_a_few_commands_that_cannot_be_decided_the_job_stops_and_the_node_goes_on()
    {
        RoundState state = RoundDecider.Initial with { Plan = Plan(), Phase = RoundPhase.Collecting, Round = 1, Collection = new CollectionId(1, 1, "training") };
        RoundCommand command = new RoundCommand.TimerDue("any");
        for (int i = 0; i < RoundDecider.RejectionsMax; i++)
        {
            Assert.DoesNotContain(RoundDecider.Decide(state, command, Start).Events, e => e is RoundEvent.RoundStopped);
            foreach (RoundEvent rejected in RoundDecider.Rejected(state, command, "our bug", Start)) state = RoundDecider.Evolve(state, rejected);
        }

        RoundEvent.RoundStopped stopped = Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(RoundDecider.Decide(state, command, Start).Events));
        Assert.Equal("3 commands of the round could not be decided; the journal has them", stopped.Reason);
        Assert.Equal(RoundPhase.Failed, RoundDecider.Evolve(state, stopped).Phase);
    }

    [Fact]
    public void The_release_of_a_round_stays_owed_while_the_next_one_runs()
    {
        RoundState state = Run(Committed(), Start, new RoundCommand.StartRound(2, Hash("state 2"))).State;
        Assert.Contains(RoundDecider.Outstanding(state, Start).OfType<Effect.Deliver>(), d => d.Message is ProtocolMessage.ReleaseRound { Round: 1 });
    }
}
