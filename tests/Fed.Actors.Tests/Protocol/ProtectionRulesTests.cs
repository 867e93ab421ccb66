using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Each rule with a plan that breaks it alone: the reason, and the nearest plan that holds.</summary>
public sealed class ProtectionRulesTests
{
    private static readonly Segment Wide = new("delta", [4], SegmentKind.Training, 48, 32, GridRounding.Stochastic, Weighted: true);

    private static JobPlan Plain(int sites) => Given.Plan(retain: 0) with
    {
        Roster = [.. Enumerable.Range(0, sites).Select(static i => $"s{i:d4}").Select(static name => new RosterEntry(new SiloId(name), Given.Hash(name)))],
    };

    private static JobPlan Masked(int sites, int colluding = 1, int threshold = 0, int? minimum = null) =>
        Plain(sites) with { Protection = SecAggPlan.Name, SecAgg = new SecAggPlan(colluding, threshold, minimum ?? SecAggPlan.MinimumFor(colluding)) };

    private static JobPlan Encrypted(int sites, int colluding = 1, SumCheckLevel verification = SumCheckLevel.Assigned) =>
        Plain(sites) with { Protection = CkksPlan.Name, Ckks = new CkksPlan(colluding, CkksPlan.ThresholdMin(colluding), CkksPlan.ContributorsMinOf(colluding), verification) };

    private static ParticipationRule Half(int over = 1_000_000) => new(500_000, over, 0, 1_000_000);

