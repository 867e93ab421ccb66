using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

public sealed class ParticipationRuleTests
{
    private const int Whole = 1_000_000;

    internal static ImmutableArray<SiloId> Roster(int count) => [.. Enumerable.Range(0, count).Select(i => new SiloId($"site-{i:D3}"))];

    [Theory]
    [InlineData(5, Whole, false, 5)]
    [InlineData(10, 300_000, false, 3)]
    [InlineData(10, 300_001, false, 4)]   // shares are rounded up
    [InlineData(10, 1, false, 1)]         // at least one
    [InlineData(1, 1, false, 1)]
    [InlineData(10, 300_000, true, 10)]
    [InlineData(60, 500_000, false, 30)]
    public void The_target_is_the_share_of_the_roster(int roster, int fractionPpm, bool everyone, int expected) =>
        Assert.Equal(expected, new ParticipationRule(fractionPpm, Whole, 0, Whole).Target(roster, everyone));

    [Theory]
    [InlineData(0, Whole, 5, 5)]
    [InlineData(0, 500_000, 5, 3)]
    [InlineData(0, 1, 5, 1)]
    [InlineData(3, 0, 5, 3)]
    [InlineData(9, 0, 5, 5)]   // never more than are wanted
    [InlineData(1, Whole, 5, 1)]
    [InlineData(0, 0, 5, 1)]   // never none
    public void The_quorum_lies_between_one_and_the_target(int count, int ppm, int target, int expected) =>
        Assert.Equal(expected, new ParticipationRule(Whole, Whole, count, ppm).Quorum(target));

    [Theory]
    [InlineData(20, 500_000, 1_300_000, 13)]
    [InlineData(20, 500_000, 1_000_000, 10)]
    [InlineData(20, 500_000, 1_000_001, 11)]
    [InlineData(20, 500_000, 9_000_000, 20)]   // no more than there are
    [InlineData(3, 1, 1_500_000, 2)]
    public void Over_selection_invites_more_than_are_wanted(int roster, int fractionPpm, int overPpm, int expected) =>
        Assert.Equal(expected, new ParticipationRule(fractionPpm, overPpm, 0, Whole).Select(Roster(roster), everyone: false, 7, 1, 1).Count);

    [Fact]
    public void Sums_of_everyone_invite_the_whole_roster_whatever_the_share() =>
        Assert.Equal([.. Roster(9)], new ParticipationRule(1, Whole, 0, Whole).Select(Roster(9), everyone: true, 7, 1, 1).ToArray());

    /// <summary>The expected names come from the rule as the docs state it, computed with Python's hashlib.</summary>
    [Fact]
    public void A_selection_is_the_same_on_every_machine_and_for_ever() =>
        Assert.Equal(["site-004", "site-006", "site-007"], new ParticipationRule(300_000, Whole, 0, Whole).Select(Roster(10), everyone: false, 7, 3, 1).Select(s => s.Value));

    [Fact]
    public void Over_many_rounds_every_site_is_chosen_about_as_often()
    {
        ParticipationRule half = new(500_000, Whole, 0, Whole);
        Dictionary<SiloId, int> chosen = Roster(20).ToDictionary(s => s, _ => 0);
        for (int round = 1; round <= 1000; round++)
            foreach (SiloId silo in half.Select(Roster(20), everyone: false, 7, round, 1)) chosen[silo]++;

        // Each count is binomial(1000, 1/2) with standard deviation 15.8; 100 is 6.3 of them: below 1e-8 for twenty sites, and the seed is fixed.
        Assert.All(chosen.Values, count => Assert.InRange(count, 400, 600));
    }

    [Fact]
    public void A_cyclic_rule_visits_every_site_once_in_an_order_of_the_seed_before_any_twice()
    {
        ParticipationRule cyclic = ParticipationRule.All with { IsCyclic = true };
        SiloId at(int round, int attempt = 1, ulong seed = 7) => Assert.Single(cyclic.Select(Roster(10), everyone: false, seed, round, attempt));
        SiloId[] cycle = [.. Enumerable.Range(1, 10).Select(round => at(round))];
        Assert.Equal(Roster(10), cycle.Order());
        Assert.NotEqual(Roster(10), cycle);
        Assert.Equal(cycle, Enumerable.Range(11, 10).Select(round => at(round)));
        Assert.NotEqual(cycle, Enumerable.Range(1, 10).Select(round => at(round, seed: 8)));
        Assert.Equal(cycle[3], at(3, attempt: 2));   // a site that failed its attempt is passed over
    }

    [Fact]
    public void A_cyclic_rule_wants_one_update_and_invites_everyone_where_everyone_is_asked()
    {
        ParticipationRule cyclic = ParticipationRule.All with { IsCyclic = true };
        Assert.Equal((1, 1, 10), (cyclic.Target(10, everyone: false), cyclic.Quorum(1), cyclic.Target(10, everyone: true)));
        Assert.Equal(10, cyclic.Select(Roster(10), everyone: true, 7, 1, 1).Count);
    }

    [Fact]
    public void A_silo_takes_a_cyclic_plan_in_a_plain_simulation_only()
    {
        JobPlan plan = Given.Plan(participation: ParticipationRule.All with { IsCyclic = true });
        Assert.Null(PlanCheck.SingleContributorRefusal(plan, isAllowed: true));
        Assert.Contains("this node does not allow", PlanCheck.SingleContributorRefusal(plan, isAllowed: false), StringComparison.Ordinal);
        Assert.Contains("under protection 'secagg'", PlanCheck.SingleContributorRefusal(plan with { Protection = "secagg" }, isAllowed: true), StringComparison.Ordinal);
        Assert.Null(PlanCheck.SingleContributorRefusal(Given.Plan() with { Protection = "secagg" }, isAllowed: false));
    }

    [Fact]
    public void A_plan_that_is_not_cyclic_has_the_bytes_that_it_always_had() =>
        Assert.DoesNotContain("Cyclic", JsonSerializer.Serialize(Given.Plan(), ProtocolJson.Default.JobPlan), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void A_cyclic_plan_is_read_back_as_it_was_written()
    {
        JobPlan plan = Given.Plan(participation: ParticipationRule.All with { IsCyclic = true });
        JobPlan read = JsonSerializer.Deserialize(JsonSerializer.Serialize(plan, ProtocolJson.Default.JobPlan), ProtocolJson.Default.JobPlan)!;
        Assert.True(read.Participation.IsCyclic);
        Assert.Equal(plan.ComputeHash(), read.ComputeHash());
    }
}
