using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Checks;

namespace Fed.Simulation.Mutants;

/// <summary>Seeded bugs of ceremonies: of each rule that a site or a server keeps, what happens without it, with the lie that the rule is there for.</summary>
internal static class KnownCeremonyMutants
{
    public static ImmutableArray<Mutant> All { get; } =
    [
        Lied("a site confirms a second list of an attempt", 40, FaultKind.SecondList) with { Roles = MutantRoles.Silo<SiloMutant<SecondListConfirmed>>(), Scenario = Repeated, By = FederationCheck.OneOpening },
        Lied("a new attempt lets a site forget the list that it confirmed", 200, FaultKind.RogueRetry) with { Roles = MutantRoles.Silo<SiloMutant<ListForgottenWithAttempt>>(), By = FederationCheck.OneOpening },
        Lied("shares leave without signatures over the list", 60, FaultKind.SplitView) with { Roles = MutantRoles.Silo<SiloMutant<UncountedConfirmations>>(), Scenario = Divided, By = FederationCheck.OneOpening },
        Lied("a list of any length is opened", 60, FaultKind.SmallSum) with { Roles = MutantRoles.Silo<SiloMutant<NoMinimum>>(), By = FederationCheck.OneOpening },
        Lied("signatures of others' keys are not looked at", 60, FaultKind.SubstitutedKey) with { Roles = new CredulousSites(), By = FederationCheck.OneOpening },
        Lied("an update in another ceremony is counted", 60, FaultKind.SplitView) with { Roles = MutantRoles.Aggregation<AggregationMutant<IgnoredCeremony>>(), By = FederationCheck.Acceptance },
        Honest("shares from an older copy of the secrets are answered with", 100) with { Roles = MutantRoles.Silo<SiloMutant<OtherSharesAnswered>>(), Scenario = Restored, By = FederationCheck.OneResult },
        Honest("a restored site that has noticed goes on", 60) with { Roles = MutantRoles.Silo<SiloMutant<RestoreIgnored>>(), Scenario = OlderCopy, By = FederationCheck.OneOpening },
        Honest("a restored site listens to nobody", 60) with { Roles = MutantRoles.Silo<SiloMutant<NothingHeard>>(), Scenario = OftenOlder, By = FederationCheck.ExactSum },
        Honest("a list is confirmed before that is on disk", 10) with { Roles = MutantRoles.Silo<SiloMutant<BeforeStored<SiloCommand.ConfirmContributors>>>(), By = FederationCheck.ToldBeforeDurable },
        Honest("secrets of attempts that are over stay", 10) with { Roles = MutantRoles.Silo<SiloMutant<NothingErased>>(), By = FederationCheck.Leak },
        Honest("a phase of a ceremony is closed below the minimum", 60) with { Roles = MutantRoles.Round<RoundMutant<PhaseClosedTooEarly>>(), By = FederationCheck.Acceptance },
    ];

    private static Mutant Honest(string name, int seeds) => new(name, seeds) { Draw = FederationScenario.SecAggFromSeed, Scenario = static drawn => drawn with { Lies = default } };

    private static Mutant Lied(string name, int seeds, params FaultKind[] lies) =>
        new(name, seeds) { Draw = FederationScenario.SecAggFromSeed, Scenario = drawn => drawn with { Lies = ServerLies.Of(300, lies), AggregatorLies = default, RestoredSitesPer10K = 0 } };

    /// <summary>Some sites are shown fewer contributors than others, and still enough.</summary>
    private static FederationScenario Divided(FederationScenario drawn) => drawn with
    {
        Participation = drawn.Participation with { QuorumCount = SecAggPlan.ContributorsMin, QuorumPpm = 0 },
        Lies = ServerLies.Of(300, FaultKind.SplitView),
    };

    /// <summary>A site's whole data directory comes back as an older copy, and nothing else goes wrong.</summary>
    private static FederationScenario OlderCopy(FederationScenario drawn) => FederationScenario.Quiet(sites: 6, rounds: 4) with
    {
        Seed = drawn.Seed,
        SecAgg = new SecAggPlan(1, 0, SecAggPlan.ContributorsMin),
        Participation = ParticipationRule.All with { QuorumCount = SecAggPlan.ContributorsMin, QuorumPpm = 0 },
        Evaluates = true,
        Retain = 0,
        RestoredSitesPer10K = 30,
        RestorableSites = 1,
        OutageMax = TimeSpan.FromSeconds(1),
    };

    /// <summary>So often that some copies are of a moment between two rounds.</summary>
    private static FederationScenario OftenOlder(FederationScenario drawn) => OlderCopy(drawn) with
    {
        SecAgg = new SecAggPlan(0, 0, SecAggPlan.ContributorsMin),
        RestoredSitesPer10K = 10 + (int)(drawn.Seed % 40),
        FaultsFor = TimeSpan.FromSeconds(120),
    };

    /// <summary>A list with one site fewer is still enough, so that what refuses it is that it is the second.</summary>
    private static FederationScenario Repeated(FederationScenario drawn) => Divided(drawn) with { Lies = ServerLies.Of(300, FaultKind.SecondList), AggregatorLies = default, RestoredSitesPer10K = 0, FaultsFor = TimeSpan.FromSeconds(60) };

    /// <summary>Sites die, and their secrets come back older than they were.</summary>
    private static FederationScenario Restored(FederationScenario drawn) =>
        drawn with { Lies = default, CrashesPer10K = Math.Max(drawn.CrashesPer10K, 60), CrashesAfterAppendPermille = Math.Max(drawn.CrashesAfterAppendPermille, 20), RestoredSecretsPermille = 500 };
}
