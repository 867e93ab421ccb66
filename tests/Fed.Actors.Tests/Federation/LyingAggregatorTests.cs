using Fed.Actors.Protocol.Job;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Adversary;
using Fed.Vectors;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>An aggregator that lies beside an honest coordinator, under secure aggregation: what shows, and the one thing that does not.</summary>
public sealed class LyingAggregatorTests
{
    private static readonly FederationScenario Quiet = FederationScenario.Quiet(5, 2) with { SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin), Retain = 0, Ring = RingWidth.Ring64 };

    /// <summary>A vector that is missing, or there twice, leaves masks in the sum; so does a sum of other masks.</summary>
    [Theory]
    [InlineData(FaultKind.LeftOut)]
    [InlineData(FaultKind.CountedTwice)]
    [InlineData(FaultKind.OldSum)]
    public void A_sum_in_which_masks_are_left_opens_inconsistently_and_stops_the_job(FaultKind kind)
    {
        FederationResult result = Lied(kind);
        Assert.False(result.IsCompleted);
        Assert.Contains("opening inconsistent", result.Reason, StringComparison.Ordinal);
    }

    /// <summary>Too few, which the coordinator refuses, or one that its site has not signed, which the sites do.</summary>
    [Fact]
    public void A_list_that_is_not_so_is_not_opened()
    {
        string[] reasons = [.. Enumerable.Range(1, 8).Select(static seed => Lied(FaultKind.FalseSeal, (ulong)seed).Reason).Distinct()];
        Assert.Contains(reasons, static reason => reason.Contains("were not asked for", StringComparison.Ordinal));
        Assert.Contains(reasons, static reason => reason.Contains("was not opened by its deadline", StringComparison.Ordinal));
    }

    /// <summary>Numbers within the bounds that an aggregator adds are opened with the rest: the threat model says so. The checks let through exactly what it added.</summary>
    [Fact]
    public void What_an_aggregator_adds_to_a_sum_shows_only_in_the_model()
    {
        FederationResult result = Lied(FaultKind.WrongSum);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.NotEqual(SimulatedFederation.Run(Quiet).State, result.State);
    }

    private static FederationResult Lied(FaultKind kind, ulong seed = 1)
    {
        FederationResult result = SimulatedFederation.Run(Quiet with { Seed = seed, AggregatorLies = ServerLies.Of(10_000, kind) });
        Assert.True(result.Faults.TotalOf(kind) > 0);
        return result;
    }
}
