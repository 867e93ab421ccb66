using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Over plans drawn at random, most of which cannot hold.</summary>
public sealed class ProtectionRulesProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    private static Arbitrary<JobPlan> Plans { get; } = (
        from sites in Gen.OneOf(Gen.Choose(1, 12), Gen.Choose(50, 110))
        from mode in Gen.Elements(ProtectionRules.Plain, SecAggPlan.Name, CkksPlan.Name)
        from colluding in Gen.Frequency((8, Gen.Choose(0, 8)), (1, Gen.Choose(-2, int.MaxValue - 1)))
        from threshold in Gen.Frequency((3, Gen.Constant(0)), (3, Gen.Choose(0, 12)), (1, Gen.Choose(-2, int.MaxValue - 1)))
        from minimum in Gen.Frequency((5, Gen.Choose(2, 12)), (1, Gen.Choose(-2, int.MaxValue - 1)))
        from fraction in Gen.OneOf(Gen.Constant(1_000_000), Gen.Choose(-1, 1_000_001))
        from over in Gen.OneOf(Gen.Constant(1_000_000), Gen.Choose(900_000, 3_000_000))
        from retain in Gen.Elements(0, 0, 2, int.MaxValue)
        from attempts in Gen.Choose(0, 6)
        from ciphertexts in Gen.Frequency((3, Gen.Choose(0, 50)), (1, Gen.Choose(-1, 2_000)))
        from cyclic in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        from verification in Gen.Elements(SumCheckLevel.Fingerprint, SumCheckLevel.Assigned, SumCheckLevel.Full)
        from deadline in Gen.Elements(-1, 0, 60, 60, 60)
        select Given.Plan(retain: retain, maxAttempts: attempts, participation: new ParticipationRule(fraction, over, 0, 1_000_000) { IsCyclic = cyclic }) with
        {
            Roster = [.. Enumerable.Range(0, sites).Select(static i => $"s{i:d4}").Select(static name => new RosterEntry(new SiloId(name), Given.Hash(name)))],
            Protection = mode,
            SecAgg = mode == SecAggPlan.Name ? new SecAggPlan(colluding, threshold, minimum) : null,
            Ckks = mode == CkksPlan.Name ? new CkksPlan(colluding, threshold, minimum, verification, OpeningsPerKey: 1_000) { StartCiphertexts = ciphertexts, RoundCiphertexts = ciphertexts / 2 } : null,
            Timings = new PlanTimings(TimeSpan.FromSeconds(deadline), TimeSpan.FromSeconds(60), TimeSpan.Zero, TimeSpan.FromSeconds(60)),
        }).ToArbitrary();

    [Fact]
    public void Every_refusal_names_a_plan_that_holds_and_what_to_set_for_it() => Prop.ForAll(Plans, plan =>
    {
        if (ProtectionRules.Examine(plan) is not { } refusal) return;
        if (plan.Ckks is { StartCiphertexts: < 0 }) return;   // no setting of a person's
        Assert.NotNull(refusal.Nearest);
        Assert.Null(ProtectionRules.Refusal(refusal.Nearest));
        Assert.NotEmpty(refusal.Changes);
    }).Check(Quick);

    [Fact]
    public void No_single_change_of_the_nearest_plan_could_have_been_left_out() => Prop.ForAll(Plans, plan =>
    {
        if (ProtectionRules.Examine(plan)?.Nearest is not { } near) return;
        if (near.Protection != plan.Protection) Assert.NotNull(ProtectionRules.Refusal(near with { Protection = plan.Protection, SecAgg = plan.SecAgg, Ckks = plan.Ckks }));
        if (near.MaxAttempts != plan.MaxAttempts) Assert.NotNull(ProtectionRules.Refusal(near with { MaxAttempts = plan.MaxAttempts }));
        if (near.Participation != plan.Participation) Assert.NotNull(ProtectionRules.Refusal(near with { Participation = plan.Participation }));
        if (near.SecAgg is { } masks && plan.SecAgg is { } asked && masks != asked) Assert.NotNull(ProtectionRules.Refusal(near with { SecAgg = asked }));
        if (near.Ckks is { } key && plan.Ckks is { } wanted && key != wanted) Assert.NotNull(ProtectionRules.Refusal(near with { Ckks = wanted }));
    }).Check(Quick);

    [Fact]
    public void What_is_let_through_can_open_its_sums_and_hides_each_site_from_the_others_that_collude() => Prop.ForAll(Plans, plan =>
    {
        if (plan.Protection == ProtectionRules.Plain || ProtectionRules.Examine(plan) is not null) return;
        int colluding = plan.SecAgg?.Colluding ?? plan.Ckks!.Colluding, minimum = plan.SecAgg?.MinimumContributors ?? plan.Ckks!.MinimumContributors;
        Assert.InRange(colluding, 0, plan.Roster.Length - 2);
        Assert.True(minimum >= 3 && minimum >= colluding + (plan.Ckks is null ? 2 : 3));
        foreach (SumPlan sum in plan.RoundSums)
        {
            int wanted = plan.Participation.Target(plan.Roster.Length, sum.Everyone), invited = plan.Participation.Select(plan.Silos, sum.Everyone, plan.Seed, 1, 1).Count;
            Assert.True(wanted >= minimum);
            Assert.True(2 * wanted > invited + colluding);   // two lists of one sum cannot both be opened
        }
    }).Check(Quick);
}
