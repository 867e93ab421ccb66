using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
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

    private static readonly FederationScenario Three = FederationScenario.Quiet(3, 1) with { SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin), Retain = 0 };

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
    public void Coordinator_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Coordinator);

    [Fact]
    public void Aggregator_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Aggregator);

    [Fact]
    public void Site_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Silos[1]);

    /// <summary>Five sites of which three must answer: every way in which they can leave during the first ceremony. Up to two that leave cost nothing; with three the job fails with a reason.</summary>
    [Fact]
    public void Every_pattern_of_drop_outs_up_to_the_threshold_succeeds_and_beyond_it_fails_cleanly()
    {
        ConcurrentBag<string> wrong = [];
        Parallel.ForEach(Patterns(5), pattern =>
        {
            int left = pattern.Count(static phase => phase != Phase.Never);
            try
            {
                FederationResult result = Leaving(pattern);
                if (result.IsCompleted != left <= 2) wrong.Add($"{string.Join(", ", pattern)}: {(result.IsCompleted ? "completed" : "failed")} ({result.Reason})");
            }
            catch (FederationViolationException violation)
            {
                wrong.Add($"{string.Join(", ", pattern)}: {violation.Message}");
            }
        });
        Assert.Empty(wrong);
    }

    [Fact]
    public void Same_seed_gives_the_same_trace_whatever_servers_lie_about()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            FederationScenario scenario = FederationScenario.SecAggFromSeed(seed);
            Assert.Equal(SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario)).TraceHash, SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario)).TraceHash);
        }
    }

    [Fact]
    public void Fresh_seeds_keep_every_promise()
    {
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("FED_SIM_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : (ulong)Random.Shared.NextInt64(1, 1L << 48);
        output.WriteLine($"seeds {first} to {first + FreshSeeds - 1}; the same again: FED_SIM_SEED={first}");
        ConcurrentBag<string> violations = [];
        Parallel.For(0, FreshSeeds, i =>
        {
            FederationScenario scenario = FederationScenario.SecAggFromSeed(first + (ulong)i);
            try
            {
                SimulatedFederation.Run(scenario, stores: ProductionStores.For(scenario));
            }
            catch (FederationViolationException violation)
            {
                violations.Add($"{violation.Check}: {violation.Message}");
            }
        });
        Assert.Empty(violations);
    }

    /// <summary>Before each step of the first ceremony; the second one shows that the node goes on as before.</summary>
    private static void DiesEverywhere(Func<SimulatedFederation, SimulatedIdentity> node)
    {
        List<string> trace = [];
        FederationResult undisturbed = SimulatedFederation.Run(Three, trace.Add);
        long committed = long.Parse(trace.First(static line => line.Contains("coordinator RoundCommitted", StringComparison.Ordinal)).AsSpan(0, 6), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        ConcurrentBag<string> wrong = [];
        Parallel.For(0L, committed + 20, step =>
        {
            try
            {
                using SimulatedFederation federation = new(Three);
                FederationResult result = federation.RunToEnd(step, node(federation));
                if (!result.IsCompleted || result.State != undisturbed.State || result.Crashes != 1) wrong.Add($"step {step}: {result.Reason}, {result.Crashes} crashes, state {result.State}");
            }
            catch (FederationViolationException violation)
            {
                wrong.Add($"step {step}: {violation.Message}");
            }
        });
        Assert.Empty(wrong);
    }

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

    /// <summary>Which site leaves when, but for which of them it is: so many before each phase.</summary>
    private static IEnumerable<ImmutableArray<Phase>> Patterns(int sites, Phase from = Phase.Advertise)
    {
        if (sites == 0) return [[]];
        return Enum.GetValues<Phase>().Where(phase => phase >= from).SelectMany(phase => Patterns(sites - 1, phase).Select(rest => rest.Insert(0, phase)));
    }
}
