using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Fed.Vectors;
using Xunit;

namespace Fed.Actors.Tests.Federation;

public sealed class AggregatorTreeTests
{
    private static readonly FederationScenario Quiet = FederationScenario.Quiet(sites: 7, rounds: 2) with { Evaluates = true };
    private static readonly SecAggPlan SecAgg = new(Colluding: 1, Threshold: 0, MinimumContributors: 3);

    public static TheoryData<int, bool, RingWidth> Trees => new()
    {
        { 2, false, RingWidth.Ring64 },
        { 3, false, RingWidth.Ring32 },
        { 7, false, RingWidth.Ring64 },
        { 2, true, RingWidth.Ring32 },
        { 3, true, RingWidth.Ring64 },
    };

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree_of_aggregators_gives_the_state_of_one(int aggregators, bool isMasked, RingWidth ring)
    {
        FederationScenario one = (isMasked ? Masked(Quiet) : Quiet) with { Ring = ring };
        FederationResult tree = SimulatedFederation.Run(one with { Aggregators = aggregators });
        Assert.True(tree.IsCompleted, tree.Reason);
        Assert.Equal(SimulatedFederation.Run(one).State, tree.State);
    }

    [Theory]
    [InlineData(101, 2, false)]
    [InlineData(102, 3, false)]
    [InlineData(103, 2, false)]
    [InlineData(104, 3, false)]
    [InlineData(105, 2, true)]
    [InlineData(106, 3, true)]
    public void Crashes_loss_and_duplicates_in_a_tree_do_not_change_the_state(ulong seed, int aggregators, bool isMasked)
    {
        FederationScenario one = FederationScenario.Quiet(sites: 4, rounds: 2);
        if (isMasked) one = Masked(one);
        FederationScenario rough = one with
        {
            Seed = seed,
            Aggregators = aggregators,
            AttemptsMax = 30,
            Links = new LinkFaults { LossPermille = 150, DuplicatePermille = 200, ReorderPermille = 300, DelayMax = TimeSpan.FromMilliseconds(500) },
            Journals = new StoreFaults { FailPermille = 5, DelayMax = TimeSpan.FromMilliseconds(100) },
            Disks = new StoreFaults { FailPermille = 10, DelayMax = TimeSpan.FromMilliseconds(400) },
            CrashesPer10K = 60,
            PartitionsPer10K = 20,
        };
        FederationResult result = SimulatedFederation.Run(rough);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.True(result.Crashes > 0);
        Assert.Equal(SimulatedFederation.Run(one).State, result.State);
    }

    [Theory]
    [InlineData(201, 2)]
    [InlineData(202, 3)]
    [InlineData(203, 2)]
    public void A_tree_seals_what_is_there_when_sites_and_parts_are_missing(ulong seed, int aggregators)
    {
        FederationScenario odd = FederationScenario.FromSeed(seed) with { Aggregators = aggregators, Jobs = 1, JobStandbys = 0, CoordinatorStandbys = 0, AggregatorStandbys = 0 };
        FederationResult result = SimulatedFederation.Run(odd with { Sites = [SiteBehaviour.Honest, SiteBehaviour.Straggler, SiteBehaviour.Honest, SiteBehaviour.Declines, SiteBehaviour.Lies, SiteBehaviour.Honest] });
        Assert.NotEmpty(result.Reason);   // every promise is checked on the way; whether enough sites were there is the scenario's luck
    }

    [Theory]
    [InlineData(2, SumCheckLevel.Fingerprint)]
    [InlineData(3, SumCheckLevel.Assigned)]
    [InlineData(5, SumCheckLevel.Full)]
    public void A_tree_under_a_common_key_gives_the_state_of_plain_mode(int aggregators, SumCheckLevel verification)
    {
        FederationScenario plain = FederationScenario.Quiet(sites: 5, rounds: 2) with { Evaluates = true };
        FederationResult tree = SimulatedFederation.Run(Encrypted(plain, verification) with { Aggregators = aggregators });
        Assert.True(tree.IsCompleted, tree.Reason);
        Assert.Equal(SimulatedFederation.Run(plain).State, tree.State);
    }

    [Theory]
    [InlineData(301, 2)]
    [InlineData(302, 3)]
    [InlineData(303, 2)]
    public void Crashes_loss_and_duplicates_in_a_tree_under_a_common_key_break_no_promise(ulong seed, int aggregators)
    {
        FederationScenario rough = Encrypted(FederationScenario.Quiet(sites: 5, rounds: 1), SumCheckLevel.Assigned) with
        {
            Seed = seed,
            Aggregators = aggregators,
            AttemptsMax = 10,
            Links = new LinkFaults { LossPermille = 100, DuplicatePermille = 200, ReorderPermille = 300, DelayMax = TimeSpan.FromMilliseconds(300) },
            Disks = new StoreFaults { FailPermille = 5, DelayMax = TimeSpan.FromMilliseconds(200) },
            CrashesPer10K = 30,
        };
        FederationResult result = SimulatedFederation.Run(rough);
        Assert.True(result.Crashes > 0);
        Assert.NotEmpty(result.Reason);   // every promise is checked on the way; whether the openers were there in time is the scenario's luck
    }

    /// <summary>What was sealed of the lost opener lies with its part, which gets nothing else of its own: it hands the same ciphertexts on again.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_lost_opener_in_a_tree_costs_one_encryption_and_no_training(int aggregators)
    {
        List<string> trace = [];
        int shares = 0;
        FederationScenario five = Encrypted(FederationScenario.Quiet(sites: 5, rounds: 1), SumCheckLevel.Fingerprint) with { Aggregators = aggregators };
        using SimulatedFederation federation = new(five, trace.Add)
        {
            LeavesBefore = (_, message) => message is ProtocolMessage.AnswerStep { Answer.Step: CeremonyStep.Share } && ++shares == 2,
        };
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Single(trace, static line => line.Contains("coordinator ReprotectionStarted", StringComparison.Ordinal));
        Assert.Equal(5 + 4, trace.Count(static line => line.Contains(" computes ", StringComparison.Ordinal)));   // everybody in the start-up round, and in the next all who are left
    }

    /// <summary>The last of a part leaves before its upload: the part closes with whom it has, or with nobody.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_site_that_leaves_before_its_upload_is_left_out_of_its_part(int aggregators)
    {
        FederationScenario five = Encrypted(FederationScenario.Quiet(sites: 5, rounds: 1), SumCheckLevel.Fingerprint) with { Aggregators = aggregators };
        using SimulatedFederation federation = new(five) { LeavesBefore = static (site, message) => site.Site == 4 && message is ProtocolMessage.OfferUpdate };
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
    }

    private static FederationScenario Encrypted(FederationScenario scenario, SumCheckLevel verification) => scenario with
    {
        Ckks = FederationScenario.Counted(FederationScenario.QuietUnder(CkksPlan.Name).Ckks! with { Verification = verification }, scenario.Evaluates),
        Participation = scenario.Participation with { QuorumCount = CkksPlan.ContributorsMin, QuorumPpm = 0 },
        Retain = 0,
    };

    /// <summary>Everybody is needed, so that the state does not depend on who was late.</summary>
    private static FederationScenario Masked(FederationScenario scenario) =>
        scenario with { SecAgg = SecAgg, Retain = 0, Participation = scenario.Participation with { QuorumCount = scenario.Sites.Length, QuorumPpm = 0 } };
}
