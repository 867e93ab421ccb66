using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Cluster;
using Fed.Host.Policy;
using Fed.TestKit;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>Which jobs keep a site busy.</summary>
public sealed class SiteJobsTests
{
    private static readonly Origin Leader = new(NodeAddress.Job, 1);

    private readonly ManualTimeProvider _clock = new(DateTimeOffset.UnixEpoch);
    private readonly SiteJobs _jobs;

    public SiteJobsTests() => _jobs = new SiteJobs(_clock);

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

    [Fact]
    public void Job_that_was_proposed_in_vain_gives_its_place_back_with_its_end()
    {
        Fill();
        Assert.False(_jobs.HasPlace);
        Assert.True(_jobs.Happened(new JobId("trial-000"), new SiloEvent.JobEnded()));
        Assert.True(_jobs.HasPlace);
        _jobs.Begin(new JobId("new-1"));
        Assert.False(_jobs.HasPlace);
        _jobs.Judged(new JobId("trial-001"), PolicyDecision.Refused);   // said before, and so on record before
        Assert.True(_jobs.HasPlace);
    }

    [Fact]
    public void Job_of_which_nothing_is_said_any_more_gives_its_place_back_and_one_that_is_proposed_again_takes_one()
    {
        Fill();
        JobId asked = new("trial-000"), approved = new("trial-001");
        _jobs.Happened(approved, Approved(approved));
        _clock.Advance(SiteJobs.ProposedFor - TimeSpan.FromSeconds(1));
        Assert.False(_jobs.HasPlace);
        _jobs.Judged(asked, PolicyDecision.Waiting);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_jobs.HasPlace);

        for (int number = 0; number < SiteJobs.Max - 2; number++)   // beside the one that was asked about, and the one that was approved
        {
            Assert.True(_jobs.HasPlace);
            _jobs.Judged(new JobId($"trial-{number + 2:000}"), PolicyDecision.Waiting);
        }

        Assert.False(_jobs.HasPlace);
    }

    [Fact]
    public void Job_of_before_takes_a_place_only_where_it_may_still_be_decided()
    {
        SiloState Of(PolicyDecision decision) => SiloDecider.Evolve(SiloDecider.Initial, new SiloEvent.PolicyDecided(new JobId("trial"), default, new PolicyNote(decision, "approval", "why")));
        Fill(but: 1);
        foreach (SiloState gone in new[] { Of(PolicyDecision.Refused), SiloDecider.Evolve(Of(PolicyDecision.Waiting), new SiloEvent.JobEnded()) })
        {
            _jobs.Begin(new JobId("new-1"));
            Assert.False(_jobs.HasPlace);
            _jobs.Recovered(new JobId("new-1"), gone);
            Assert.True(_jobs.HasPlace);
        }

        _jobs.Begin(new JobId("new-1"));
        _jobs.Recovered(new JobId("new-1"), Of(PolicyDecision.Waiting));
        Assert.False(_jobs.HasPlace);
    }

    [Fact]
    public void Policy_says_which_proposals_keep_their_place()
    {
        SaidPolicy said = new();
        PlacedPolicy policy = new(said, _jobs);
        Fill();
        said.Decision = PolicyDecision.Refused;
        Assert.Equal(said.Decision, policy.Judge(Proposal("trial-000").Plan, default).Decision);
        Assert.True(_jobs.HasPlace);
        said.Decision = PolicyDecision.Waiting;
        Assert.Equal(said.Decision, policy.Judge(Proposal("trial-000").Plan, default).Decision);
        Assert.False(_jobs.HasPlace);
    }

    private void Fill(int but = 0)
    {
        for (int number = 0; number < SiteJobs.Max - but; number++) _jobs.Begin(new JobId($"trial-{number:000}"));
    }

    private sealed class SaidPolicy : ISitePolicy
    {
        public PolicyDecision Decision { get; set; }

        public PolicyNote Judge(JobPlan plan, Digest hash) => new(Decision, "approval", "why");
    }
}
