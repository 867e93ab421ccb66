using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
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
}
