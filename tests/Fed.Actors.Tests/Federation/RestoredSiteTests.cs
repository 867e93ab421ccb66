using Fed.Actors.Protocol.Job;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Adversary;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>A site whose whole data directory comes back as an older copy, while the others go on (ADR 14).</summary>
public sealed class RestoredSiteTests
{
    private static readonly FederationScenario Quiet = FederationScenario.Quiet(sites: 6, rounds: 4) with
    {
        SecAgg = new SecAggPlan(1, 0, SecAggPlan.ContributorsMin),
        Participation = ParticipationRule.All with { QuorumCount = SecAggPlan.ContributorsMin, QuorumPpm = 0 },
        Evaluates = true,
        AttemptsMax = 4,
        Retain = 0,
        RestoredSitesPer10K = 30,
        RestorableSites = 1,
        OutageMax = TimeSpan.FromSeconds(1),
    };

    /// <summary>Every promise is checked on the way: that it notices in time, that nothing leaves it then, and that nobody else notices anything.</summary>
    [Fact]
    public void A_restored_site_notices_and_asks_for_new_keys_and_the_others_go_on()
    {
        int restored = 0, noticed = 0, asked = 0, completed = 0;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            List<string> trace = [];
            FederationResult result = SimulatedFederation.Run(Quiet with { Seed = seed }, trace.Add);
            if (result.Faults.TotalOf(FaultKind.RestoredSite) > 0) restored++;
            if (trace.Exists(static line => line.Contains("RestoreNoticed", StringComparison.Ordinal))) noticed++;
            if (trace.Exists(static line => line.Contains("coordinator RekeyingAsked", StringComparison.Ordinal))) asked++;
            if (result.IsCompleted) completed++;
        }

        Assert.True(restored >= 20, $"{restored} of 30 were restored");
        Assert.True(noticed >= restored / 2, $"{noticed} of {restored} noticed before the job was over");
        Assert.InRange(asked, noticed - 1, noticed);   // the last one may be lost with the job
        Assert.Equal(30, completed);
    }

    /// <summary>Under a common key a site that misses no round comes back with the next key; every promise is checked on the way.</summary>
    [Fact]
    public void Under_a_common_key_a_restored_site_notices_and_the_others_go_on()
    {
        FederationScenario encrypted = Quiet with
        {
            SecAgg = null,
            Ckks = FederationScenario.Counted(new CkksPlan(0, 4, CkksPlan.ContributorsMin, SumCheckLevel.Fingerprint), evaluates: true),
            Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMin, QuorumPpm = 0 },
            FaultsFor = TimeSpan.FromSeconds(120),
        };
        int noticed = 0;
        for (ulong seed = 1; seed <= 8; seed++)
        {
            List<string> trace = [];
            FederationResult result = SimulatedFederation.Run(encrypted with { Seed = seed, RestoredSitesPer10K = 10 + (int)seed }, trace.Add);
            Assert.True(result.IsCompleted, result.Reason);
            if (trace.Exists(static line => line.Contains("RestoreNoticed", StringComparison.Ordinal))) noticed++;
        }

        Assert.True(noticed >= 4, $"{noticed} of 8 noticed before the job was over");
    }

    [Fact]
    public void Servers_that_lie_gain_no_second_sum_by_a_restored_site_of_those_that_may_collude()
    {
        FaultKind[] lies = [FaultKind.SecondList, FaultKind.BothShares, FaultKind.RogueRetry, FaultKind.SplitView];
        int both = 0;
        Sweep.Over(Enumerable.Range(1, 12), static seed => $"seed {seed}", seed =>
        {
            FederationResult result = SimulatedFederation.Run(Quiet with { Seed = (ulong)seed, RestoredSitesPer10K = 60, Lies = ServerLies.Of(300, lies) });
            if (result.Faults.TotalOf(FaultKind.RestoredSite) > 0 && lies.Any(lie => result.Faults.TotalOf(lie) > 0)) Interlocked.Increment(ref both);
            return null;
        });
        Assert.True(both > 0, $"a site was restored and a server lied in {both} of 12");
    }

    [Fact]
    public void Under_a_common_key_servers_that_lie_gain_no_second_sum_by_a_restored_site_either()
    {
        FaultKind[] lies = [FaultKind.SecondList, FaultKind.SecondOpeners, FaultKind.SmallSum, FaultKind.ChosenSum, FaultKind.RogueRetry, FaultKind.SplitView];
        FederationScenario encrypted = Quiet with
        {
            SecAgg = null,
            Ckks = FederationScenario.Counted(new CkksPlan(1, CkksPlan.ThresholdMin(1), CkksPlan.ContributorsMinOf(1), SumCheckLevel.Assigned), evaluates: true),
            Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMinOf(1), QuorumPpm = 0 },
            FaultsFor = TimeSpan.FromSeconds(120),
        };
        int both = 0;
        Sweep.Over(Enumerable.Range(1, 12), static seed => $"seed {seed}", seed =>
        {
            SumCheckLevel verification = seed % 2 == 0 ? SumCheckLevel.Full : SumCheckLevel.Assigned;
            FederationScenario drawn = encrypted with { Seed = (ulong)seed, Ckks = encrypted.Ckks with { Verification = verification }, RestoredSitesPer10K = 30, Lies = ServerLies.Of(100, lies[seed % lies.Length], lies[(seed + 1) % lies.Length]) };
            FederationResult result = SimulatedFederation.Run(drawn);
            if (result.Faults.TotalOf(FaultKind.RestoredSite) > 0 && lies.Any(lie => result.Faults.TotalOf(lie) > 0)) Interlocked.Increment(ref both);
            return null;
        });
        Assert.True(both >= 4, $"a site was restored and a server lied in {both} of 12");
    }

    [Fact]
    public void A_site_that_signs_shares_which_are_none_is_named_and_the_sum_is_opened_by_the_others()
    {
        List<string> trace = [];
        FederationScenario scenario = FederationScenario.Quiet(5, 2) with { SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin), Retain = 0 };
        FederationResult result = SimulatedFederation.Run(scenario with { Sites = scenario.Sites.SetItem(2, SiteBehaviour.BadShare) }, trace.Add);
        Assert.True(result.IsCompleted, result.Reason);
        Assert.True(result.Faults.TotalOf(FaultKind.BadShare) > 0);
        Assert.Contains(trace, static line => line.Contains("coordinator LiarsNamed", StringComparison.Ordinal));
        Assert.Equal(SimulatedFederation.Run(scenario).State, result.State);
    }
}
