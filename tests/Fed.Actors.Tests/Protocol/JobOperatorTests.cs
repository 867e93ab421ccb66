using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using Ran = (Fed.Actors.Protocol.Job.JobState State, System.Collections.Generic.List<Fed.Actors.Protocol.Job.JobEvent> Events, System.Collections.Generic.List<Fed.Actors.Protocol.Effect> Effects);

namespace Fed.Actors.Tests.Protocol;

/// <summary>What operators ask of a job.</summary>
public sealed class JobOperatorTests
{
    private static readonly JobPlan ThePlan = Plan(), TheKeyPlan = KeyPlan();

    private static JobState Proposed { get; } = Run(JobDecider.Initial, Submit(ThePlan)).State;

    private static JobState Running { get; } = Run(Proposed, Agreed(ThePlan)).State;

    private static Ran Run(JobState state, params JobCommand[] commands) => When<JobDecider, JobState, JobCommand, JobEvent, Effect>(state, Start, commands);

    private static JobCommand Submit(JobPlan plan) => new JobCommand.Submit(plan, Hash("state 0"), new byte[] { 1 }, new byte[] { 2 });

    private static JobCommand[] Agreed(JobPlan plan) => [new JobCommand.PlanAdopted(plan.ComputeHash()), .. plan.Silos.Select(silo => new JobCommand.PlanAnswered(silo, plan.ComputeHash(), null))];

    private static JobCommand Report(int round, params SiloId[] restored) => new JobCommand.RoundReported(round, new RoundOutcome(true, Hash($"state {round + 1}"), $"model {round}", null, null) { Restored = [.. restored] });

    private static JobCommand Failed(int round) => new JobCommand.RoundReported(round, new RoundOutcome(false, Hash("state"), null, null, "the job is cancelled"));

    private static JobCommand Pause(string id = "p1") => new JobCommand.Pause(new OperatorRequest(id, "coordinator-1", null));

    private static JobCommand Resume(string id = "r1") => new JobCommand.Resume(new OperatorRequest(id, "coordinator-2", null));

    private static JobCommand Cancel(string id = "c1") => new JobCommand.Cancel(new OperatorRequest(id, "coordinator-2", "the vote was withdrawn"));

    private static IEnumerable<ProtocolMessage> Messages(IEnumerable<Effect> effects) => effects.Select(static effect => effect switch { Effect.Deliver deliver => deliver.Message, Effect.Send send => send.Message, _ => null }).OfType<ProtocolMessage>();

    [Fact]
    public void A_pause_waits_for_the_round_under_way_and_then_nothing_is_asked_until_the_job_is_resumed()
    {
        var (pausing, events, effects) = Run(Running, Pause());
        Assert.Equal((JobPhase.Running, "p1"), (pausing.Phase, Assert.IsType<JobEvent.JobPaused>(Assert.Single(events)).Request.Id));
        Assert.Empty(effects);
        Assert.Contains(Messages(JobDecider.Outstanding(pausing, Start)), static message => message is ProtocolMessage.StartRound { Round: 0 });   // after a fail-over the round goes on

        var (paused, recorded, held) = Run(pausing, Report(0));
        Assert.Equal((JobPhase.Paused, 0), (paused.Phase, paused.Round));
        Assert.IsType<JobEvent.RoundRecorded>(Assert.Single(recorded));
        Assert.Empty(Messages(held));
        Assert.Empty(JobDecider.Outstanding(paused, Start));   // whoever leads next asks nothing either

        var (running, resumed, asked) = Run(paused, Resume());
        Assert.Equal(JobPhase.Running, running.Phase);
        Assert.IsType<JobEvent.JobResumed>(Assert.Single(resumed));
        Assert.Equal(1, Assert.IsType<ProtocolMessage.StartRound>(Assert.Single(Messages(asked))).Round);
    }

