using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.Sqlite;
using Fed.EndToEnd.Running;
using Fed.Host.History;
using Fed.Host.Policy;
using Fed.Host.Simulation;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Whole runs in which one site has a policy of its own.</summary>
public sealed class PolicyTests
{
    private const string Site = "site-3";

    [Fact]
    public void Refused_job_says_which_rule_and_the_site_has_it_on_record()
    {
        using Workspace workspace = new();
        RunHere run = With(workspace, "policy { allow = rules, rules { protection-min = plain, rounds-max = 1 } }", static policy => policy);
        Exception stopped = Assert.ThrowsAny<Exception>(() => run.Run(workspace, Conf(workspace)));
        Assert.Contains("site 'site-3' refused the plan: the plan has 2 rounds, and 1 pass at most (rule 'rules.rounds-max' of the site's policy)", stopped.Message, StringComparison.Ordinal);
        Assert.Equal([(PolicyDecision.Refused, "rules.rounds-max")], Judgements(workspace));
        workspace.Fed("audit", "verify").Succeeded();
    }

    [Fact]
    public void Job_waits_for_a_person_and_then_comes_to_the_same_model()
    {
        using Workspace plain = new(), asked = new();
        RunHere run = With(asked, "policy { allow = rules, approval = person, rules.protection-min = plain }", policy => new ApprovedAtSecondSight(policy, new SiteDecisions(DataOf(asked))));
        Assert.Equal(RunHere.Hashes(new RunHere().Run(plain, Conf(plain))), RunHere.Hashes(run.Run(asked, Conf(asked))));
        Assert.Equal([(PolicyDecision.Waiting, "approval"), (PolicyDecision.Allowed, "approval")], Judgements(asked));
    }

    private static string Conf(Workspace workspace) => workspace.Conf(Repository.Quickstart, "job.rounds = 2", "simulation.baselines = false", "job.timing.resend-interval = 200ms");

    private static string DataOf(Workspace workspace) => workspace.Layout.Site(Site).Root;

    private static RunHere With(Workspace workspace, string policy, Func<ISitePolicy, ISitePolicy> wrap)
    {
        string file = workspace.PathOf("site.policy");
        File.WriteAllText(file, policy);
        ISitePolicy judge = wrap(new SitePolicy(file, DataOf(workspace), static _ => JobsOnRecord.None, static () => null, TimeProvider.System));
        return new RunHere { Hooks = new RunHooks { Services = (node, services) => node == NodeAddress.Silo(Site) ? services with { Policy = judge } : services } };
    }

    private static IEnumerable<(PolicyDecision, string)> Judgements(Workspace workspace)
    {
        using SqliteJournalReader journal = SqliteJournal.OpenReadOnly(workspace.Layout.Site(Site).Journal);
        string log = FederationNodes.SiloLog(new JobId("quickstart-1"), new SiloId(Site));
        return [.. JobHistory.EventsOf(journal, log, ProtocolSerializers.Silo).OfType<SiloEvent.PolicyDecided>().Select(static e => (e.Note.Decision, e.Note.Rule))];
    }

    /// <summary>Somebody approves as soon as the job has asked once.</summary>
    private sealed class ApprovedAtSecondSight(ISitePolicy policy, SiteDecisions decisions) : ISitePolicy
    {
        public PolicyNote Judge(JobPlan plan, Digest hash)
        {
            PolicyNote note = policy.Judge(plan, hash);
            if (note.Decision == PolicyDecision.Waiting) decisions.Decide(new PersonsDecision(plan.Job.Value, hash, IsApproved: true, "anna", null, TimeProvider.System.GetUtcNow()));
            return note;
        }
    }
}