    /// <summary>Plan, rule, a part of the reason, what to set.</summary>
    public static TheoryData<string, JobPlan, string, string[]> Broken => new()
    {
        { "rounds", Plain(5) with { Rounds = 0 }, "0 rounds", ["job.rounds = 1"] },
        { "rounds", Plain(5) with { MaxAttempts = 0 }, "0 attempts", ["job.max-attempts = 1"] },
        { "rounds", Masked(5) with { Participation = new ParticipationRule(0, 1_000_000, 0, 1_000_000) }, "wants 0 millionths", ["job.selection.fraction = 0.6"] },
        { "deadlines", Plain(5) with { Timings = new PlanTimings(TimeSpan.Zero, TimeSpan.FromSeconds(9), TimeSpan.Zero, TimeSpan.FromSeconds(9)) }, "round deadline is 00:00:00", ["job.timing.round-deadline = 600s"] },
        { "deadlines", Masked(5) with { Timings = new PlanTimings(TimeSpan.FromSeconds(9), TimeSpan.MaxValue, TimeSpan.Zero, TimeSpan.FromSeconds(9)) }, "opening deadline", ["job.timing.opening-deadline = 600s"] },
        { "deadlines", Plain(5) with { Timings = new PlanTimings(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(9)) }, "pause between attempts", ["job.timing.retry-backoff = 2s"] },
        { "ring", Plain(5) with { Ring = RingWidth.Ring32, StartSums = [], RoundSums = [new SumPlan("training", [Wide], Everyone: false)] }, "'delta' has 48 bits", ["job.grid.bits = 29", "job.grid.fraction-bits = 28"] },
        { "aggregators", Plain(5) with { Aggregators = 9 }, "9 aggregators for 5 sites", ["job.aggregators = 5"] },
        { "aggregators", Plain(5) with { Aggregators = 0 }, "0 aggregators for 5 sites", ["job.aggregators = 1"] },
        { "one-site", Masked(5) with { Participation = ParticipationRule.All with { IsCyclic = true } }, "each round has one site", ["job.protection.mode = plain"] },
        { "sites", Masked(2), "at least 3, and there are 2", ["job.protection.mode = plain"] },
        { "key-holders", Encrypted(65), "at most 64 sites hold the key", ["job.protection.mode = secagg"] },
        { "collusion", Masked(5, colluding: 4), "at most 3 of so many", ["job.protection.colluding = 3", "job.protection.minimum-contributors = 5"] },
        { "collusion", Masked(5, colluding: int.MaxValue), "at most 3 of so many", ["job.protection.colluding = 3", "job.protection.minimum-contributors = 5"] },
        { "collusion", Encrypted(5, colluding: 3), "at most 2 of so many", ["job.protection.colluding = 2", "job.protection.minimum-contributors = 5"] },
        { "minimum", Masked(9, colluding: 4, minimum: 5), "at least 6 contributors hide a site", ["job.protection.minimum-contributors = 6"] },
        { "threshold", Encrypted(9) with { Ckks = new CkksPlan(2, 2, 5, SumCheckLevel.Full) }, "at least 3 must open together", ["job.protection.threshold = 3"] },
        { "threshold", Masked(9, threshold: -1), "threshold is -1", ["job.protection.threshold = null"] },
        { "verification", Encrypted(9, verification: (SumCheckLevel)7), "verification '7', which this version does not know", ["job.protection.verification = fingerprint"] },
        { "key-use", Encrypted(9) with { MaxAttempts = 5, Ckks = new CkksPlan(0, 2, 3, SumCheckLevel.Full, 1_000) { RoundCiphertexts = 300 } }, "a key opens 1000 ciphertexts, 2 of them in its trials, and 5 attempts at round 1 could need 1500", ["job.protection.openings-per-key = 1502"] },
        { "key-use", Encrypted(9) with { MaxAttempts = 5, Ckks = new CkksPlan(0, 2, 3, SumCheckLevel.Full) { StartCiphertexts = 400_000 } }, "5 attempts at round 0 could need 2000000", ["job.max-attempts = 2"] },
        { "key-use", Encrypted(9) with { Ckks = new CkksPlan(0, 2, 3, SumCheckLevel.Full, 1L << 21) }, "sized for at most 1048576", ["job.protection.openings-per-key = 1048576"] },
        { "retained", Masked(5) with { RetainContributions = 2 }, "retains those of 2 rounds", ["job.retain-contributions = 0"] },
        { "survivors", Masked(9, threshold: 10), "9 that it invites, and 10 would have to answer", ["job.protection.threshold = null"] },
        { "survivors", Masked(10) with { Participation = Half(2_000_000) }, "wants 5 sites of 10 that it invites, and 6 would", ["job.selection.over-selection = 1"] },
        { "survivors", Masked(9, minimum: 6) with { Participation = Half() }, "wants 5 sites of 5 that it invites, and 6 would", ["job.selection.fraction = 0.666666"] },
        { "survivors", Masked(5, minimum: 6), "wants 5 sites of 5 that it invites, and 6 would", ["job.protection.minimum-contributors = 3"] },
        { "one-site", Encrypted(5) with { Participation = ParticipationRule.All with { IsCyclic = true } }, "each round has one site", ["job.protection.mode = plain"] },
        { "sites", Encrypted(2), "at least 3, and there are 2", ["job.protection.mode = plain"] },
        { "collusion", Encrypted(3), "at most 0 of so many", ["job.protection.colluding = 0", "job.protection.minimum-contributors = 3"] },
        { "minimum", Encrypted(9) with { Ckks = new CkksPlan(1, 2, 3, SumCheckLevel.Full) }, "at least 4 contributors hide a site", ["job.protection.minimum-contributors = 4"] },
        { "retained", Encrypted(5) with { RetainContributions = 2 }, "retains those of 2 rounds", ["job.retain-contributions = 0"] },
        { "survivors", Encrypted(10) with { Participation = Half(2_000_000) }, "wants 5 sites of 10 that it invites, and 6 would", ["job.selection.over-selection = 1"] },
        { "survivors", Encrypted(9) with { Participation = Half(), Ckks = new CkksPlan(1, 8, 4, SumCheckLevel.Full) }, "wants 5 sites of 5 that it invites, and 8 would", ["job.selection.fraction = 0.888888"] },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void A_plan_that_cannot_hold_is_refused_with_the_reason_and_the_nearest_that_does(string rule, JobPlan plan, string reason, string[] changes)
    {
        PlanRefusal refusal = ProtectionRules.Examine(plan)!;
        Assert.Equal(rule, refusal.Rule);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(changes, refusal.Changes);
        Assert.Null(ProtectionRules.Refusal(refusal.Nearest!));
        Assert.EndsWith($"set {string.Join(", ", changes)}", refusal.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_but_those_of_the_form_alone_is_broken_by_a_plan_above() =>
        Assert.Equal(["name", "roster", "sums", "mode", "contributors"], ProtectionRules.All.Select(static rule => rule.Name).Except(Broken.Select(static row => row.Data.Item1)));

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData(".hidden")]
    [InlineData("trial-1.")]
    [InlineData("C:")]
    [InlineData("a/b")]
    [InlineData("../../node")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a~b")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("")]
    [InlineData(null)]
    public void A_job_is_called_by_what_can_be_the_name_of_a_file_in_a_folder(string? name)
    {
        Assert.False(JobId.IsName(name));
        JobPlan plan = Plain(5) with { Job = new JobId(name!) };
        Assert.Equal("the plan's job is not called by 1 to 120 of the characters a-z A-Z 0-9 _ . -, no dot at either end", ProtectionRules.Reason(plan));
        Assert.Throws<InvalidOperationException>(() => plan.Job.FileName);
    }

    [Fact]
    public void A_job_s_name_has_an_end()
    {
        JobPlan longest = Plain(5) with { Job = new JobId(new string('a', JobId.LengthMax)) };
        Assert.Null(ProtectionRules.Reason(longest));
        Assert.NotNull(ProtectionRules.Reason(longest with { Job = new JobId(longest.Job.Value + "a") }));
        Assert.Null(ProtectionRules.Reason(longest with { Job = new JobId("quickstart-3c387810") }));
        Assert.Equal("quickstart-3c387810", new JobId("quickstart-3c387810").FileName);
    }

    [Fact]
    public void A_roster_with_one_party_twice_is_refused()
    {
        JobPlan plan = Masked(5);
        JobPlan Keyed(string key) => plan with { Roster = plan.Roster.SetItem(4, plan.Roster[4] with { KeyId = Given.Hash(key) }) };
        Assert.Null(ProtectionRules.Refusal(Keyed("another")));
        Assert.Equal(
            "'s0000' and 's0004' of the roster have the same key, so that one party would count as 2; have each site once in the roster, under a key of its own, in the order of their names",
            ProtectionRules.Refusal(Keyed("s0000")));
        Assert.Contains("'s0003' follows 's0003'", ProtectionRules.Refusal(plan with { Roster = plan.Roster.SetItem(4, plan.Roster[3]) }), StringComparison.Ordinal);
        Assert.Contains("'s0003' follows 's0004'", ProtectionRules.Refusal(plan with { Roster = [.. plan.Roster.Reverse()] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2, "training", new[] { "s0000", "s0001", "s0002", "s0003" }, null)]
    [InlineData(1, 99, "training", new[] { "s0000", "s0001", "s0002", "s0003" }, "and it has the start-up, 0, and the rounds 1 to")]
    [InlineData(0, 1, "training", new[] { "s0000", "s0001", "s0002", "s0003" }, "and it has the start-up")]
    [InlineData(2, 2, "indicators", new[] { "s0000", "s0001", "s0002", "s0003" }, "which have no such sum")]
    [InlineData(2, 2, "training", new string[0], "are nobody")]
    [InlineData(2, 2, "training", new[] { "s0000", "s0001", "s0002", "stranger" }, "'stranger' is among")]
    [InlineData(2, 2, "training", new[] { "s0000", "s0002", "s0001", "s0003" }, "not in ordinal order")]
    [InlineData(2, 2, "training", new[] { "s0000", "s0001" }, "are 2 sites, and under protection 'secagg' 3 would have to answer")]
    public void Contributors_that_a_plan_states_are_sites_of_it_and_enough_for_its_protection(int first, int last, string sum, string[] sites, string? reason)
    {
        JobPlan plan = Masked(5) with { Contributors = [new FixedContributors(first, last, sum, [.. sites.Select(static site => new SiloId(site))])] };
        if (reason is null) Assert.Null(ProtectionRules.Reason(plan));
        else Assert.Contains(reason, ProtectionRules.Reason(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Stated_contributors_are_invited_wanted_and_needed_and_other_rounds_keep_to_the_rule()
    {
        JobPlan rule = Plain(5), plan = rule with { Contributors = [new FixedContributors(1, 2, "training", [new SiloId("s0001"), new SiloId("s0003")])] };
        CollectionId stated = new(2, 3, "training"), other = new(3, 1, "training");
        Assert.Equal(["s0001", "s0003"], plan.InvitedTo(stated).Select(static silo => silo.Value));
        Assert.Equal((2, 2), (plan.TargetOf(stated), plan.QuorumOf(stated)));
        Assert.Equal(rule.InvitedTo(other), plan.InvitedTo(other));
        Assert.Equal((rule.TargetOf(other), rule.QuorumOf(other)), (plan.TargetOf(other), plan.QuorumOf(other)));
        Assert.NotEqual(rule.ComputeHash(), plan.ComputeHash());
        Assert.Equal(plan.ComputeHash(), JobPlan.FromJson(plan.ToJson()).ComputeHash());
        Assert.DoesNotContain("contributors", rule.ToJson(), StringComparison.Ordinal);   // plans of before have the hash that they had
    }

    [Fact]
    public void Sums_that_no_vector_can_have_are_refused_rather_than_thrown_at()
    {
        SumPlan sum = Plain(3).RoundSums[0];
        Assert.Contains("the sum 'training' twice", ProtectionRules.Refusal(Plain(3) with { RoundSums = [sum, sum] }), StringComparison.Ordinal);
        Assert.Contains("'training' is of no vector", ProtectionRules.Refusal(Plain(3) with { RoundSums = [sum with { Segments = [] }] }), StringComparison.Ordinal);
        Assert.Contains("'training' is of no vector", ProtectionRules.Refusal(Plain(3) with { RoundSums = [sum with { Segments = [sum.Segments[0] with { Shape = [int.MaxValue, 4] }] }] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rot13", false, false, "does not know")]
    [InlineData("plain", true, false, "not, or not only")]
    [InlineData("secagg", false, false, "not, or not only")]
    [InlineData("ckks", true, true, "not, or not only")]
    public void Parameters_are_those_of_the_protection_that_is_wanted(string protection, bool masks, bool key, string part)
    {
        JobPlan plan = Plain(5) with { Protection = protection, SecAgg = masks ? new SecAggPlan(0, 0, 3) : null, Ckks = key ? new CkksPlan(0, 2, 3, SumCheckLevel.Full) : null };
        Assert.Contains(part, ProtectionRules.Refusal(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_that_hold_are_let_through()
    {
        ImmutableArray<JobPlan> plans = [Plain(1), Plain(200), Masked(3, colluding: 0), Masked(5, colluding: 3), Masked(9) with { Participation = Half() }, Encrypted(4), Encrypted(64, 61), Encrypted(9, 3, SumCheckLevel.Fingerprint)];
        Assert.All(plans, static plan => Assert.Null(ProtectionRules.Examine(plan)));
    }
}
