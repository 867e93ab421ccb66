using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Round;

/// <summary>What happened in a job's rounds. The coordinator's log is the only truth about what is committed.</summary>
public abstract record RoundEvent
{
    private protected RoundEvent()
    {
    }

    /// <summary>A command whose decision threw: a bug of ours, on record; nothing else changed.</summary>
    public sealed record CommandRejected(string Command, string Reason, DateTimeOffset At) : RoundEvent;

    /// <summary>The coordinator works by this plan.</summary>
    public sealed record PlanAdopted(JobPlan Plan, Digest Hash) : RoundEvent;

    /// <summary>A round begins from a server state; where sums are encrypted, under this key.</summary>
    public sealed record RoundPlanned(int Round, Digest State, DateTimeOffset At, CollectiveKey? Key = null) : RoundEvent;

    /// <summary>An attempt at a sum begins: what the silos get is being prepared for these.</summary>
    public sealed record AttemptStarted(CollectionId Collection, ImmutableSortedSet<SiloId> Invited, int Target, int Quorum, TimeSpan Limit) : RoundEvent;

    /// <summary>The silos are invited.</summary>
    public sealed record CollectionRequested(CollectionId Collection, Digest Broadcast) : RoundEvent;

    /// <summary>These have advertised their keys, which are a blob, and share their secrets among each other.</summary>
    public sealed record KeysClosed(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts) : RoundEvent
    {
        /// <summary>On a sparse graph: by silo, the blob with the keys of its neighbours alone; null where all get all.</summary>
        public ImmutableSortedDictionary<SiloId, Digest>? Lists { get; init; }
    }

    /// <summary>Before the first round sites are asked to draw the job's sparse graph.</summary>
    public sealed record GraphBegun(DateTimeOffset At) : RoundEvent;

    /// <summary>These have committed to nonces, and nobody else will: their commitments are a blob.</summary>
    public sealed record NoncesCommitted(ImmutableSortedSet<SiloId> Members, Digest Commitments) : RoundEvent;

    /// <summary>All of them have shown their nonces, which are a blob; the job's graph follows.</summary>
    public sealed record GraphDrawn(Digest Nonces, Digest Seed) : RoundEvent;

    /// <summary>These released shares that are not those they were dealt. Theirs do not count.</summary>
    public sealed record LiarsNamed(CollectionId Collection, ImmutableSortedSet<SiloId> Silos) : RoundEvent;

    /// <summary>A site's memory was restored from an old copy: it takes no further part in this job, or under ckks none before its key is made anew.</summary>
    public sealed record RekeyingAsked(SiloId Silo, SiloId Peer, SiteEpoch Heard, SiteEpoch Own, DateTimeOffset At) : RoundEvent
    {
        /// <summary>A round that it had settled and does not know, where that told; else null.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>These have shared their secrets: what was sealed for each is a blob. They are asked for masked input.</summary>
    public sealed record SharesClosed(CollectionId Collection, ImmutableSortedDictionary<SiloId, Digest> Shares) : RoundEvent;

    /// <summary>A contributor has signed the list of what is in the sealed sum.</summary>
    public sealed record ContributorsConfirmed(CollectionId Collection, Confirmation Confirmation) : RoundEvent;

    /// <summary>These have committed to what they upload, and no others; the list is a blob.</summary>
    public sealed record CommitmentsClosed(
        CollectionId Collection, ImmutableSortedSet<SiloId> Members, ImmutableSortedSet<SiloId> Fresh, Digest List, Digest Terms, long UploadBytes) : RoundEvent
    {
        /// <summary>Bytes of their sum; null in facts of before there were trees under a common key.</summary>
        public long? SumBytes { get; init; }
    }

    /// <summary>So many have signed the closed list that there is no other: uploads may leave.</summary>
    public sealed record ListAgreed(CollectionId Collection, ImmutableArray<Confirmation> Signatures) : RoundEvent;

    /// <summary>The sealed sum's ciphertexts are named.</summary>
    public sealed record SumStated(CollectionId Collection, Digest Statement) : RoundEvent;

    /// <summary>These open the sum. No share has left: others may be drawn.</summary>
    public sealed record OpenersDrawn(CollectionId Collection, ImmutableSortedSet<SiloId> Openers, ImmutableSortedSet<SiloId> Absent) : RoundEvent;

    /// <summary>The openers' nonces, by which the sum is checked.</summary>
    public sealed record ChallengeClosed(CollectionId Collection, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces) : RoundEvent;

    /// <summary>What the sum is verified by is a blob.</summary>
    public sealed record EvidenceClosed(CollectionId Collection, Digest Evidence) : RoundEvent;

    /// <summary>A contributor finds that the stated sum is not what it should be; it opens none of it.</summary>
    public sealed record SumDoubted(CollectionId Collection, SiloId Silo, string Reason) : RoundEvent;

    /// <summary>All openers have verified the sum and signed so. From here on shares may have left: nobody else opens it in this attempt.</summary>
    public sealed record OpeningAgreed(CollectionId Collection, Digest ReadyFor, ImmutableArray<Confirmation> Readies) : RoundEvent;

