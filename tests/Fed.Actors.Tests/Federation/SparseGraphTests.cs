using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Secure aggregation on a sparse graph of 104 sites, drawn by them, through all actors.</summary>
public sealed class SparseGraphTests
{
    private const int Sites = 104, Enough = 89;

    private static readonly FederationScenario Quiet = FederationScenario.Quiet(Sites, rounds: 1) with
    {
        SecAgg = new SecAggPlan(Colluding: 5, Threshold: 0, MinimumContributors: 7),
        Participation = new ParticipationRule(1_000_000, 1_000_000, Enough, 0),
        Retain = 0,
    };

    [Fact]
    public void Sites_draw_a_graph_and_open_the_sums_that_the_plain_mode_gives()
    {
        FederationResult masked = SimulatedFederation.Run(Quiet), plain = SimulatedFederation.Run(Quiet with { SecAgg = null });
        Assert.Equal((true, 2), (masked.IsCompleted, masked.Rounds));
        Assert.Equal(plain.State, masked.State);
    }

    [Fact]
    public void Drop_outs_before_and_in_the_ceremony_leave_the_sum_of_the_others()
    {
        ImmutableArray<SiteBehaviour> sites = [.. Quiet.Sites.Select(static (site, i) => i % 16 == 3 ? SiteBehaviour.Declines : site)];   // 7 sites from the start
        FederationResult result = SimulatedFederation.Run(Quiet with
        {
            Seed = 5,
            Sites = sites,
            AttemptsMax = 10,
            CrashesPer10K = 20,
            Links = new LinkFaults { LossPermille = 20, DuplicatePermille = 20, ReorderPermille = 100, DelayMax = TimeSpan.FromMilliseconds(300) },
        });
        Assert.True(result.IsCompleted, result.Reason);
        Assert.True(result.Crashes > 0);
    }
}
