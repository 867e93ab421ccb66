using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Transport;

namespace Fed.Simulation.Mutants;

/// <summary>
/// Seeded bugs of sums under a common key: of each rule that a site or a server keeps, what happens without it, with the lie that the rule is there for. Where decider and local steps keep a rule both,
/// both leave it out.
/// </summary>
internal static class KnownEncryptionMutants
{
    private const int SitesMin = 5, SitesMore = 4;

    public static ImmutableArray<Mutant> All { get; } =
    [
        Lied("a site confirms a second set of contributors to a sum", 30, FaultKind.RogueRetry, FaultKind.SecondList) with { Roles = MutantRoles.Silo<SiloMutant<SecondSetConfirmed>>(), By = FederationCheck.OneOpening },
        Lied("an opening is prepared without enough confirmations", 60, FaultKind.SecondList) with { Roles = MutantRoles.Silo<SiloMutant<UncountedSigners>>(), By = FederationCheck.OneOpening },
        Lied("ciphertexts of any kind are opened as the sum", 30, FaultKind.ChosenSum, FaultKind.SmallSum) with { Roles = Without(ToyBugs.Verification), By = FederationCheck.OneOpening },
        Lied("one sum is opened by a second set of openers", 60, FaultKind.SecondOpeners) with { Roles = MutantRoles.Silo<SiloMutant<SecondOpening>>(ToyBugs.Ledger), By = FederationCheck.OneOpening },
        Lied("shares leave before all openers have verified the sum", 60, FaultKind.SecondOpeners, FaultKind.ChosenSum) with { Roles = MutantRoles.Silo<SiloMutant<UncountedReadies>>(), By = FederationCheck.OneOpening },
        Lied("a sum of any number of contributors is opened", 60, FaultKind.SmallSum) with { Roles = MutantRoles.Silo<SiloMutant<NoMinimumOfCiphertexts>>(ToyBugs.Minimum), By = FederationCheck.OneOpening },
        Lied("what a contributor chose is multiplied with the key", 60, FaultKind.ForeignInput) with { Roles = Without(ToyBugs.ChosenMasks), Scenario = InLeague, By = FederationCheck.OneOpening },
        Honest("masks are the same in every attempt", 30) with { Roles = Without(ToyBugs.Labels), By = FederationCheck.Secrets },
        Lied("an upload leaves before enough have signed its list", 60, FaultKind.SplitView) with { Roles = MutantRoles.Silo<SiloMutant<UncountedSignatures>>(), By = FederationCheck.OneResult },
        Lied("a second list of commitments is signed", 30, FaultKind.SplitView) with { Roles = MutantRoles.Silo<SiloMutant<SecondListSigned>>(), By = FederationCheck.OneResult },
        Lied("signatures of others' keys are not looked at", 60, FaultKind.SubstitutedKey) with { Roles = Without(ToyBugs.Signatures), By = FederationCheck.Secrets },
        Honest("a site encrypts anew whenever it is invited", 20) with { Roles = MutantRoles.Silo<SiloMutant<EncryptedAnew>>(), By = FederationCheck.OneResult },
        Honest("an upload is offered before its list is on disk", 10) with { Roles = MutantRoles.Silo<SiloMutant<BeforeStored<SiloCommand.UploadInput>>>(), By = FederationCheck.ToldBeforeDurable },
        Honest("a nonce is answered before it is on disk", 10) with { Roles = MutantRoles.Silo<SiloMutant<BeforeStored<SiloCommand.NonceMade>>>(), By = FederationCheck.ToldBeforeDurable },
        Honest("shares and parts of keys that are over stay", 10) with { Roles = MutantRoles.Silo<SiloMutant<KeysKept>>(), By = FederationCheck.Leak },
        Honest("a list of commitments is closed below the minimum", 60) with { Roles = MutantRoles.Round<RoundMutant<ListClosedTooEarly>>(), By = FederationCheck.Acceptance },
        Honest("other openers are drawn when shares have left", 100) with { Roles = MutantRoles.Round<RoundMutant<OpenersDrawnAgain>>(), By = FederationCheck.OneOpening },
        Honest("a deal that does not open is taken, and no trial is looked at", 60) with { Roles = Without(ToyBugs.Trials), Scenario = static drawn => drawn with { Lies = default, Sites = [.. drawn.Sites[..^1], SiteBehaviour.BadDeal] }, By = FederationCheck.Order },
    ];

    private static MutantRoles<JobDecider, Actors.Protocol.Round.RoundDecider, Actors.Protocol.Aggregation.AggregationDecider, Actors.Protocol.Silo.SiloDecider> Without(ToyBugs rules) => new() { Bugs = rules };

    private static Mutant Honest(string name, int seeds) => new(name, seeds) { Draw = FederationScenario.CkksFromSeed, Scenario = static drawn => drawn with { Lies = default } };

    /// <summary>One site is in league with the servers: openers must not believe contributors one by one.</summary>
    private static FederationScenario InLeague(FederationScenario drawn) => drawn with
    {
        Ckks = new CkksPlan(1, CkksPlan.ThresholdMin(1), CkksPlan.ContributorsMinOf(1), drawn.Seed % 2 == 0 ? SumCheckLevel.Assigned : SumCheckLevel.Full),
        Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMinOf(1), QuorumPpm = 0 },
    };

    /// <summary>Nothing goes wrong but for what servers say: they then get far in what they are about.</summary>
    private static Mutant Lied(string name, int seeds, params FaultKind[] lies) => new(name, seeds)
    {
        Draw = seed => FederationScenario.Quiet(SitesMin + (int)(seed % SitesMore), 3) with
        {
            Seed = seed,
            Ckks = new CkksPlan(0, CkksPlan.ThresholdMin(0), CkksPlan.ContributorsMin, (SumCheckLevel)(seed % 3)),
            Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMin, QuorumPpm = 0 },
            Links = new LinkFaults { DelayMax = TimeSpan.FromMilliseconds(20) },
            Retain = 0,
            Lies = ServerLies.Of(600, lies),
        },
    };
}
