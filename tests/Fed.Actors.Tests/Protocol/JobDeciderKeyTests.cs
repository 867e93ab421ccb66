using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using Ran = (Fed.Actors.Protocol.Job.JobState State, System.Collections.Generic.List<Fed.Actors.Protocol.Job.JobEvent> Events, System.Collections.Generic.List<Fed.Actors.Protocol.Effect> Effects);

namespace Fed.Actors.Tests.Protocol;

/// <summary>A job's keys: made before they are needed, again without who spoils them, and never within a round.</summary>
public sealed class JobDeciderKeyTests
{
    private static readonly JobPlan ThePlan = KeyPlan();
    private static readonly ImmutableSortedSet<SiloId> Four = [A, B, C, D];

    private static Ran Run(JobState state, params JobCommand[] commands) => When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, Start, commands);

    private static JobState Approved(JobPlan? plan = null)
    {
        plan ??= ThePlan;
        JobState state = Run(JobDecider.Initial, new JobCommand.Submit(plan, Hash("state 0"), new byte[] { 1 }, new byte[] { 2 }), new JobCommand.PlanAdopted(plan.ComputeHash())).State;
        return Run(state, [.. plan.Silos.Select(silo => new JobCommand.PlanAnswered(silo, plan.ComputeHash(), null))]).State;
    }

    private static JobState At(JobState state, KeyStep step)
    {
        while (state.Ceremony!.Step < step) state = Close(state, state.Ceremony.Holders).State;
        return state;
    }

    private static Ran Close(JobState state, ImmutableSortedSet<SiloId> holders) => Run(state, new JobCommand.KeyStepPublished(
        state.KeyEpoch, state.Ceremony!.Step, holders, holders.ToImmutableSortedDictionary(static silo => silo, silo => Hash($"answers of {state.Ceremony.Step}"))));

    private static Ran Make(JobState state) => Run(At(state, KeyStep.Accept), new JobCommand.KeyMade(new CollectiveKey(state.KeyEpoch, Hash("key"), Hash("public key"), state.Ceremony!.Holders)));

    private static Ran Report(JobState state) => Run(state, new JobCommand.RoundReported(state.Round + 1, new RoundOutcome(true, Hash("state"), "model", null, null)));

    [Fact]
    public void A_key_is_made_before_round_0_and_the_round_is_told_which()
    {
        JobState state = Approved();
        Assert.Equal((JobPhase.Keying, 1, KeyStep.Enter), (state.Phase, state.Ceremony!.Epoch, state.Ceremony.Step));
        var (made, events, effects) = Make(state);
        JobEvent.KeyEstablished established = Assert.IsType<JobEvent.KeyEstablished>(events[^1]);
        Assert.Equal((0, 1L, "silo-threshold", 8L), (established.FirstRound, established.LastRound, established.Profile, established.Openings));
        ProtocolMessage.StartRound asked = Assert.IsType<ProtocolMessage.StartRound>(effects.OfType<Effect.Deliver>().Last().Message);
        Assert.Equal((0, Hash("key")), (asked.Round, asked.Key!.Id));
        Assert.Equal(JobPhase.Running, made.Phase);
    }

    [Fact]
    public void A_new_key_is_made_between_rounds_before_the_old_one_is_used_up()
    {
        // Of 8 openings 2 are for trials, 1 x 2 may go in round 0, and 2 x 2 in each later one: rounds 0 and 1, then one round a key.
        JobState state = Make(Approved()).State;
        state = Report(state).State;
        Assert.Equal((JobPhase.Running, 1), (state.Phase, state.Key!.Epoch));
        state = Report(state).State;
        Assert.Equal((JobPhase.Keying, 2, 1), (state.Phase, state.KeyEpoch, state.Round));
        var (next, events, effects) = Make(state);
        Assert.Equal((2, 2L), (((JobEvent.KeyEstablished)events[^1]).FirstRound, ((JobEvent.KeyEstablished)events[^1]).LastRound));
        Assert.Equal((2, 2), (((ProtocolMessage.StartRound)effects.OfType<Effect.Deliver>().Last().Message).Round, next.Key!.Epoch));
    }

    [Fact]
    public void A_job_that_ends_for_want_of_a_key_tells_the_coordinator_until_it_answers_so_that_its_models_go_to_the_sites()
    {
        JobState state = Report(Report(Make(Approved()).State).State).State;
        Assert.Equal((JobPhase.Keying, 1), (state.Phase, state.Round));
        while (!state.IsOver)
        {
            JobState before = state;
            Ran failed = Run(state, new JobCommand.KeyAnswersHeld(state.KeyEpoch, KeyStep.Enter, [], [], true));
            state = failed.State;
            if (state.IsOver) Assert.Equal(2, Assert.IsType<ProtocolMessage.CancelRound>(Assert.Single(failed.Effects.OfType<Effect.Deliver>()).Message).Round);
            Assert.NotSame(before, state);
        }

        Assert.Equal(JobPhase.Failed, state.Phase);
        Effect.Deliver owed = Assert.IsType<Effect.Deliver>(Assert.Single(JobDecider.Outstanding(state, Start)));   // whoever leads next tells it again
        Ran answered = Run(state, new JobCommand.RoundReported(2, new RoundOutcome(false, Hash("state"), null, null, "the job is cancelled")));
        Assert.Equal(owed.Id, Assert.IsType<Effect.EndDelivery>(Assert.Single(answered.Effects)).Id);
        Assert.Empty(answered.Events);
    }

    [Fact]
    public void For_a_site_that_was_restored_from_an_old_copy_a_key_is_made_anew_before_the_next_round_and_once()
    {
        JobState state = Make(Approved(ThePlan with { Rounds = 5, Ckks = ThePlan.Ckks! with { OpeningsPerKey = 1_000 } })).State;
        JobCommand.RoundReported Asking(JobState at, params SiloId[] silos) => new(at.Round + 1, new RoundOutcome(true, Hash("state"), "model", null, null) { Restored = [.. silos] });
        Assert.Equal(JobPhase.Running, Run(state, Asking(state, new SiloId("stranger"))).State.Phase);
        var (rekeying, events, _) = Run(state, Asking(state, B));
        JobEvent.KeyCeremonyStarted started = Assert.IsType<JobEvent.KeyCeremonyStarted>(events[^1]);
        Assert.Equal((JobPhase.Keying, 2), (rekeying.Phase, rekeying.KeyEpoch));
        Assert.Equal([B], started.Restored!);
        Assert.Contains(B, started.Asked);
        var (made, _, effects) = Make(rekeying);
        Assert.Equal((1, 2), (((ProtocolMessage.StartRound)effects.OfType<Effect.Deliver>().Last().Message).Round, made.Key!.Epoch));
        Assert.Equal(JobPhase.Running, Run(made, Asking(made, B)).State.Phase);   // again: it stays out
        Assert.Equal(JobPhase.Keying, Run(made, Asking(made, B, C)).State.Phase);
        Assert.Equal([B, C], Run(made, Asking(made, B, C)).State.Rekeyed);
    }

    [Fact]
    public void Who_does_not_enter_by_the_deadline_is_no_holder_while_enough_do()
    {
        JobState state = Approved();
        string timer = Assert.Single(JobDecider.Outstanding(state, Start).OfType<Effect.StartTimer>()).Id;
        Assert.IsType<WorkItem.CountKeyAnswers>(Assert.IsType<Effect.Work>(Assert.Single(Run(state, new JobCommand.TimerDue(timer)).Effects)).Item);
        Effect.Work work = Run(state, new JobCommand.KeyAnswersHeld(1, KeyStep.Enter, [A, C, D], [], IsOverdue: true)).Effects.OfType<Effect.Work>().Single();
        Assert.Equal([A, C, D], ((WorkItem.PublishKeyStep)work.Item).Holders);
        Assert.Equal([A, C, D], Close(state, [A, C, D]).State.Ceremony!.Holders);
        Assert.Contains("2 sites entered, and 3 must hold the key", ((JobEvent.KeyCeremonyFailed)Run(state, new JobCommand.KeyAnswersHeld(1, KeyStep.Enter, [A, C], [], IsOverdue: true)).Events[0]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_holder_that_does_not_answer_is_named_and_the_next_key_is_made_without_it()
    {
        JobState state = At(Approved(), KeyStep.CommitShare);
        Assert.Empty(Run(state, new JobCommand.KeyAnswersHeld(1, KeyStep.CommitShare, [A, B, C], [], IsOverdue: false)).Events);
        var (again, events, effects) = Run(state, new JobCommand.KeyAnswersHeld(1, KeyStep.CommitShare, [A, B, C], [], IsOverdue: true));
        JobEvent.KeyCeremonyFailed failed = Assert.IsType<JobEvent.KeyCeremonyFailed>(events[0]);
        Assert.Equal(("no answer of 'd'", D), (failed.Reason, Assert.Single(failed.LeftOut)));
        Assert.Equal((2, KeyStep.Enter), (again.Ceremony!.Epoch, again.Ceremony.Step));
        Assert.Equal(["key/2/Enter/a", "key/2/Enter/b", "key/2/Enter/c"], effects.OfType<Effect.Deliver>().Select(d => d.Id));

        var (over, last, _) = Run(At(again, KeyStep.RevealShare), new JobCommand.KeyDeclined(2, KeyStep.RevealShare, B, null));
        Assert.Equal(JobPhase.Failed, over.Phase);
        Assert.Contains("no key could be made in 2 attempts", ((JobEvent.JobFailed)last[^1]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_deal_costs_its_dealer_the_key_and_a_second_complaint_the_complainer()
    {
        JobPlan plan = ThePlan with { MaxAttempts = 3, Ckks = ThePlan.Ckks! with { OpeningsPerKey = 100 }, Roster = [.. ThePlan.Roster, new RosterEntry(new SiloId("e"), Hash("key e"))] };
        JobState state = At(Approved(plan), KeyStep.Trial);
        var (again, events, _) = Run(state, new JobCommand.KeyDeclined(1, KeyStep.Trial, A, B));
        Assert.Equal(("'a' cannot use what 'b' said", B), (((JobEvent.KeyCeremonyFailed)events[0]).Reason, Assert.Single(((JobEvent.KeyCeremonyFailed)events[0]).LeftOut)));
        Assert.DoesNotContain(B, again.Ceremony!.Asked);
        var (third, second, _) = Run(At(again, KeyStep.Trial), new JobCommand.KeyDeclined(2, KeyStep.Trial, A, C));
        Assert.Equal(A, Assert.Single(((JobEvent.KeyCeremonyFailed)second[0]).LeftOut));
        Assert.Contains(C, third.Ceremony!.Asked);
    }

    [Fact]
    public void Answers_to_other_questions_and_of_epochs_that_are_over_change_nothing()
    {
        JobState state = At(Approved(), KeyStep.RevealSeed);
        KeyAnswer good = new(A, Job, 1, KeyStep.RevealSeed, ThePlan.ComputeHash(), state.Ceremony!.GivenTo(A), Hash("part"), new byte[] { 1 });
        Assert.IsType<WorkItem.HoldKeyAnswer>(((Effect.Work)Run(state, new JobCommand.KeyAnswered(good)).Effects.Single()).Item);
        Assert.IsType<Effect.Refused>(Run(state, new JobCommand.KeyAnswered(good with { Given = Hash("other") })).Effects.Single());
        Assert.IsType<Effect.Refused>(Run(state, new JobCommand.KeyAnswered(good with { Plan = Hash("other") })).Effects.Single());
        foreach (KeyAnswer late in new[] { good with { Epoch = 0 }, good with { Step = KeyStep.CommitSeed }, good with { Silo = new SiloId("stranger") } })
            Assert.Empty(Run(state, new JobCommand.KeyAnswered(late)).Effects);
        Assert.Equal(KeyStep.CommitShare, Close(state, Four).State.Ceremony!.Step);
    }

    [Fact]
    public void Another_roster_is_another_plan_whose_key_is_bound_to_it_and_whose_answers_do_not_count()
    {
        JobPlan other = ThePlan with { Roster = ThePlan.Roster.SetItem(3, ThePlan.Roster[3] with { KeyId = Hash("a new key of d") }) };
        (KeyContext ours, KeyContext theirs) = (KeyContext.Of(ThePlan, ThePlan.ComputeHash(), 1, Four), KeyContext.Of(other, other.ComputeHash(), 1, Four));
        Assert.NotEqual(ours.Roster, theirs.Roster);
        Assert.NotEqual(ours.Plan, theirs.Plan);
        Assert.Equal(ThePlan.RosterHash(), Assert.IsType<JobEvent.KeyEstablished>(Make(Approved()).Events[^1]).Roster);

        JobState state = At(Approved(), KeyStep.RevealSeed);
        KeyAnswer answer = new(D, Job, 1, KeyStep.RevealSeed, other.ComputeHash(), state.Ceremony!.GivenTo(D), Hash("part"), new byte[] { 1 });
        Assert.IsType<Effect.Refused>(Assert.Single(Run(state, new JobCommand.KeyAnswered(answer)).Effects));
        SiloState silo = SiloDecider.Evolve(SiloDecider.Initial, new SiloEvent.PlanApproved(ThePlan, ThePlan.ComputeHash(), A));
        Decision<SiloEvent, Effect> proposed = SiloDecider.Decide(silo, new SiloCommand.ProposePlan(A, other, other.ComputeHash(), null), Start);
        Assert.Empty(proposed.Events);
        Assert.Equal("another plan was approved for this job", ((ProtocolMessage.PlanAnswer)((Effect.Send)Assert.Single(proposed.Effects)).Message).Refusal);
        Decision<SiloEvent, Effect> asked = SiloDecider.Decide(silo, new SiloCommand.AskKeyStep(1, KeyStep.Enter, [A, B, C, new SiloId("e")], default), Start);
        Assert.Contains("'e', which is not in the roster", Assert.IsType<Effect.Refused>(Assert.Single(asked.Effects)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_jobs_end_asks_all_sites_to_erase_their_parts()
    {
        JobState state = Make(Approved(KeyPlan(rounds: 0))).State;
        var (over, _, effects) = Report(state);
        Assert.Equal(JobPhase.Completed, over.Phase);
        Assert.Equal(Four.Select(static silo => NodeAddress.Silo(silo.Value)), effects.OfType<Effect.Send>().Where(static send => send.Message is ProtocolMessage.EndJob).Select(static send => send.To));
    }
}
