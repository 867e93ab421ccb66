using System.Collections.Concurrent;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>One standby for each server role: whoever leads dies, sleeps or is cut off before any step, and the model is the same to the last bit; that no site trains twice in one life, the checks see to.</summary>
public sealed class FailOverTests
{
    private static readonly FederationScenario Alone = FederationScenario.Quiet(sites: 3, rounds: 2);
    private static readonly FederationScenario Small = FederationScenario.Quiet(sites: 2, rounds: 1);
    private static readonly FederationScenario WithStandbys = Alone with { JobStandbys = 1, CoordinatorStandbys = 1, AggregatorStandbys = 1 };

    [Fact]
    public void Undisturbed_leaders_give_the_model_of_a_single_machine()
    {
        FederationResult led = SimulatedFederation.Run(WithStandbys);
        Assert.True(led.IsCompleted, led.Reason);
        Assert.Equal(SimulatedFederation.Run(Alone).State, led.State);
    }

    [Fact]
    public void Standby_of_the_job_takes_over_wherever_its_leader_dies() => LeaderDiesEverywhere(Small with { JobStandbys = 1 }, static federation => federation.Job);

    [Fact]
    public void Standby_of_the_coordinator_takes_over_wherever_its_leader_dies() => LeaderDiesEverywhere(Small with { CoordinatorStandbys = 1 }, static federation => federation.Coordinator);

    [Fact]
    public void Standby_of_the_aggregator_takes_over_wherever_its_leader_dies() => LeaderDiesEverywhere(Small with { AggregatorStandbys = 1 }, static federation => federation.Aggregator);

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(35)]
    [InlineData(36)]
    [InlineData(37)]
    [InlineData(38)]
    public void Leaders_of_yesterday_change_nothing(ulong seed)
    {
        FederationScenario rough = WithStandbys with
        {
            Seed = seed,
            AttemptsMax = 30,
            Timings = new PlanTimings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(600)),
            LeaseLength = TimeSpan.FromSeconds(2),
            OutageMax = TimeSpan.FromSeconds(10),
            CrashesPer10K = 20,
            PausesPer10K = 60,
            DatabaseCutsPer10K = 60,
            ClockJumpsPer10K = 30,
            ClockSkewMax = TimeSpan.FromHours(2),
            Links = new LinkFaults { LossPermille = 50, DuplicatePermille = 100, ReorderPermille = 200, DelayMax = TimeSpan.FromMilliseconds(700) },
            Journals = new StoreFaults { DelayMax = TimeSpan.FromMilliseconds(100) },
            Disks = new StoreFaults { DelayMax = TimeSpan.FromMilliseconds(300) },
            StallsPer10K = 300,
        };
        List<string> trace = [];
        FederationResult result = SimulatedFederation.Run(rough, trace.Add);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Equal(SimulatedFederation.Run(Alone).State, result.State);
        Assert.Contains(trace, static line => line.Contains("leads no longer", StringComparison.Ordinal));
    }

    [Fact]
    public void Jobs_side_by_side_give_the_models_that_they_give_alone()
    {
        FederationResult together = SimulatedFederation.Run(WithStandbys with { Jobs = 3, Links = new LinkFaults { DelayMax = TimeSpan.FromMilliseconds(300) } });
        Assert.True(together.IsCompleted, together.Reason);
        for (int job = 0; job < 3; job++)
            Assert.Equal(SimulatedFederation.Run(Alone with { JobSeed = Alone.JobSeed + (ulong)job }).State, together.Jobs[job].State);
        Assert.Equal(3, together.Jobs.Select(static job => job.State).Distinct().Count());
    }

    [Fact]
    public void Jobs_that_are_the_same_share_nothing()
    {
        FederationScenario twins = Alone with { Jobs = 2, JobSeedStep = 0, Retain = 0 };
        FederationResult together = SimulatedFederation.Run(twins);
        Assert.True(together.IsCompleted, together.Reason);
        Assert.Equal(together.Jobs[0].State, together.Jobs[1].State);
    }

    /// <summary>It led before, and the round was released under somebody else: nobody would ever tell it to forget.</summary>
    [Fact]
    public void Aggregator_that_leads_again_forgets_what_it_had_received()
    {
        using SimulatedFederation federation = new(WithStandbys);
        foreach (SimulatedProcess process in federation.Aggregator.Processes) process.Inbox(federation.Jobs[0].Id).Open("r9.count.site-00", Digest.Of([1, 2]), 2);
        Assert.True(federation.RunToEnd().IsCompleted);
        Assert.Empty(federation.Aggregator.Leader.Inbox(federation.Jobs[0].Id).Entries);

        using SimulatedFederation sole = new(Alone);   // a sole aggregator's inbox is its own: what it holds it owes
        sole.Aggregator.Leader.Inbox(sole.Jobs[0].Id).Open("r9.count.site-00", Digest.Of([1, 2]), 2);
        Assert.Equal(FederationCheck.Leak, Assert.Throws<FederationViolationException>(() => sole.RunToEnd()).Check);
    }

    [Fact]
    public void Leader_of_yesterday_does_not_delete_what_was_stored_again_since()
    {
        using SimulatedFederation federation = new(WithStandbys);
        SimulatedIdentity identity = federation.Aggregator;
        JobId job = federation.Jobs[0].Id;
        List<Digest> tooLate = [];
        DatabaseBlobs Lead(string holder)
        {
            LeaseRequest request = new(identity.Address, holder, TimeSpan.FromSeconds(1));
            long epoch = identity.Lease.Acquire(request).Epoch;
            identity.Lease.Release(request, epoch);
            return new DatabaseBlobs(identity.Blobs(job), identity.Processes[0], epoch, tooLate.Add);
        }

        DatabaseBlobs yesterday = Lead("first");
        Digest hash = yesterday.Store([1, 2, 3]);
        DatabaseBlobs today = Lead("second");
        Assert.Equal(hash, today.Store([1, 2, 3]));
        yesterday.Delete(hash);
        Assert.True(today.Contains(hash));
        Assert.Empty(tooLate);
        Assert.Equal([yesterday.Store([4])], tooLate);
        today.Delete(hash);
        Assert.False(today.Contains(hash));
    }

    private static void LeaderDiesEverywhere(FederationScenario scenario, Func<SimulatedFederation, SimulatedIdentity> identity)
    {
        FederationResult undisturbed = SimulatedFederation.Run(scenario);
        ConcurrentBag<string> wrong = [];
        Parallel.For(0L, undisturbed.Steps, step =>
        {
            try
            {
                using SimulatedFederation federation = new(scenario);
                FederationResult result = federation.RunToEnd(step, identity(federation));
                if (!result.IsCompleted || result.State != undisturbed.State) wrong.Add($"step {step}: {result.Reason}, state {result.State}");
            }
            catch (FederationViolationException violation)
            {
                wrong.Add($"step {step}: {violation.Message}");
            }
        });
        Assert.Empty(wrong);
    }
}
