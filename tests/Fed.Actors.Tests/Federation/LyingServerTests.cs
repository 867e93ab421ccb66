using Fed.Actors.Protocol.Job;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Adversary;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Servers that lie, one lie at a time.</summary>
public sealed class LyingServerTests
{
    /// <summary>A later attempt that the plan invites other sites to would find signatures enough among those who have confirmed nothing: under masks all attempts at a sum have the same sites.</summary>
    [Fact]
    public void Part_of_the_sites_is_no_way_to_a_second_sum()
    {
        for (ulong seed = 40; seed <= 52; seed++)
        {
            SimulatedFederation.Run(FederationScenario.Quiet(12, 2) with
            {
                Seed = seed,
                Participation = new(500_000, 1_000_000, SecAggPlan.ContributorsMin, 0),
                SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin),
                Retain = 0,
                Lies = ServerLies.Of(400, FaultKind.RogueRetry),
            });
        }
    }
}
