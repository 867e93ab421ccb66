using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using Ran = (Fed.Actors.Protocol.Job.JobState State, System.Collections.Generic.List<Fed.Actors.Protocol.Job.JobEvent> Events, System.Collections.Generic.List<Fed.Actors.Protocol.Effect> Effects);

namespace Fed.Actors.Tests.Protocol;

public sealed class JobDeciderTests
{
    private static readonly JobPlan ThePlan = Plan();
    private static readonly JobCommand Deadline = new JobCommand.TimerDue("plan-deadline");

    private static Ran Run(JobState state, DateTimeOffset now, params JobCommand[] commands) => When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, now, commands);

    private static JobCommand Submit(JobPlan? plan = null) => new JobCommand.Submit(plan ?? ThePlan, Hash("state 0"), new byte[] { 1 }, new byte[] { 2 });

    private static JobCommand Answer(SiloId silo, string? refusal = null, JobPlan? plan = null) => new JobCommand.PlanAnswered(silo, (plan ?? ThePlan).ComputeHash(), refusal);

    private static JobCommand Adopted(JobPlan? plan = null) => new JobCommand.PlanAdopted((plan ?? ThePlan).ComputeHash());

    private static JobCommand Report(int round, string? stop = null) => new JobCommand.RoundReported(round, new RoundOutcome(true, Hash($"state {round + 1}"), $"model {round}", stop, null));

    private static JobState Proposed { get; } = Run(JobDecider.Initial, Start, Submit()).State;

    private static JobState Running { get; } = Run(Proposed, Start, Adopted(), Answer(A), Answer(B), Answer(C)).State;

    private static ProtocolMessage.StartRound Asked(IEnumerable<Effect> effects) => Assert.IsType<ProtocolMessage.StartRound>(effects.OfType<Effect.Deliver>().Last().Message);

    [Fact]
    public void A_plan_is_journaled_first_and_then_proposed_to_everybody_until_they_answer()
    {
        var (state, events, effects) = Run(JobDecider.Initial, Start, Submit());
        JobEvent.JobPlanned planned = Assert.IsType<JobEvent.JobPlanned>(Assert.Single(events));
        Assert.Equal((ThePlan.ComputeHash(), Start.AddSeconds(30)), (planned.Hash, planned.ApproveBy));
        Assert.Equal(["propose/coordinator", "propose/a", "propose/b", "propose/c"], effects.OfType<Effect.Deliver>().Select(d => d.Id));
        Assert.Contains(new Effect.StartTimer("plan-deadline", TimeSpan.FromSeconds(30)), effects);
        Assert.True(JobDecider.Decide(state, Submit(Plan(rounds: 9)), Start).IsNone);
    }

    [Fact]
    public void Rounds_begin_when_all_sites_and_the_coordinator_agree_in_any_order()
    {
        JobCommand[][] orders = [[Adopted(), Answer(A), Answer(B), Answer(C)], [Answer(C), Answer(A), Answer(B), Adopted()]];
        foreach (JobCommand[] order in orders)
        {
            var (waiting, early, _) = Run(Proposed, Start, order[..3]);
            Assert.Equal(JobPhase.Proposed, waiting.Phase);
            Assert.DoesNotContain(early, e => e is JobEvent.JobStarted);

            var (state, events, effects) = Run(waiting, Start, order[3]);
            Assert.IsType<JobEvent.JobStarted>(events[^1]);
            Assert.Equal((0, Hash("state 0")), (Asked(effects).Round, Asked(effects).State));
            Assert.Contains(new Effect.CancelTimer("plan-deadline"), effects);
            Assert.Equal(JobPhase.Running, state.Phase);
        }
    }

    [Fact]
    public void A_refusal_before_the_start_fails_the_job_with_the_sites_reason()
    {
        var (state, events, effects) = Run(Proposed, Start, Answer(A), Answer(B, "the grid is too fine"));
        Assert.Equal("site 'b' refused the plan: the grid is too fine", Assert.IsType<JobEvent.JobFailed>(events[^1]).Reason);
        Assert.Contains(new Effect.EndDelivery("propose"), effects);
        Assert.Equal(JobPhase.Failed, state.Phase);
        Assert.Empty(JobDecider.Outstanding(state, Start));
    }

    [Fact]
    public void Answers_to_another_plan_or_of_a_stranger_are_refused()
    {
        JobCommand[] foreign = [Answer(A, plan: Plan(rounds: 9)), Answer(new SiloId("stranger")), Adopted(Plan(rounds: 9))];
        foreach (JobState state in new[] { Proposed, Running })
        {
            foreach (JobCommand command in foreign)
            {
                var (same, events, effects) = Run(state, Start, command);
                Assert.Empty(events);
                Assert.Same(state, same);
                Assert.IsType<Effect.Refused>(Assert.Single(effects));
            }
        }
    }

    [Fact]
    public void A_repeated_approval_only_ends_the_asking()
    {
        JobState state = Run(Proposed, Start, Answer(A), Adopted()).State;
        var (same, events, effects) = Run(state, Start, Answer(A), Adopted());
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Equal([new Effect.EndDelivery("propose/a"), new Effect.EndDelivery("propose/coordinator")], effects);
    }

    [Fact]
    public void At_the_plan_deadline_a_quorum_starts_without_the_others_who_may_join_later()
    {
        JobPlan plan = Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 2, 0));
        JobState state = Run(JobDecider.Initial, Start, Submit(plan), Adopted(plan), Answer(A, plan: plan), Answer(B, plan: plan)).State;
        var (running, events, _) = Run(state, Start.AddSeconds(30), Deadline);
        Assert.IsType<JobEvent.JobStarted>(Assert.Single(events));
        Assert.Contains(JobDecider.Outstanding(running, Start), e => e is Effect.Deliver { Id: "propose/c" });
        var (joined, late, _) = Run(running, Start.AddSeconds(40), Answer(C, plan: plan));
        Assert.Equal(new JobEvent.PlanApproved(C), Assert.Single(late));
        Assert.DoesNotContain(JobDecider.Outstanding(joined, Start), e => e is Effect.Deliver { Id: "propose/c" });
    }

    [Fact]
    public void A_late_refusal_does_not_stop_a_running_job()
    {
        JobPlan plan = Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 2, 0));
        JobState state = Run(JobDecider.Initial, Start, Submit(plan), Adopted(plan), Answer(A, plan: plan), Answer(B, plan: plan)).State;
        state = Run(state, Start.AddSeconds(30), Deadline).State;
        var (same, events, effects) = Run(state, Start.AddSeconds(31), Answer(C, "no", plan));
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Contains(new Effect.Refused("site 'c' refused the plan: no"), effects);
    }

    [Fact]
    public void Below_the_quorum_or_without_a_coordinator_the_plan_deadline_fails_the_job()
    {
        JobState few = Run(Proposed, Start, Adopted(), Answer(A)).State;
        Assert.Equal("1 of 3 sites approved the plan by its deadline", Assert.IsType<JobEvent.JobFailed>(Assert.Single(Run(few, Start.AddSeconds(30), Deadline).Events)).Reason);
        JobState alone = Run(Proposed, Start, Answer(A), Answer(B), Answer(C)).State;
        Assert.Equal("the coordinator did not take up the plan by its deadline", Assert.IsType<JobEvent.JobFailed>(Assert.Single(Run(alone, Start.AddSeconds(30), Deadline).Events)).Reason);
    }

    [Fact]
    public void After_an_outage_sites_get_their_whole_time_to_approve_again()
    {
        DateTimeOffset back = Start.AddHours(9);
        Assert.Contains(new Effect.StartTimer("plan-deadline", TimeSpan.FromSeconds(30)), JobDecider.Outstanding(Proposed, back));
    }

    [Fact]
    public void Each_committed_round_asks_for_the_next_from_its_state()
    {
        var (state, events, effects) = Run(Running, Start, Report(0));
        Assert.Equal(new JobEvent.RoundRecorded(0, Hash("state 1"), "model 0"), Assert.Single(events));
        Assert.Equal((1, Hash("state 1")), (Asked(effects).Round, Asked(effects).State));
        Assert.Contains(new Effect.EndDelivery("round/0"), effects);
        Assert.Equal("round/1", Assert.IsType<Effect.Deliver>(Assert.Single(JobDecider.Outstanding(state, Start))).Id);
    }

    [Fact]
    public void Repeated_reports_change_nothing()
    {
        JobState state = Run(Running, Start, Report(0)).State;
        foreach (int round in new[] { -1, 0 }) Assert.True(JobDecider.Decide(state, Report(round), Start).IsNone);
    }

    [Fact]
    public void A_job_whose_log_is_behind_takes_the_round_from_the_coordinator()
    {
        JobState state = Run(Running, Start, Report(0)).State;
        var (ahead, events, effects) = Run(state, Start, Report(2));
        Assert.Equal(2, Assert.IsType<JobEvent.RoundRecorded>(events[0]).Round);
        Assert.Equal(JobPhase.Completed, ahead.Phase);   // round 2 is the plan's last
        Assert.Contains(new Effect.EndDelivery("round/1"), effects);
    }

    [Fact]
    public void The_last_round_completes_the_job_and_nothing_happens_after_it()
    {
        var (state, events, effects) = Run(Running, Start, Report(0), Report(1), Report(2));
        Assert.Equal(new JobEvent.JobCompleted(2, JobState.AllRounds, "model 2", Start), events[^1]);
        Assert.DoesNotContain(effects, e => e is Effect.Deliver { Id: "round/3" });
        Assert.Empty(JobDecider.Outstanding(state, Start));
        var (same, after, _) = Run(state, Start.AddDays(1), Report(3), Submit(), Deadline, Answer(A), Adopted(), Answer(C, "no"));
        Assert.Empty(after);
        Assert.Same(state, same);
    }

    [Fact]
    public void A_stopping_rule_completes_the_job_before_the_last_round()
    {
        var (state, events, _) = Run(Running, Start, Report(0), Report(1, stop: "the loss moved by less than 1e-6"));
        Assert.Equal(new JobEvent.JobCompleted(1, "the loss moved by less than 1e-6", "model 1", Start), events[^1]);
        Assert.Equal(JobPhase.Completed, state.Phase);
    }

    [Fact]
    public void A_failed_round_fails_the_job_with_the_round_and_the_reason()
    {
        JobCommand failed = new JobCommand.RoundReported(0, new RoundOutcome(false, Hash("state 0"), null, null, "too few updates"));
        var (state, events, effects) = Run(Running, Start, failed);
        Assert.Equal("round 0: too few updates", Assert.IsType<JobEvent.JobFailed>(Assert.Single(events)).Reason);
        Assert.Contains(new Effect.EndDelivery("round/0"), effects);
        Assert.Equal((JobPhase.Failed, Hash("state 0"), -1), (state.Phase, state.State, state.Round));
    }

    [Fact]
    public void Late_approvals_after_a_failure_are_not_journaled()
    {
        JobState state = Run(Proposed, Start, Answer(B, "no")).State;
        var (same, events, effects) = Run(state, Start, Answer(A), Adopted());
        Assert.Empty(events);
        Assert.Same(state, same);
        Assert.Equal([new Effect.EndDelivery("propose/a"), new Effect.EndDelivery("propose/coordinator")], effects);
        Assert.Equal(NodeAddress.Coordinator, JobDecider.Outstanding(Proposed, Start).OfType<Effect.Deliver>().First().To);
    }

    [Fact]
    public void After_a_few_commands_that_cannot_be_decided_the_job_fails()
    {
        JobState state = Running;
        for (int i = 0; i < JobDecider.RejectionsMax; i++)
            foreach (JobEvent rejected in JobDecider.Rejected(state, Deadline, "our bug", Start)) state = JobDecider.Evolve(state, rejected);
        Assert.Equal("3 commands of the job could not be decided; the journal has them", Assert.IsType<JobEvent.JobFailed>(Assert.Single(JobDecider.Decide(state, Deadline, Start).Events)).Reason);
    }
}