    [Fact]
    public void A_job_that_is_cancelled_while_it_waits_for_its_turn_never_begins_whoever_submits_it_again()
    {
        var (queued, events, _) = Run(JobDecider.Initial, new JobCommand.Queue(new OperatorRequest("s1", "coordinator-1", null)));
        Assert.Equal("s1", Assert.IsType<JobEvent.JobQueued>(Assert.Single(events)).Request.Id);
        Assert.Equal(JobPhase.Empty, queued.Phase);
        Assert.Empty(Run(queued, new JobCommand.Queue(new OperatorRequest("s1", "coordinator-1", null))).Events);
        Assert.Equal(JobPhase.Proposed, Run(queued, Submit(ThePlan)).State.Phase);

        var (cancelled, _, effects) = Run(queued, Cancel());
        Assert.Equal((JobPhase.Cancelled, null), (cancelled.Phase, cancelled.Planned));
        Assert.Empty(effects);
        Assert.Empty(JobDecider.Outstanding(cancelled, Start));
        foreach (JobCommand again in (JobCommand[])[Submit(ThePlan), new JobCommand.Queue(new OperatorRequest("s1", "coordinator-1", null)), .. Agreed(ThePlan), Cancel()])
            Assert.Empty(Run(cancelled, again).Events);
    }

    [Fact]
    public void A_job_that_is_cancelled_between_two_rounds_leaves_its_models_too()
    {
        JobState paused = Run(Running, Report(0), Pause(), Report(1)).State;
        Assert.Equal(JobPhase.Paused, paused.Phase);
        var (cancelled, _, effects) = Run(paused, Cancel());
        Assert.Equal(2, Assert.Single(Messages(effects).OfType<ProtocolMessage.CancelRound>()).Round);
        Assert.IsType<Effect.EndDelivery>(Assert.Single(Run(cancelled, Failed(2)).Effects));
        Assert.Empty(Messages(Run(Run(Running, Pause(), Report(0)).State, Cancel()).Effects).OfType<ProtocolMessage.CancelRound>());   // start-up leaves none
    }

    [Fact]
    public void A_job_that_is_resumed_before_its_round_has_ended_never_pauses()
    {
        JobState state = Run(Running, Pause(), Resume()).State;
        var (after, _, effects) = Run(state, Report(0));
        Assert.Equal(JobPhase.Running, after.Phase);
        Assert.Contains(Messages(effects), static message => message is ProtocolMessage.StartRound { Round: 1 });
    }

    [Fact]
    public void A_request_that_is_on_record_has_no_effect_again()
    {
        JobState resumed = Run(Running, Pause(), Resume()).State;
        Assert.True(JobDecider.Decide(resumed, Pause(), Start).IsNone);
        Assert.True(JobDecider.Decide(Run(resumed, Pause("p2")).State, Resume(), Start).IsNone);
        Assert.IsType<JobEvent.JobResumed>(Assert.Single(JobDecider.Decide(Running, Resume(), Start).Events));   // on record also where there was nothing to resume: it cannot undo a later pause
    }

    [Fact]
    public void A_job_that_is_paused_before_its_sites_agree_begins_when_it_is_resumed()
    {
        var (paused, _, effects) = Run(Proposed, [Pause(), .. Agreed(ThePlan)]);
        Assert.Equal(JobPhase.Paused, paused.Phase);
        Assert.DoesNotContain(Messages(effects), static message => message is ProtocolMessage.StartRound);
        Assert.Contains(Messages(Run(paused, Resume()).Effects), static message => message is ProtocolMessage.StartRound { Round: 0 });
    }

    [Fact]
    public void A_cancelled_job_ends_with_its_round_and_tells_everybody()
    {
        var (cancelling, events, effects) = Run(Running, Cancel());
        Assert.Equal(JobPhase.Cancelling, cancelling.Phase);
        Assert.IsType<JobEvent.CancelRequested>(Assert.Single(events));
        Assert.Equal(new ProtocolMessage.CancelRound(Job, 0), Assert.Single(Messages(effects)));
        Assert.Equal(new ProtocolMessage.CancelRound(Job, 0), Assert.Single(Messages(JobDecider.Outstanding(cancelling, Start))));   // asked again by whoever leads next
        Assert.True(JobDecider.Decide(cancelling, Resume(), Start).IsNone);

        var (over, last, told) = Run(cancelling, Failed(0));
        Assert.Equal((JobPhase.Cancelled, "cancelled by coordinator-2: the vote was withdrawn", true), (over.Phase, over.Reason, over.IsOver));
        Assert.IsType<JobEvent.JobCancelled>(Assert.Single(last));
        Assert.Equal(ThePlan.Silos.Select(static silo => NodeAddress.Silo(silo.Value)), told.OfType<Effect.Send>().Where(static send => send.Message is ProtocolMessage.EndJob).Select(static send => send.To));
        Assert.Contains(new Effect.EndDelivery("cancel"), told);
        Assert.Empty(JobDecider.Outstanding(over, Start));
    }

