using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Stores;

namespace Fed.Simulation.Mutants;

/// <summary>Every seeded bug, and from how many seeds it must be found. A check that finds none of them is no check.</summary>
internal static class KnownMutants
{
    public static ImmutableArray<Mutant> All { get; } =
    [
        new("an update is accepted again when it comes again", 40) { Roles = MutantRoles.Aggregation<AggregationMutant<SkippedDuplicateCheck>>() },
        new("the plan of an update is not looked at", 200) { Roles = MutantRoles.Aggregation<AggregationMutant<IgnoredPlan>>() },
        new("a set below the quorum is closed", 40) { Roles = MutantRoles.Aggregation<AggregationMutant<ForgottenQuorum>>() },
        new("a quorum is not enough", 80) { Roles = MutantRoles.Aggregation<AggregationMutant<QuorumPlusOne>>() },
        new("a sum is tried once more than it may be", 40) { Roles = MutantRoles.Round<RoundMutant<OneTryMore>>() },
        new("a sum is given up one try early", 40) { Roles = MutantRoles.Round<RoundMutant<OneTryLess>>() },
        new("a retry asks the same sites again", 150) { Roles = MutantRoles.Round<RoundMutant<SameSitesAgain>>() },
        new("a round is committed without its last sum", 20) { Roles = MutantRoles.Round<RoundMutant<FirstSumOnly>>() },
        new("a site is told that it is in the sum before that is on disk", 5) { Roles = MutantRoles.Aggregation<AggregationMutant<AcceptedBeforeDurable>>() },
        new("an update is counted when the set is closed", 200) { Roles = MutantRoles.Aggregation<AggregationMutant<CountedRefusal>>() },
        new("the base model of an update is not looked at", 60) { Roles = MutantRoles.Aggregation<AggregationMutant<IgnoredBase>>() },
        new("a closed set is not summed after a crash", 100) { Roles = MutantRoles.Aggregation<AggregationMutant<DroppedSeal>>(), Scenario = Crashing },
        new("retained contributions are forgotten a round early", 20) { Roles = MutantRoles.Aggregation<AggregationMutant<ForgottenRetained>>() },
        new("a collection has no deadline", 40) { Roles = MutantRoles.Aggregation<AggregationMutant<NoDeadline>>() },
        new("a retry has the number of the attempt before", 40) { Roles = MutantRoles.Round<RoundMutant<ReusedAttemptNumber>>() },
        new("a sum is tried again after it was sealed", 200) { Roles = new MutantRoles<JobDecider, RoundMutant<RetryAfterSealed>, AggregationMutant<ReopenedAfterSealed>, SiloDecider>(), Scenario = Crashing },
        new("nobody is invited again after a crash", 40) { Roles = MutantRoles.Round<RoundMutant<DroppedInvitations>>(), Scenario = Crashing },
        new("a sealed sum is not opened after a crash", 100) { Roles = MutantRoles.Round<RoundMutant<DroppedOpening>>(), Scenario = Crashing },
        new("sites are not told of a round's end after a crash", 40) { Roles = MutantRoles.Round<RoundMutant<DroppedClosing>>(), Scenario = Crashing },
        new("a round is announced before it is committed", 5) { Roles = MutantRoles.Round<RoundMutant<AnnouncedTooEarly>>() },
        new("a backoff never ends", 40) { Roles = MutantRoles.Round<RoundMutant<WrongBackoff>>() },
        new("a round is not asked for after a crash", 40) { Roles = MutantRoles.Job<DroppedRoundRequest>(), Scenario = Crashing },
        new("training is kept by attempt", 40) { Roles = MutantRoles.Silo<SiloMutant<KeyedByAttempt>>() },
        new("a site's state is promoted when it contributes", 40) { Roles = MutantRoles.Silo<SiloMutant<PromotedEarly>>(), By = FederationCheck.SiloState },
        new("a contribution is deleted before its sum is sealed", 20) { Roles = MutantRoles.Silo<SiloMutant<ReleasedBeforeSettled>>() },
        new("a contribution is offered before it is on disk", 5) { Roles = MutantRoles.Silo<SiloMutant<OfferedBeforeStored>>() },
        new("a failed round is settled as committed", 40) { Roles = MutantRoles.Silo<SiloMutant<SettledAsCommitted>>() },
        new("the journal says Appended before it has written", 20) { Journal = static journal => new EarlyJournal(journal), Scenario = Crashing },
        new("the journal takes a conflict for success", 100) { Journal = static journal => new FencelessJournal(journal) },
        new("a leader of yesterday may append", 40) { Journal = static journal => new FencelessJournal(journal), Scenario = Contended, By = FederationCheck.OneWriter },
        new("an effect without events bypasses the fence", 40) { Journal = static journal => new BypassedFence(journal), Scenario = Contended, By = FederationCheck.OneWriter },
        new("receivers forget the epoch", 40) { Roles = new MutantRoles<JobDecider, RoundMutant<ForgottenEpoch>, AggregationMutant<ForgottenEpoch>, SiloMutant<ForgottenEpoch>>(), Scenario = Contended, By = FederationCheck.Epoch },
        new("receivers listen to a leader of yesterday", 40) { Roles = new MutantRoles<JobDecider, RoundDecider, AggregationMutant<HeardYesterday>, SiloMutant<HeardYesterday>>(), Scenario = Contended, By = FederationCheck.Epoch },
        new("the journal's last event is not read back", 40) { Journal = static journal => new ShortReplayJournal(journal), Scenario = Crashing },
        new("the journal's file is not synced", 40) { Journal = Unsynced, Scenario = Crashing },
        new("the files of blobs are not synced", 40) { Stores = new ForgetfulStores(SyncKinds.Files), Scenario = Crashing, By = FederationCheck.BlobsKept },
        new("the folders of blobs are not synced", 40) { Stores = new ForgetfulStores(SyncKinds.Directories), Scenario = Crashing, By = FederationCheck.BlobsKept },
        .. KnownCeremonyMutants.All,
        .. KnownEncryptionMutants.All,
    ];

    private static IEventJournal Unsynced(IEventJournal journal)
    {
        if (journal is SimulatedJournal disk) disk.Disk.IgnoredSyncs = SyncKinds.Files;   // a database survives its clients, and has syncs of its own
        return journal;
    }

    /// <summary>Every server's role has a standby, and whoever leads sleeps or is cut off from the database now and then; journals report no conflict that is none.</summary>
    private static FederationScenario Contended(FederationScenario drawn) => drawn with
    {
        JobStandbys = 1,
        CoordinatorStandbys = 1,
        AggregatorStandbys = 1,
        LeaseLength = TimeSpan.FromSeconds(2),
        PausesPer10K = Math.Max(drawn.PausesPer10K, 60),
        DatabaseCutsPer10K = Math.Max(drawn.DatabaseCutsPer10K, 60),
        Journals = drawn.Journals with { ConflictPermille = 0 },
    };

    /// <summary>Processes crash now and then, whatever else the seed draws.</summary>
    private static FederationScenario Crashing(FederationScenario drawn) => drawn with { CrashesPer10K = Math.Max(drawn.CrashesPer10K, 40), CrashesAfterAppendPermille = Math.Max(drawn.CrashesAfterAppendPermille, 20) };
}
