using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Actors.Tests.Federation;

public sealed class FederationTests
{
    private static readonly FederationScenario Quiet = FederationScenario.Quiet(sites: 3, rounds: 2);

    [Fact]
    public void Undisturbed_federation_commits_every_round()
    {
        FederationResult result = SimulatedFederation.Run(FederationScenario.Quiet(sites: 5, rounds: 4) with { Evaluates = true });
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Equal((5, 0), (result.Rounds, result.Crashes));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Order_of_arrival_does_not_change_the_state(ulong seed)
    {
        FederationScenario shuffled = Quiet with { Seed = seed, Links = new LinkFaults { ReorderPermille = 900, DelayMax = TimeSpan.FromMilliseconds(800) } };
        Assert.Equal(SimulatedFederation.Run(Quiet).State, SimulatedFederation.Run(shuffled).State);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void Faults_do_not_change_the_state_where_everybody_contributes(ulong seed)
    {
        FederationScenario rough = Quiet with
        {
            Seed = seed,
            AttemptsMax = 30,
            Links = new LinkFaults { LossPermille = 200, DuplicatePermille = 200, ReorderPermille = 300, DelayMax = TimeSpan.FromMilliseconds(700) },
            Journals = new StoreFaults { FailPermille = 5, DelayMax = TimeSpan.FromMilliseconds(100) },
            Disks = new StoreFaults { FailPermille = 10, DelayMax = TimeSpan.FromMilliseconds(400) },
            CrashesPer10K = 60,
            PartitionsPer10K = 20,
            StallsPer10K = 500,
        };
        FederationResult result = SimulatedFederation.Run(rough);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.True(result.Crashes > 0);
        Assert.Equal(SimulatedFederation.Run(Quiet).State, result.State);
    }

    [Fact]
    public void Same_seed_gives_the_same_trace_and_another_seed_another()
    {
        FederationResult first = SimulatedFederation.Run(FederationScenario.FromSeed(3));
        FederationResult again = SimulatedFederation.Run(FederationScenario.FromSeed(3));
        Assert.Equal(first, again);
        Assert.NotEqual(first.TraceHash, SimulatedFederation.Run(FederationScenario.FromSeed(4)).TraceHash);
    }

    [Fact]
    public void Watching_a_run_does_not_change_it()
    {
        List<string> lines = [];
        FederationResult watched = SimulatedFederation.Run(FederationScenario.FromSeed(5), lines.Add);
        Assert.Equal(SimulatedFederation.Run(FederationScenario.FromSeed(5)).TraceHash, watched.TraceHash);
        Assert.True(lines.Count > 100);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Invitations_that_come_while_a_result_is_under_way_train_nothing_again(ulong seed)
    {
        FederationScenario scenario = Quiet with
        {
            Seed = seed,
            Links = new LinkFaults { DuplicatePermille = 900, ReorderPermille = 900, DelayMax = TimeSpan.FromSeconds(1) },
            Journals = new StoreFaults { DelayMax = TimeSpan.FromSeconds(1) },
            Disks = new StoreFaults { DelayMax = TimeSpan.FromSeconds(2) },   // transfers and workers: an invitation is fetching again when the result is ready
        };
        using SimulatedFederation federation = new(scenario);
        Assert.True(federation.RunToEnd().IsCompleted);
        Assert.All(federation.Jobs[0].Trainers, static trainer => Assert.All(trainer.Count, static count => Assert.Equal(1, count.Value)));
    }

    [Fact]
    public void Job_without_enough_contributors_fails_with_a_reason()
    {
        FederationScenario scenario = Quiet with { Sites = [SiteBehaviour.Honest, SiteBehaviour.Lies, SiteBehaviour.Honest], AttemptsMax = 2 };
        FederationResult result = SimulatedFederation.Run(scenario);
        Assert.False(result.IsCompleted);
        Assert.Contains("2 of 3 updates at the deadline", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Quorum_goes_on_without_a_site_that_lies()
    {
        FederationScenario scenario = Quiet with { Sites = [SiteBehaviour.Honest, SiteBehaviour.Lies, SiteBehaviour.Honest], Participation = new ParticipationRule(1_000_000, 1_000_000, 2, 0) };
        FederationResult result = SimulatedFederation.Run(scenario);
        Assert.Equal((true, 3), (result.IsCompleted, result.Rounds));
    }
}