    [Fact]
    public void A_round_that_is_committed_all_the_same_counts_and_the_last_one_completes_the_job()
    {
        JobState cancelling = Run(Running, Cancel()).State;
        var (over, events, _) = Run(cancelling, Report(0));
        Assert.Equal((JobPhase.Cancelled, 0, "model 0"), (over.Phase, over.Round, over.ModelSha256));
        Assert.Equal([typeof(JobEvent.RoundRecorded), typeof(JobEvent.JobCancelled)], events.Select(static e => e.GetType()));

        JobState last = Run(Running, Report(0), Report(1), Cancel()).State;
        Assert.Equal(JobPhase.Completed, Run(last, Report(2)).State.Phase);   // too late
    }

    [Fact]
    public void A_job_with_no_round_under_way_is_cancelled_at_once()
    {
        Assert.Equal(JobPhase.Cancelled, Run(Proposed, Cancel()).State.Phase);
        Assert.Equal(JobPhase.Cancelled, Run(Running, Pause(), Report(0), Cancel()).State.Phase);
        JobState keying = Run(JobDecider.Initial, [Submit(TheKeyPlan), .. Agreed(TheKeyPlan)]).State;
        Assert.Equal(JobPhase.Keying, keying.Phase);
        var (over, _, effects) = Run(keying, Cancel());
        Assert.Equal(JobPhase.Cancelled, over.Phase);
        Assert.Contains(new Effect.EndDelivery("key"), effects);
        Assert.Contains(new Effect.CancelTimer("key-deadline/1/Enter"), effects);
        var (_, published, dropped) = Run(over, new JobCommand.KeyStepPublished(1, KeyStep.Enter, [A, B, C, D], TheKeyPlan.Silos.ToImmutableSortedDictionary(static silo => silo, static _ => Hash("answers"))));
        Assert.Empty(published);   // it was being made while the job ended
        Assert.Equal(new Effect.Work(new WorkItem.DropKeyBlobs([Hash("answers")])).Item.Id, Assert.IsType<Effect.Work>(Assert.Single(dropped)).Item.Id);
        Assert.True(JobDecider.Decide(over, Cancel("c2"), Start).IsNone);
        Assert.True(JobDecider.Decide(over, Pause(), Start).IsNone);
    }

    [Fact]
    public void A_pause_lets_a_key_be_made_and_no_other_and_who_asked_for_one_meanwhile_is_remembered()
    {
        ImmutableSortedSet<SiloId> four = [.. TheKeyPlan.Silos];
        JobState keying = Run(JobDecider.Initial, [Submit(TheKeyPlan), .. Agreed(TheKeyPlan), Pause()]).State;
        Assert.Equal(JobPhase.Keying, keying.Phase);
        JobState accepting = keying with { Ceremony = new KeyCeremony(1, four) { Step = KeyStep.Accept } };
        var (paused, _, made) = Run(accepting, new JobCommand.KeyMade(new CollectiveKey(1, Hash("key"), Hash("public key"), four)));
        Assert.Equal(JobPhase.Paused, paused.Phase);
        Assert.Empty(Messages(made));

        JobState later = Run(paused, Resume(), Pause("p2"), Report(0, B)).State;   // a site that was restored asks for another key
        Assert.Equal(JobPhase.Paused, later.Phase);
        var (asked, events, _) = Run(later, Resume("r2"));
        Assert.Equal(JobPhase.Keying, asked.Phase);
        Assert.Equal([B], events.OfType<JobEvent.KeyCeremonyStarted>().Single().Restored!);
    }
}
