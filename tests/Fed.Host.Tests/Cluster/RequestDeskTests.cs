using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Cluster;
using Fed.Host.Configuration;
using Fed.Learning.Program;
using Fed.Vectors;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What a request comes to, from what the journal says of its job.</summary>
public sealed class RequestDeskTests
{
    private static readonly JobId Job = new("trial-1");
    private static readonly OperatorRequest Asked = new("r1", "coordinator-1", null);

    private static (RequestState State, string Answer)? Of(RequestKind kind, JobState state) => RequestDesk.Answer(new NodeRequest("r1", kind, DateTimeOffset.UnixEpoch) { Job = Job.Value }, state, Job);

    [Fact]
    public void A_request_is_carried_out_once_and_answered_the_same_again()
    {
        JobState running = new() { Phase = JobPhase.Running, Round = 6 };
        Assert.Null(Of(RequestKind.Pause, running));   // not on record: the job is told
        JobState pausing = JobDecider.Evolve(running, new JobEvent.JobPaused(Asked, DateTimeOffset.UnixEpoch));
        Assert.Equal((RequestState.Done, "job trial-1 pauses after round 7"), Of(RequestKind.Pause, pausing));
        Assert.Equal((RequestState.Done, "job trial-1 is paused after round 7"), Of(RequestKind.Pause, pausing with { Phase = JobPhase.Paused, Round = 7 }));
        JobState later = JobDecider.Evolve(pausing, new JobEvent.JobResumed(new OperatorRequest("r2", "coordinator-1", null), DateTimeOffset.UnixEpoch));
        Assert.Equal((RequestState.Done, "job trial-1 goes on"), Of(RequestKind.Pause, later));   // whoever brings it again does not pause the job again
    }

    [Fact]
    public void What_is_over_is_not_cancelled_paused_or_resumed()
    {
        Assert.Equal((RequestState.Done, "job trial-1 ends with round 7"), Of(RequestKind.Cancel, new JobState { Phase = JobPhase.Cancelling, Round = 6 }));
        Assert.Equal(RequestState.Refused, Of(RequestKind.Resume, new JobState { Phase = JobPhase.Cancelling, Round = 6 })!.Value.State);
        Assert.Equal(RequestState.Done, Of(RequestKind.Cancel, new JobState { Phase = JobPhase.Cancelled })!.Value.State);
        foreach (RequestKind kind in (ImmutableArray<RequestKind>)[RequestKind.Pause, RequestKind.Resume, RequestKind.Cancel])
            Assert.Equal((RequestState.Refused, "job trial-1 is over (completed); './fed jobs list' tells how it ended"), Of(kind, new JobState { Phase = JobPhase.Completed }));
    }

    [Fact]
    public void A_plan_fits_its_own_program_or_is_refused_before_anything_begins()
    {
        JobPlan plan = DeskFixture.Plan;
        FederatedProgram program = new(LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program)));
        Assert.Null(JobPlans.Difference(plan, program));
        Assert.Equal("it declares other sums", JobPlans.Difference(plan with { RoundSums = plan.RoundSums.RemoveAt(0) }, program));
        SumPlan training = plan.RoundSums[0];
        Assert.Equal("it declares other sums", JobPlans.Difference(plan with { RoundSums = plan.RoundSums.SetItem(0, training with { Segments = training.Segments.SetItem(0, training.Segments[0] with { Bits = 20 }) }) }, program));
        Assert.Equal("its ring is Ring32", JobPlans.Difference(plan with { Ring = RingWidth.Ring32 }, program));
    }

    [Fact]
    public void A_request_begins_the_same_job_whoever_carries_it_out()
    {
        Assert.Equal(JobStates.IdOf("Breast cancer", "0123456789abcdef"), JobStates.IdOf("Breast cancer", "0123456789abcdef"));
        Assert.NotEqual(JobStates.IdOf("trial", "0123456789abcdef"), JobStates.IdOf("trial", "f123456789abcdef"));
    }
}
