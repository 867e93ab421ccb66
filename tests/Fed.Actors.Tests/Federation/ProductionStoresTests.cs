using Fed.Simulation;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>The federation over production's blob store and inbox, on disks that forget what was not synced, stopped in the middle of writing too.</summary>
public sealed class ProductionStoresTests
{
    private static readonly FederationScenario Rough = FederationScenario.Quiet(sites: 3, rounds: 2) with { AttemptsMax = 30, CrashesPer10K = 40, TornWorkPer10K = 150 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Crashes_in_the_middle_of_writing_do_not_change_the_state(ulong seed)
    {
        FederationResult result = SimulatedFederation.Run(Rough with { Seed = seed }, stores: ProductionStores.Instance);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.True(result.Crashes > 2, $"{result.Crashes} crashes");
        Assert.Equal(SimulatedFederation.Run(FederationScenario.Quiet(sites: 3, rounds: 2)).State, result.State);
    }

    /// <summary>Whoever has been told that its update counts may lose its machine, and the aggregator's with it: the outbox still has it, and the sum too.</summary>
    [Fact]
    public void Accepted_update_outlives_the_machines_of_its_site_and_of_the_aggregator()
    {
        FederationScenario told = FederationScenario.Quiet(sites: 3, rounds: 2) with { AttemptsMax = 30, Evaluates = true, CrashesAfterAcceptPermille = 400 };
        FederationResult undisturbed = SimulatedFederation.Run(told with { CrashesAfterAcceptPermille = 0 });
        for (ulong seed = 1; seed <= 15; seed++)
        {
            foreach (FederationStores stores in new[] { FederationStores.InMemory, ProductionStores.Instance })
            {
                FederationResult result = SimulatedFederation.Run(told with { Seed = seed }, stores: stores);
                Assert.True(result.IsCompleted, result.Reason);
                Assert.True(result.Crashes >= 2, $"{result.Crashes} crashes");
                Assert.Equal(undisturbed.State, result.State);
            }
        }
    }

    [Theory]
    [InlineData(SyncKinds.Files)]
    [InlineData(SyncKinds.Directories)]
    public void Federation_whose_blobs_are_not_synced_is_found(SyncKinds leftOut)
    {
        FederationViolationException? found = null;
        for (ulong seed = 1; seed <= 20 && found is null; seed++)
        {
            try
            {
                SimulatedFederation.Run(Rough with { Seed = seed, AttemptsMax = 4 }, stores: new Forgetful(leftOut));
            }
            catch (FederationViolationException violation)
            {
                found = violation;
            }
        }

        Assert.True(found is not null, $"20 seeds do not miss the syncs of {leftOut}");
    }

    [Fact]
    public void Seeds_keep_every_promise_on_production_stores()
    {
        List<string> violations = [];
        Parallel.For(1, 61, seed =>
        {
            try
            {
                SimulatedFederation.Run(FederationScenario.FromSeed((ulong)seed) with { TornWorkPer10K = seed % 3 * 40 }, stores: ProductionStores.Instance);
            }
            catch (FederationViolationException violation)
            {
                lock (violations) violations.Add(violation.Message);
            }
        });
        Assert.Empty(violations);
    }

    /// <summary>Production's stores on disks that lie about a kind of sync.</summary>
    private sealed class Forgetful(SyncKinds leftOut) : FederationStores
    {
        public override ISimulatedBlobStore Blobs(ISimulation simulation)
        {
            ISimulatedBlobStore store = ProductionStores.Instance.Blobs(simulation);
            store.Disk!.IgnoredSyncs = leftOut;
            return store;
        }
    }
}
