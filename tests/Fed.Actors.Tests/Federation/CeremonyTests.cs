using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Simulation;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Secure aggregation in whole federations: everybody dies everywhere, sites leave in every phase, and seeds draw the rest.</summary>
public sealed class CeremonyTests(ITestOutputHelper output)
{
    private const int FreshSeeds = 40;

    /// <summary>The steps before any of which a site may leave; the upload goes to the aggregator.</summary>
    private enum Phase
    {
        Advertise,
        Share,
        Upload,
        Confirm,
        Release,
        Never,
    }

    [Fact]
    public void Coordinator_recovers_wherever_it_dies() => DiesEverywhere(DeathSweep.Coordinator);

    [Fact]
    public void Aggregator_recovers_wherever_it_dies() => DiesEverywhere(DeathSweep.Aggregator);

    [Fact]
    public void Site_recovers_wherever_it_dies() => DiesEverywhere(DeathSweep.Site);

    /// <summary>Five sites of which three must answer: every way in which they can leave during the first ceremony. Up to two that leave cost nothing; with three the job fails with a reason.</summary>
    [Fact]
    public void Every_pattern_of_drop_outs_up_to_the_threshold_succeeds_and_beyond_it_fails_cleanly()
    {
        Sweep.Over(Sweep.Patterns<Phase>(5), static pattern => string.Join(", ", pattern), static pattern =>
        {
            int left = pattern.Count(static phase => phase != Phase.Never);
            FederationResult result = Leaving(pattern);
            return result.IsCompleted == left <= 2 ? null : $"{(result.IsCompleted ? "completed" : "failed")} ({result.Reason})";
        });
    }

    [Fact]
    public void Same_seed_gives_the_same_trace_whatever_servers_lie_about() => Sweep.SameTraces(6, static seed => FederationScenario.SecAggFromSeed(seed));

    [Fact]
    public void Fresh_seeds_keep_every_promise() => Sweep.OverSeeds(Sweep.FreshSeeds(FreshSeeds, output), static seed => FederationScenario.SecAggFromSeed(seed));

    /// <summary>Before each step of the first ceremony; the second one shows that the node goes on as before.</summary>
    private void DiesEverywhere(DeathSweep sweep) => Sweep.OverDeaths(FederationScenario.QuietUnder(SecAggPlan.Name), sweep, output);

    private static FederationResult Leaving(ImmutableArray<Phase> pattern)
    {
        FederationScenario scenario = FederationScenario.Quiet(pattern.Length, 1) with
        {
            SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin),
            Participation = ParticipationRule.All with { QuorumCount = SecAggPlan.ContributorsMin, QuorumPpm = 0 },
            AttemptsMax = 1,
            Retain = 0,
        };
        using SimulatedFederation federation = new(scenario) { LeavesBefore = (site, message) => PhaseOf(message) is { } phase && pattern[site.Site] == phase };
        return federation.RunToEnd();
    }

    private static Phase? PhaseOf(object message) => message switch
    {
        ProtocolMessage.OfferUpdate => Phase.Upload,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.AdvertiseKeys } => Phase.Advertise,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.ShareKeys } => Phase.Share,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Confirm } => Phase.Confirm,
        ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.ReleaseShares } => Phase.Release,
        _ => null,
    };
}
