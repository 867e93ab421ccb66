using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Policy;
using Fed.Host.Simulation;
using Fed.Host.Tests.Cluster;
using Fed.Host.Tests.Configuration;
using Fed.Host.Tests.Presentation;
using Fed.TestKit;
using Xunit;

namespace Fed.Host.Tests.Policy;

/// <summary>A site's policy: each rule lets pass what it says and no more, and names itself where it does not.</summary>
public sealed class PolicyTests : IDisposable
{
    private static readonly Lazy<JobPlan> Quickstart = new(static () =>
    {
        SimulatedFederation federation = SimulatedFederation.Load(FedConfig.Load(Repository.File("hocon/quickstart.conf")));
        return federation.ToPlan(new JobId("trial-1"), [.. federation.Sites.Select(static site => new RosterEntry(new SiloId(site.Site), Digest.Of(System.Text.Encoding.UTF8.GetBytes(site.Site))))]);
    });

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);   // a Friday
    private static readonly SiteStanding Idle = new(Now, Rows: 500, JobsRunning: 0, BytesUsed: 1L << 30, BytesFree: 8L << 30);

    private readonly TemporaryFolder _folder = new();

    private static JobPlan Plain => Quickstart.Value;

    private static JobPlan Masked => Plain with { Protection = SecAggPlan.Name, SecAgg = new SecAggPlan(1, 3, 3) };

    [Fact]
    public void Without_a_file_and_by_the_defaults_no_job_passes()
    {
        Assert.Equal((PolicyDecision.Refused, "plans"), Judge(PolicyFile.None, Masked));
        Assert.Equal((PolicyDecision.Refused, "plans"), Judge(Load("policy {}"), Masked));
        Assert.Equal((PolicyDecision.Refused, "plans"), Judge(new SitePolicy(null, _folder.Path, static _ => JobsOnRecord.None, static () => 500, new ManualClock())));
    }

    [Fact]
    public void Listed_plan_passes_whatever_the_rules_say_and_no_other()
    {
        PolicyOptions policy = Load($"policy {{ plans = [\"{Plain.ComputeHash()}\"], rules.rounds-max = 1, approval = person }}");
        Assert.Equal((PolicyDecision.Allowed, "plans"), Judge(policy, Plain));
        Assert.Equal((PolicyDecision.Refused, "plans"), Judge(policy, Plain with { Seed = 99 }));
        Assert.Equal((PolicyDecision.Refused, "egress.values-max"), Judge(policy with { Egress = new EgressLimits([], 1, null) }, Plain));
    }

    [Fact]
    public void Plan_that_says_who_contributes_passes_only_where_the_site_allows_that_and_counts_by_its_smallest_sum()
    {
        JobPlan stated = Masked with { Contributors = [new FixedContributors(1, 2, "training", [.. Plain.Silos.Take(4)]), new FixedContributors(3, 3, "training", [.. Plain.Silos.Take(3)])] };
        Assert.Equal((PolicyDecision.Refused, "rules.contributors-stated"), Judge(Load("policy { allow = rules }"), stated));
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(Load("policy { allow = rules, rules.contributors-stated = true }"), stated));
        Assert.Equal((PolicyDecision.Refused, "rules.contributors-min"), Judge(Load("policy { allow = rules, rules { contributors-stated = true, contributors-min = 4 } }"), stated));
    }

    [Theory]
    [InlineData("algorithms = [fedavg]", "algorithms = [scaffold]", "rules.algorithms")]
    [InlineData("models = [logistic]", "models = [mlp, linear]", "rules.models")]
    [InlineData("protection-min = secagg", "protection-min = ckks", "rules.protection-min")]
    [InlineData("colluding-min = 1", "colluding-min = 2", "rules.colluding-min")]
    [InlineData("contributors-min = 3", "contributors-min = 99", "rules.contributors-min")]
    [InlineData("sites-min = 3", "sites-min = 99", "rules.sites-min")]
    [InlineData("rows-min = 500", "rows-min = 501", "rules.rows-min")]
    [InlineData("rounds-max = 1000", "rounds-max = 1", "rules.rounds-max")]
    [InlineData("epsilon-max = null", "epsilon-max = 8", "rules.epsilon-max")]
    [InlineData("windows = [\"sat\", \"mon-fri 11:00-13:00\"]", "windows = [\"sat-sun\"]", "rules.windows")]
    public void Rule_lets_pass_what_holds_it_and_refuses_what_does_not(string holds, string broken, string rule)
    {
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(Load($"policy {{ allow = rules, rules {{ {holds} }} }}"), Masked));
        Assert.Equal((PolicyDecision.Refused, rule), Judge(Load($"policy {{ allow = rules, rules {{ {broken} }} }}"), Masked));
    }

    [Theory]
    [InlineData("egress.sums = [counts, moments, training, evaluation]", "egress.sums = [counts]", "egress.sums")]
    [InlineData("egress.values-max = 1000000", "egress.values-max = 3", "egress.values-max")]
    [InlineData("egress.total-max = 1000000000", "egress.total-max = 100", "egress.total-max")]
    [InlineData("disk.quota = 1 GiB", "disk.quota = 1 MiB", "disk.quota")]
    [InlineData("disk.free-min = 8 GiB", "disk.free-min = 9 GiB", "disk.free-min")]
    public void Limit_holds_for_every_plan(string holds, string broken, string rule)
    {
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(Load($"policy {{ allow = rules, {holds} }}"), Masked));
        Assert.Equal((PolicyDecision.Refused, rule), Judge(Load($"policy {{ allow = rules, {broken} }}"), Masked));
        Assert.Equal((PolicyDecision.Refused, rule), Judge(Load($"policy {{ plans = [\"{Masked.ComputeHash()}\"], {broken} }}"), Masked));
    }

    [Fact]
    public void Plain_plan_and_one_that_opens_sums_of_one_site_are_refused_by_the_default_rules()
    {
        PolicyOptions policy = Load("policy.allow = rules");
        Assert.Equal((PolicyDecision.Refused, "rules.protection-min"), Judge(policy, Plain));
        JobPlan single = Plain with { Participation = ParticipationRule.All with { QuorumCount = 1, QuorumPpm = 0 } };
        Assert.Equal((PolicyDecision.Refused, "rules.contributors-min"), Judge(Load("policy { allow = rules, rules.protection-min = plain }"), single));
        Assert.Equal((PolicyDecision.Refused, "rules.algorithms"), Judge(Load("policy { allow = rules, rules.algorithms = [fedavg] }"), Masked with { Program = "{}" }));
    }

    [Fact]
    public void Rows_that_are_not_known_are_too_few_and_no_refusal_tells_of_the_site()
    {
        PolicyOptions policy = Load("policy { allow = rules, rules.rows-min = 501 }");
        Assert.Equal((PolicyDecision.Refused, "rules.rows-min"), Judge(policy, Masked, Idle with { Rows = null }));
        Assert.DoesNotContain("500", PolicyJudge.Judge(policy, Masked, Masked.ComputeHash(), Idle).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_beyond_those_that_may_run_at_once_waits_for_its_place()
    {
        PolicyOptions policy = Load("policy { allow = rules, jobs.at-once = 2 }");
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy, Masked, Idle with { JobsRunning = 1 }));
        Assert.Equal((PolicyDecision.Waiting, "jobs.at-once"), Judge(policy, Masked, Idle with { JobsRunning = 2 }));
    }

    [Fact]
    public void Of_two_jobs_that_are_proposed_at_one_instant_one_waits_till_the_other_is_over()
    {
        JobsOnRecord record = JobsOnRecord.None;
        SitePolicy policy = new(_folder.Write("site.policy", "policy { allow = rules, jobs.at-once = 1 }"), _folder.Path, _ => record, static () => 500, new ManualClock());
        JobPlan first = Masked, second = Masked with { Job = new JobId("trial-2") };
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy, first));
        Assert.Equal((PolicyDecision.Waiting, "jobs.at-once"), Judge(policy, second));   // no journal has the first yet
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy, first));           // proposed again: its own place
        record = new JobsOnRecord([first.Job], [first.Job]);
        Assert.Equal((PolicyDecision.Waiting, "jobs.at-once"), Judge(policy, second));
        record = new JobsOnRecord([], [first.Job]);
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy, second));          // at once, whatever was measured before
    }

    [Fact]
    public void Job_that_was_allowed_and_never_came_to_be_gives_its_place_back()
    {
        ManualTimeProvider clock = new(Now);
        SitePolicy policy = new(_folder.Write("site.policy", "policy { allow = rules, jobs { at-once = 1, idle-after = 1h } }"), _folder.Path, static _ => JobsOnRecord.None, static () => 500, clock);
        JobPlan second = Masked with { Job = new JobId("trial-2") };
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy));
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal((PolicyDecision.Waiting, "jobs.at-once"), Judge(policy, second));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy, second));
    }

    [Fact]
    public void Journal_of_a_site_tells_which_jobs_have_a_place_and_which_are_decided()
    {
        InMemoryJournal journal = new();
        SiloId north = new("north");
        JobsReader reader = new(journal, north);
        void Happens(string job, DateTimeOffset at, params ReadOnlySpan<SiloEvent> events) => journal.Store(FederationNodes.SiloLog(new JobId(job), north), ProtocolSerializers.Silo, at, events);
        SiloEvent Approved(string job) => new SiloEvent.PlanApproved(Plain with { Job = new JobId(job) }, default, north);
        SiloEvent Judged(string job, PolicyDecision decision) => new SiloEvent.PolicyDecided(new JobId(job), default, new PolicyNote(decision, "rules", "why"));
        Happens("runs", Now, Approved("runs"));
        Happens("silent", Now.AddDays(-2), Approved("silent"));
        Happens("waits", Now, Judged("waits", PolicyDecision.Waiting));
        Happens("refused", Now, Judged("refused", PolicyDecision.Refused));
        Happens("over", Now, Approved("over"), new SiloEvent.JobEnded());
        JobsOnRecord record = reader.Read(TimeSpan.FromDays(1), Now);
        Assert.Equal([new JobId("runs")], record.Running);
        Assert.Equal(["over", "refused", "runs", "silent"], record.Decided.Select(static job => job.Value).Order());
        Happens("runs", Now, new SiloEvent.JobEnded());
        record = reader.Read(TimeSpan.FromDays(1), Now);
        Assert.Empty(record.Running);
        Assert.Equal(["over", "refused", "runs", "silent"], record.Decided.Select(static job => job.Value).Order());
    }

    [Fact]
    public void Person_is_asked_and_what_she_decides_counts_for_this_plan_alone()
    {
        ManualClock clock = new();
        string file = _folder.Write("north/site.policy", "policy { allow = rules, approval = person }");
        string data = Directory.CreateDirectory(Path.Combine(_folder.Path, "north", "data")).FullName;
        SitePolicy policy = new(file, data, static _ => JobsOnRecord.None, static () => 500, clock);
        Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy));
        Assert.Contains("trial-1", Fed("site", "pending", "--site", North).Output, StringComparison.Ordinal);
        using (JsonDocument json = JsonDocument.Parse(Fed("site", "pending", "--site", North, "--json").Output))
            Assert.Equal(Masked.ComputeHash().ToString(), json.RootElement.GetProperty("pending")[0].GetProperty("plan").GetString());

        Assert.Equal(0, Fed("site", "approve", "trial-1", "--site", North, "--by", "anna", "--reason", "ethics vote 12").Code);
        Assert.DoesNotContain("trial-1", Fed("site", "pending", "--site", North).Output, StringComparison.Ordinal);   // also where the job never asks again
        PolicyNote note = policy.Judge(Masked, Masked.ComputeHash());
        Assert.Equal((PolicyDecision.Allowed, "approval"), (note.Decision, note.Rule));
        Assert.Matches("^approved by anna at 20.* UTC: ethics vote 12$", note.Reason);
        Assert.DoesNotContain("trial-1", Fed("site", "pending", "--site", North).Output, StringComparison.Ordinal);
        Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = 99 }));

        Assert.Equal(0, Fed("site", "refuse", "trial-1", "--site", North, "--by", "bert").Code);
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy, Masked with { Seed = 99 }));
        Assert.Equal((PolicyDecision.Allowed, "approval"), Judge(policy));
    }

    [Fact]
    public void Persons_word_goes_before_the_rules_where_it_is_no_and_not_where_it_is_yes()
    {
        string file = _folder.Write("site.policy", "policy { allow = rules, approval = person, rules.rounds-max = 1 }");
        SitePolicy policy = new(file, _folder.Path, static _ => JobsOnRecord.None, static () => 500, new ManualClock());
        SiteDecisions decisions = new(_folder.Path);
        decisions.Decide(new PersonsDecision("trial-1", Masked.ComputeHash(), IsApproved: true, "anna", null, Now));
        Assert.Equal((PolicyDecision.Refused, "rules.rounds-max"), Judge(policy));
        File.WriteAllText(file, "policy { allow = rules }");
        Assert.Equal((PolicyDecision.Allowed, "rules"), Judge(policy));   // an edit counts at once
        decisions.Decide(new PersonsDecision("trial-1", Masked.ComputeHash(), IsApproved: false, "anna", null, Now));
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy));
    }

    [Fact]
    public void Policy_that_cannot_be_read_lets_nothing_pass_and_the_job_waits()
    {
        string file = _folder.Write("site.policy", "policy { allow = everything }");
        SitePolicy policy = new(file, _folder.Path, static _ => JobsOnRecord.None, static () => 500, new ManualClock());
        Assert.Equal((PolicyDecision.Waiting, "policy"), Judge(policy));
        File.Delete(file);
        Assert.Equal((PolicyDecision.Waiting, "policy"), Judge(policy));
    }

    [Fact]
    public void Coordinator_cannot_fill_the_disk_with_plans_that_wait()
    {
        string file = _folder.Write("site.policy", "policy { allow = rules, approval = person }");
        SitePolicy policy = new(file, _folder.Path, static _ => JobsOnRecord.None, static () => 500, new ManualClock());
        for (ulong seed = 0; seed < SiteDecisions.PendingMax; seed++) Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = seed }));
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy, Masked with { Seed = 1_000 }));
        Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = 1 }));
    }

    [Fact]
    public void Plans_of_jobs_that_are_over_wait_no_longer()
    {
        ManualTimeProvider clock = new(Now);
        SitePolicy policy = new(_folder.Write("site.policy", "policy { allow = rules, approval = person }"), _folder.Path, static _ => JobsOnRecord.None, static () => 500, clock);
        JobPlan over = Masked with { Job = new JobId("over-1") };
        for (ulong seed = 0; seed < SiteDecisions.PendingMax; seed++) Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, (seed < 3 ? over : Masked) with { Seed = seed }));
        policy.End(over.Job);
        Assert.Equal(SiteDecisions.PendingMax - 3, new SiteDecisions(_folder.Path).Pending(clock.GetUtcNow()).Length);
        Assert.DoesNotContain(new SiteDecisions(_folder.Path).Pending(clock.GetUtcNow()), static pending => pending.Job == "over-1");
        for (ulong seed = 1_000; seed < 1_003; seed++) Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = seed }));
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy, Masked with { Seed = 1_003 }));
    }

    [Fact]
    public void Plans_that_nobody_asks_about_any_more_wait_no_longer_and_the_disk_holds_no_more_of_them()
    {
        ManualTimeProvider clock = new(Now);
        SitePolicy policy = new(_folder.Write("site.policy", "policy { allow = rules, approval = person }"), _folder.Path, static _ => JobsOnRecord.None, static () => 500, clock);
        for (ulong seed = 0; seed < SiteDecisions.PendingMax; seed++) Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = seed }));
        clock.Advance(SiteDecisions.WaitsFor - TimeSpan.FromMinutes(1));
        Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = 7 }));
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy, Masked with { Seed = 1_000 }));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((Masked with { Seed = 7 }).ComputeHash(), Assert.Single(new SiteDecisions(_folder.Path).Pending(clock.GetUtcNow())).Plan);

        for (ulong seed = 1_000; seed < 1_000 + SiteDecisions.PendingMax - 1; seed++) Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = seed }));
        Assert.Equal((PolicyDecision.Refused, "approval"), Judge(policy, Masked with { Seed = 1 }));   // whoever comes again takes a place as a new one does
        Assert.Equal(SiteDecisions.PendingMax, Directory.EnumerateFiles(Path.Combine(_folder.Path, "policy", "pending")).Count());
        clock.Advance(SiteDecisions.WaitsFor);
        Assert.Equal((PolicyDecision.Waiting, "approval"), Judge(policy, Masked with { Seed = 1 }));
        PendingPlan again = Assert.Single(new SiteDecisions(_folder.Path).Pending(clock.GetUtcNow()));
        Assert.Equal((clock.GetUtcNow(), clock.GetUtcNow()), (again.Since, again.Asked));
    }

    [Fact]
    public void Mistakes_of_people_are_a_sentence_with_exit_code_2()
    {
        Assert.Contains("no data folder", Refused("site", "pending", "--site", North), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(North, "data"));
        Assert.Contains("no job 'trial-1' waits", Refused("site", "approve", "trial-1", "--site", North), StringComparison.Ordinal);
        SiteDecisions decisions = new(Path.Combine(North, "data"));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        decisions.Wait(Masked, Masked.ComputeHash(), "a person decides", now);
        decisions.Wait(Masked with { Seed = 99 }, (Masked with { Seed = 99 }).ComputeHash(), "a person decides", now);
        Assert.Contains("several plans", Refused("site", "approve", "trial-1", "--site", North), StringComparison.Ordinal);
        Assert.Equal(0, Fed("site", "approve", Masked.ComputeHash().ToString()[..12], "--site", North).Code);
        Assert.Contains("control characters", Refused("site", "approve", "trial-1", "--site", North, "--by", " "), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(North, "data", "policy", "pending", "x.json"), "{");
        Assert.Equal(0, Fed("site", "pending", "--site", North).Code);   // somebody's own file
    }

    [Theory]
    [InlineData("policy { alow = rules }", "unknown key 'policy.alow'")]
    [InlineData("policy { allow = all }", "expected listed or rules for policy.allow, found 'all'")]
    [InlineData("policy { plans = [abc] }", "64 hexadecimal digits, found 'abc'")]
    [InlineData("policy { rules.windows = [monday] }", "'mon-fri 20:00-06:00', found 'monday'")]
    [InlineData("policy { rules { rounds-max = -1 } }", "policy.rules.rounds-max")]
    [InlineData("policy { disk.quota = much }", "a size")]
    public void Fault_in_a_policy_file_is_named(string text, string expected) => Assert.Contains(expected, Assert.ThrowsAny<UserException>(() => Load(text)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string North => Path.Combine(_folder.Path, "north");

    private PolicyOptions Load(string text) => PolicyFile.Load(_folder.Write("site.policy", text));

    private static (PolicyDecision Decision, string Rule) Judge(PolicyOptions policy, JobPlan plan, SiteStanding? site = null)
    {
        PolicyNote note = PolicyJudge.Judge(policy, plan, plan.ComputeHash(), site ?? Idle);
        return (note.Decision, note.Rule);
    }

    private static (PolicyDecision Decision, string Rule) Judge(SitePolicy policy, JobPlan? plan = null)
    {
        PolicyNote note = policy.Judge(plan ?? Masked, (plan ?? Masked).ComputeHash());
        return (note.Decision, note.Rule);
    }

    private static string Refused(params string[] args)
    {
        (int code, _, string error) = Fed(args);
        Assert.Equal(2, code);
        return error;
    }

    private static (int Code, string Output, string Error) Fed(params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = FedCommand.Run(args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
