using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

public sealed class ParticipationRuleProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    private sealed record Draw(int Sites, ParticipationRule Rule, int Round, int Attempt, int Shuffle)
    {
        public ulong Seed => (ulong)Shuffle * 31;

        public ImmutableSortedSet<SiloId> Select() => Rule.Select(ParticipationRuleTests.Roster(Sites), everyone: false, Seed, Round, Attempt);
    }

    private static Arbitrary<Draw> Draws { get; } = (
        from sites in Gen.Choose(1, 40)
        from fraction in Gen.Choose(1, 1_000_000)
        from over in Gen.Choose(1_000_000, 3_000_000)
        from count in Gen.Choose(0, 50)
        from share in Gen.Choose(0, 1_000_000)
        from round in Gen.Choose(0, 500)
        from attempt in Gen.Choose(1, 5)
        from shuffle in Gen.Choose(0, int.MaxValue - 1)
        select new Draw(sites, new ParticipationRule(fraction, over, count, share), round, attempt, shuffle)).ToArbitrary();

    [Fact]
    public void Between_quorum_target_invited_and_roster_nothing_is_out_of_order() => Prop.ForAll(Draws, draw =>
    {
        int target = draw.Rule.Target(draw.Sites, everyone: false);
        Assert.InRange(draw.Rule.Quorum(target), 1, target);
        Assert.InRange(target, 1, draw.Select().Count);
        Assert.Subset(ParticipationRuleTests.Roster(draw.Sites).ToHashSet(), draw.Select().ToHashSet());
    }).Check(Quick);

    [Fact]
    public void The_order_of_the_roster_changes_nothing() => Prop.ForAll(Draws, draw =>
    {
        SiloId[] shuffled = [.. ParticipationRuleTests.Roster(draw.Sites)];
        new Random(draw.Shuffle).Shuffle(shuffled);
        Assert.Equal(draw.Select(), draw.Rule.Select([.. shuffled], everyone: false, draw.Seed, draw.Round, draw.Attempt));
    }).Check(Quick);

    [Fact]
    public void A_coordinator_selects_the_same_whatever_else_the_plan_says() => Prop.ForAll(Draws, draw =>
    {
        SiloId[] sites = [.. ParticipationRuleTests.Roster(draw.Sites)];
        JobPlan plan = Given.Plan(participation: draw.Rule, silos: sites) with { Seed = draw.Seed };
        JobPlan other = plan with { Job = new JobId("renamed-9"), Name = "other", Program = """{"rate":2}""", Protection = "masked", Rounds = 77, MaxAttempts = 9, RetainContributions = 0 };
        Assert.NotEqual(plan.ComputeHash(), other.ComputeHash());
        Assert.Equal(Selected(plan, draw), Selected(other, draw));
    }).Check(Quick);

    [Fact]
    public void Rounds_and_attempts_and_seeds_choose_different_sites()
    {
        ParticipationRule half = new(500_000, 1_000_000, 0, 1_000_000);
        string Chosen(ulong seed, int round, int attempt) => string.Join(",", half.Select(ParticipationRuleTests.Roster(40), everyone: false, seed, round, attempt));
        string[] all = [Chosen(1, 1, 1), Chosen(2, 1, 1), Chosen(1, 2, 1), Chosen(1, 1, 2), Chosen(1, 11, 1), Chosen(11, 1, 1)];
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
    }

    private static ImmutableSortedSet<SiloId> Selected(JobPlan plan, Draw draw) =>
        plan.Participation.Select(plan.Silos, everyone: false, plan.Seed, draw.Round, draw.Attempt);
}
