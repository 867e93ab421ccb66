using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Host.Cluster;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>Who watches a job waits for its turn with it.</summary>
public sealed class JobWatchTests
{
    private static readonly JobId Job = new("trial-1");
    private static readonly DateTimeOffset At = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly InMemoryJournal _journal = new();
    private int _told;

    private JobState Begun(Action waits) => JobWatch.Begun(
        _journal, Job, () =>
        {
            _told++;
            waits();
        }, TestContext.Current.CancellationToken);

    private void Happens(params ReadOnlySpan<JobEvent> events) => _journal.Store(FederationNodes.JobLog(Job), ProtocolSerializers.Job, At, events);

    private static OperatorRequest By(string who, string? reason = null) => new("0123456789abcdef", who, reason);

    [Fact]
    public void A_job_that_is_queued_is_watched_as_soon_as_it_begins()
    {
        Happens(new JobEvent.JobQueued(By("node-1"), At));
        JobState state = Begun(() => Happens(new JobEvent.JobPlanned(DeskFixture.Plan with { Job = Job }, default, default, default, default, At, At)));
        Assert.Equal(Job, state.Planned?.Plan.Job);
        Assert.Equal(1, _told);
    }

    [Fact]
    public void A_job_that_ends_in_the_queue_ends_the_watch_with_its_reason()
    {
        Happens(new JobEvent.JobQueued(By("node-1"), At));
        JobState state = Begun(() => Happens(new JobEvent.JobCancelled(By("node-2", "the vote is due"), At)));
        Assert.True(state.IsOver);
        Assert.Equal("job trial-1 was cancelled by node-2: the vote is due", Simulation.FederatedRun.Failed(Job, state).Message);
    }

    [Fact]
    public void A_job_that_nobody_knows_is_not_waited_for()
    {
        Assert.Contains("there is no job 'trial-1'", Assert.ThrowsAny<UserException>(() => Begun(static () => { })).Message, StringComparison.Ordinal);
        Assert.Equal(0, _told);
    }
}
