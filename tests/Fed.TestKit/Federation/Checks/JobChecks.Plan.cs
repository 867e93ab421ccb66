using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation.Checks;

/// <content>The plan: who is asked, how many are enough, how often a sum is tried, and which sums a round has.</content>
internal sealed partial class JobChecks
{
    private const string OpeningMissed = "was not opened by its deadline";

    private readonly Dictionary<(int Round, string Sum), int> _tries = [];
    private readonly Dictionary<SiloId, SimulatedSigner> _signers = [];
    private readonly Digest _planHash;

    /// <summary>An attempt is what the plan says it is: these sites, so many wanted, so many enough, and no more tries than there may be.</summary>
    private void RequirePlanned(RoundEvent.AttemptStarted started)
    {
        CollectionId id = started.Collection;
        JobPlan plan = _job.Plan;
        bool isForAll = plan.SumsOf(id.Round).First(sum => sum.Name == id.Sum).Everyone;
        int target = plan.Participation.Target(plan.Silos.Length, isForAll);
        bool isPlanned = started.Target == target && started.Quorum == plan.Participation.Quorum(target)
            && started.Invited.SetEquals(plan.Participation.Select(plan.Silos, isForAll, plan.Seed, id.Round, IsProtected ? 1 : id.Attempt));   // under protection all attempts have the sites of the first
        _checks.Require(FederationCheck.Order, isPlanned, $"attempt {id} invites {started.Invited.Count} sites, wants {started.Target} and needs {started.Quorum}, otherwise than the plan");
        int tries = _tries[(id.Round, id.Sum)] = _tries.GetValueOrDefault((id.Round, id.Sum)) + 1;
        _checks.Require(FederationCheck.Order, tries <= plan.MaxAttempts, $"attempt {id} is the try number {tries} of {plan.MaxAttempts}");
    }

    /// <summary>A round fails when every try of a sum is used up, and not before.</summary>
    private void RequireTried(RoundEvent.RoundFailed failed) => _checks.Require(
        FederationCheck.Order, (_isCancelled && failed.Reason == RoundDecider.Cancelled) || _tries.Any(pair => pair.Key.Round == failed.Round && pair.Value == _job.Plan.MaxAttempts), $"round {failed.Round} fails with tries left: {failed.Reason}");

    /// <summary>True where openers are made to doubt sums that are right (<see cref="Ceremony.ToyCollectiveEncryption.Refutes"/>).</summary>
    public bool MayDoubt { get; set; }

    /// <summary>The site whose decider a test has forget what its disk keeps; null where none does.</summary>
    public SiloId? Forgetful { get; set; }

    /// <summary>Here servers, programs and openers keep the rules: a sealed sum that is not opened in time is all that may stop a job.</summary>
    private void RequireLate(RoundEvent.RoundStopped stopped) => _checks.Require(
        FederationCheck.Order, !_job.AreServersHonest || !_job.AddsHonestly || (Ckks is not null && _job.Trainers.Any(static trainer => trainer.Behaviour == SiteBehaviour.BadShare)) || stopped.Reason.Contains(OpeningMissed, StringComparison.Ordinal)
            || (MayDoubt && stopped.Reason.Contains("cannot be opened", StringComparison.Ordinal))
            || (_reprotected.Keys.Any(id => id.Round == stopped.Round) && stopped.Reason.Contains("was lost", StringComparison.Ordinal)), $"round {stopped.Round} is stopped although nobody broke a rule: {stopped.Reason}");

    /// <summary>A round is committed with all its sums, in the plan's order.</summary>
    private void RequireWhole(RoundEvent.RoundCommitted committed) => _checks.Require(
        FederationCheck.ExactSum, committed.Sums.Select(static sum => sum.Collection.Sum).SequenceEqual(_job.Plan.SumsOf(committed.Round).Select(static sum => sum.Name)),
        $"round {committed.Round} is committed with {committed.Sums.Length} sums, and the plan has {_job.Plan.SumsOf(committed.Round).Length}");

    /// <summary>A set is closed over a quorum; one that fails while it is open has none.</summary>
    private void RequireQuorum(CollectionId collection, bool isReached)
    {
        if (!_attempts.TryGetValue(collection, out RoundEvent.AttemptStarted? _)) return;   // found already: nobody asked for it
        int accepted = Counted(collection).Count;
        _checks.Require(FederationCheck.Acceptance, accepted >= QuorumOf(collection) == isReached, $"{collection} is {(isReached ? "closed" : "given up")} with {accepted} updates, and {QuorumOf(collection)} are enough");
    }

    /// <summary>What counts was signed by its site, with the key under which the roster knows it.</summary>
    private void RequireSigned(CollectionId id, UpdateManifest manifest)
    {
        if (!_signers.TryGetValue(manifest.Silo, out SimulatedSigner? key)) _signers[manifest.Silo] = key = new SimulatedSigner(NodeAddress.Silo(manifest.Silo.Value).Value);
        bool isSigned = key.Verify(UpdateManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span, key.PublicKey.Span);
        _checks.Require(FederationCheck.Acceptance, isSigned, $"{id} counts an update of '{manifest.Silo}' that it has not signed");
    }
}
