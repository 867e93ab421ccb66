using System.Collections.Immutable;
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

    /// <summary>Nothing else goes wrong, so that lies get as far as they can: each alone, and all at once.</summary>
    [Fact]
    public void No_lie_about_sums_under_a_common_key_opens_anything_else()
    {
        IEnumerable<ImmutableArray<FaultKind>> lies = ServerLies.Encrypted.Select(static kind => ImmutableArray.Create(kind)).Append(ServerLies.Encrypted);
        Sweep.Over(lies.Select(static (kinds, index) => (Kinds: kinds, Seed: (ulong)index + 1)), static lie => string.Join(", ", lie.Kinds), static lie =>
        {
            SimulatedFederation.Run(FederationScenario.Quiet(6, 2) with
            {
                Seed = lie.Seed,
                Ckks = new CkksPlan(1, CkksPlan.ThresholdMin(1), CkksPlan.ContributorsMinOf(1), SumCheckLevel.Assigned),
                Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMinOf(1), QuorumPpm = 0 },
                Retain = 0,
                Lies = ServerLies.Of(600, lie.Kinds.AsSpan()),
            });
            return null;
        });
    }
}
