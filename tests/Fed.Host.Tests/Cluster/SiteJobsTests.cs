using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Cluster;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>Which jobs keep a site busy.</summary>
public sealed class SiteJobsTests
{
    private static readonly Origin Leader = new(NodeAddress.Job, 1);

    private readonly SiteJobs _jobs = new();

    private static ProtocolMessage.ProposePlan Proposal(string job) => new(DeskFixture.Plan with { Job = new JobId(job) }, default, default, default);

    private static SiloEvent Approved(JobId job) => new SiloEvent.PlanApproved(DeskFixture.Plan with { Job = job }, default, new SiloId("north"));

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("C:")]
    [InlineData("a/b")]
    [InlineData("")]
    public void No_silo_is_started_for_a_job_that_no_job_can_be_called_not_even_one_of_before(string name)
    {
        Assert.False(SiteJobs.MayBegin(Leader, Proposal(name), []));
        Assert.False(SiteJobs.MayBegin(Leader, Proposal(name), [new JobId(name)]));
    }

    [Fact]
    public void Silo_is_started_by_its_job_s_proposal_and_for_a_job_of_before_by_whatever_comes()
    {
        Assert.True(SiteJobs.MayBegin(Leader, Proposal("quickstart-3c387810"), []));
        Assert.False(SiteJobs.MayBegin(new Origin(NodeAddress.Coordinator, 1), Proposal("trial-1"), []));
        ProtocolMessage end = new ProtocolMessage.EndJob(new JobId("trial-1"));
        Assert.False(SiteJobs.MayBegin(Leader, end, []));
        Assert.True(SiteJobs.MayBegin(Leader, end, [end.Job]));
        Assert.False(SiteJobs.MayBegin(Leader, Proposal(new string('a', JobId.LengthMax + 1)), []));
    }

    [Fact]
    public void Jobs_that_are_over_or_refused_leave_their_place_however_many_there_were()
    {
        for (int number = 0; number < 3 * SiteJobs.Max; number++)
        {
            JobId job = new($"trial-{number}");
            Assert.True(_jobs.HasPlace);
            _jobs.Begin(job);
            if (number % 3 == 0)
            {
                _jobs.Happened(job, new SiloEvent.PolicyDecided(job, default, new PolicyNote(PolicyDecision.Refused, "rules.algorithms", "fedavg")));
                continue;
            }

            Assert.False(_jobs.Happened(job, Approved(job)));
            Assert.Equal([job], _jobs.Held);
            Assert.True(_jobs.Happened(job, new SiloEvent.JobEnded()));
            Assert.Empty(_jobs.Held);
        }
    }

    [Fact]
    public void Where_a_site_holds_more_jobs_than_it_may_ask_about_at_once_each_has_its_turn()
    {
        for (int number = 0; number < 5; number++) _jobs.Happened(new JobId($"trial-{number}"), Approved(new JobId($"trial-{number}")));
        Assert.Equal(_jobs.Held, _jobs.NextHeld(5));
        Assert.Equal(["trial-0", "trial-1"], _jobs.NextHeld(2).Select(static job => job.Value));
        Assert.Equal(["trial-2", "trial-3"], _jobs.NextHeld(2).Select(static job => job.Value));
        Assert.Equal(["trial-4", "trial-0"], _jobs.NextHeld(2).Select(static job => job.Value));
        _jobs.Happened(new JobId("trial-1"), new SiloEvent.JobEnded());
        Assert.Equal(["trial-2", "trial-3"], _jobs.NextHeld(2).Select(static job => job.Value));
    }

    [Fact]
    public void Jobs_under_way_are_asked_about_and_there_is_an_end_to_their_number()
    {
        for (int number = 0; number < SiteJobs.Max; number++)
        {
            JobId job = new($"trial-{number:000}");
            _jobs.Begin(job);
            if (number % 2 == 0) _jobs.Happened(job, Approved(job));   // the others are proposed
        }

        Assert.False(_jobs.HasPlace);
        Assert.Equal(SiteJobs.Max / 2, _jobs.Held.Length);
        _jobs.Happened(new JobId("trial-000"), new SiloEvent.JobEnded());
        Assert.True(_jobs.HasPlace);
    }
}
