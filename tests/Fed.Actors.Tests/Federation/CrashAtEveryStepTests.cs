using System.Collections.Concurrent;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Three sites, start-up and two rounds; one node dies before step n and comes back a second later, for every n: the model is the same to the last bit.</summary>
public sealed class CrashAtEveryStepTests
{
    private static readonly FederationScenario Scenario = FederationScenario.Quiet(sites: 3, rounds: 2);

    [Fact]
    public void Job_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Job);

    [Fact]
    public void Coordinator_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Coordinator);

    [Fact]
    public void Aggregator_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Aggregator);

    [Fact]
    public void Site_recovers_wherever_it_dies() => DiesEverywhere(static federation => federation.Silos[1]);

    private static void DiesEverywhere(Func<SimulatedFederation, SimulatedIdentity> node)
    {
        FederationResult undisturbed = SimulatedFederation.Run(Scenario);
        ConcurrentBag<string> wrong = [];
        Parallel.For(0L, undisturbed.Steps, step =>
        {
            try
            {
                using SimulatedFederation federation = new(Scenario);
                FederationResult result = federation.RunToEnd(step, node(federation));
                if (!result.IsCompleted || result.State != undisturbed.State) wrong.Add($"step {step}: {result.Reason}, state {result.State}");
                if (result.Crashes != 1) wrong.Add($"step {step}: {result.Crashes} crashes");
            }
            catch (FederationViolationException violation)
            {
                wrong.Add($"step {step}: {violation.Message}");
            }
        });
        Assert.Empty(wrong);
    }
}