    /// <summary>Openers were lost after shares may have left: the contributors of the sealed sum, and no others, encrypt their vectors anew.</summary>
    public sealed record ReprotectionStarted(CollectionId Collection, ImmutableSortedSet<SiloId> Lost, TimeSpan Limit) : RoundEvent;

    /// <summary>An attempt failed before it was sealed; the next one starts later.</summary>
    public sealed record AttemptFailed(CollectionId Collection, string Reason, DateTimeOffset RetryAt) : RoundEvent;

    /// <summary>The aggregator sealed the sum over these contributions: receipts of what is in it.</summary>
    public sealed record SumSealed(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, Digest Sum, DateTimeOffset OpenBy) : RoundEvent;

    /// <summary>The sum is opened.</summary>
    public sealed record SumOpened(CollectionId Collection, Digest Opened) : RoundEvent
    {
        /// <summary>Whose shares took the masks off, under secure aggregation; null in other modes. Under a common key <see cref="OpeningAgreed"/> names the openers.</summary>
        public ImmutableSortedSet<SiloId>? OpenedBy { get; init; }
    }

    /// <summary>The server step on a sum that is not the round's last.</summary>
    public sealed record SumApplied(CollectionId Collection, StepSummary Step) : RoundEvent;

    /// <summary>The server step on the last sum, and with it the round.</summary>
    public sealed record RoundCommitted(int Round, StepSummary Step, ImmutableArray<SumRecord> Sums, string? ModelSha256, string? Stop, DateTimeOffset At) : RoundEvent;

    /// <summary>A silo has journaled the round's end and its receipt.</summary>
    public sealed record SiloSettled(SiloId Silo, int Round) : RoundEvent;

    /// <summary>A silo has heard of this role in a later epoch than the journal has: it refuses whatever this leader asks.</summary>
    public sealed record LaterEpochHeard(SiloId Silo, long Epoch) : RoundEvent;

    /// <summary>The job is cancelled: no round begins any more, and no further sum of one that is under way.</summary>
    public sealed record RoundsCancelled(DateTimeOffset At) : RoundEvent;

    /// <summary>The job is over, and a silo has its models on its own disk.</summary>
    public sealed record ModelsTaken(SiloId Silo) : RoundEvent;

    /// <summary>Every attempt failed before a sum was sealed, or the job was cancelled before.</summary>
    public sealed record RoundFailed(int Round, string Reason, DateTimeOffset At) : RoundEvent;

    /// <summary>A sealed sum could not be opened or used: the job stops.</summary>
    public sealed record RoundStopped(int Round, string Reason, DateTimeOffset At) : RoundEvent;

    /// <summary>A new leader writes from here on.</summary>
    public sealed record LeadershipTaken(long Epoch, string Holder, DateTimeOffset At) : RoundEvent;

    /// <summary>A newer leader of a peer was heard of: what an older one still sends is refused from now on.</summary>
    public sealed record LeaderSeen(string Peer, long Epoch) : RoundEvent;
}

/// <summary>The outcome of a server step.</summary>
/// <param name="State">Hash of the next server state.</param>
/// <param name="ModelSha256">Hash of the model's parameters, where there is a model.</param>
/// <param name="Metrics">Aggregated figures.</param>
/// <param name="Stop">The stopping rule that fired, or null.</param>
public sealed record StepSummary(Digest State, string? ModelSha256, ImmutableSortedDictionary<string, double> Metrics, string? Stop)
{
    /// <summary>How good the model is, less being better; null where the program does not say, and in events of before it did.</summary>
    public double? Score { get; init; }
}

/// <summary>A sum of a round, with everything that replaying it needs.</summary>
/// <param name="Collection">Which, and in which attempt.</param>
/// <param name="Base">Server state before its step.</param>
/// <param name="Contributions">What is in it.</param>
/// <param name="Sealed">Hash of the sealed sum.</param>
/// <param name="Opened">Hash of the opened sum.</param>
/// <param name="Step">What the server step gave.</param>
/// <param name="Opening">Who opened it, under a common key; null in other modes.</param>
public sealed record SumRecord(CollectionId Collection, Digest Base, ImmutableArray<UpdateManifest> Contributions, Digest Sealed, Digest Opened, StepSummary Step, SumOpening? Opening = null);

/// <summary>How a sum was opened under a common key.</summary>
/// <param name="Openers">Who opened it.</param>
/// <param name="Verification">How each of them verified it.</param>
/// <param name="Confirmed">Contributors that signed the list of contributors before.</param>
/// <param name="Gone">Contributors that were drawn as openers and did not answer: others were drawn.</param>
/// <param name="Lost">Openers that were lost when shares may have left: each cost another encryption of what was sealed.</param>
public sealed record SumOpening(
    ImmutableSortedSet<SiloId> Openers, SumCheckLevel Verification, ImmutableSortedSet<SiloId> Confirmed, ImmutableSortedSet<SiloId> Gone, ImmutableSortedSet<SiloId> Lost);
