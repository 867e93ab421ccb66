using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol;

/// <summary>What nodes say to each other. Ids, hashes and counts only: vectors travel as blobs. Every message may come twice, late, or never.</summary>
/// <param name="Job">The job it belongs to; a node refuses and counts messages of jobs that it does not know.</param>
public abstract record ProtocolMessage(JobId Job)
{
    /// <summary>Job to silos and coordinator: please approve this plan.</summary>
    public sealed record ProposePlan(JobPlan Plan, Digest Hash, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> PublicKey) : ProtocolMessage(Plan.Job)
    {
        /// <summary>The purpose under which plans are signed.</summary>
        public const string Purpose = "fedactors/plan/1";
    }

    /// <summary>A silo's answer to a plan: approved, or the reason why not.</summary>
    public sealed record PlanAnswer(JobId Job, SiloId Silo, Digest Hash, string? Refusal) : ProtocolMessage(Job);

    /// <summary>Coordinator to job: I work by this plan.</summary>
    public sealed record PlanAdopted(JobId Job, Digest Hash) : ProtocolMessage(Job);

    /// <summary>Job to silo: take this step in the making of a key, from the answers that this blob of the job's has; there are none in the first.</summary>
    public sealed record AskKeyStep(JobId Job, int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given) : ProtocolMessage(Job);

    /// <summary>Silo to job: its answer in a step of a key's making.</summary>
    public sealed record AnswerKeyStep(JobId Job, KeyAnswer Answer) : ProtocolMessage(Job);

    /// <summary>Silo to job: it cannot go on in the making of a key, and whose doing that is where it knows. The reason stays at the site.</summary>
    public sealed record DeclineKeyStep(JobId Job, int Epoch, KeyStep Step, SiloId Silo, SiloId? Blamed) : ProtocolMessage(Job);

    /// <summary>Job to silo: the job is over; do nothing more for it, and erase your parts of its keys.</summary>
    public sealed record EndJob(JobId Job) : ProtocolMessage(Job);

    /// <summary>Job to coordinator: run this round from this server state, under this key where the plan wants one.</summary>
    public sealed record StartRound(JobId Job, int Round, Digest State, CollectiveKey? Key = null) : ProtocolMessage(Job);

    /// <summary>Job to coordinator: the job is cancelled. Fail this round if its sum is not sealed, and begin no other.</summary>
    public sealed record CancelRound(JobId Job, int Round) : ProtocolMessage(Job);

    /// <summary>Coordinator to job: how the round ended.</summary>
    public sealed record RoundReport(JobId Job, int Round, RoundOutcome Outcome) : ProtocolMessage(Job);

    /// <summary>Coordinator to aggregator: collect these contributions and seal their sum.</summary>
    public sealed record OpenCollection(JobId Job, CollectionRequest Request) : ProtocolMessage(Job);

    /// <summary>Aggregator to coordinator: the sum is sealed over these contributors.</summary>
    public sealed record CollectionSealed(JobId Job, CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, Digest Sum) : ProtocolMessage(Job);

    /// <summary>A part's aggregator to the root: my partial sum of these uploads lies in my store. Without any where nobody contributed.</summary>
    public sealed record PartSealed(JobId Job, PartManifest Manifest, ImmutableArray<UpdateManifest> Contributions) : ProtocolMessage(Job);

    /// <summary>Aggregator to coordinator: the attempt has failed, and will never be sealed.</summary>
    public sealed record CollectionFailed(JobId Job, CollectionId Collection, string Reason) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: contribute to this sum.</summary>
    public sealed record Invite(JobId Job, CollectionId Collection, Digest Plan, Digest Broadcast) : ProtocolMessage(Job)
    {
        /// <summary>Blob from which the job's graph follows; null where the plan draws none.</summary>
        public Digest? Graph { get; init; }

        /// <summary>The newest round up to which this silo has said that it settled all; null before the first. A silo that does not know of it was restored from an old copy.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>Coordinator to silo: commit to your part of the randomness of the job's graph.</summary>
    public sealed record CommitNonce(JobId Job, Digest Plan) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: these have committed, for good; show your nonce.</summary>
    public sealed record ShowNonce(JobId Job, Digest Commitments) : ProtocolMessage(Job);

    /// <summary>Silo to coordinator: still working. A percentage and a beat is all that leaves a silo besides the vector.</summary>
    public sealed record Beat(JobId Job, SiloId Silo, CollectionId Collection, int Percent) : ProtocolMessage(Job);

    /// <summary>Silo to aggregator: this contribution lies in my outbox. The head of the silo's journal goes with it as a receipt.</summary>
    public sealed record OfferUpdate(JobId Job, CollectionId Collection, UpdateManifest Manifest, SignedHead? Head) : ProtocolMessage(Job);

    /// <summary>Silo to aggregator, and in a ceremony to the coordinator: this site cannot contribute to this attempt. The reason stays at the site.</summary>
    public sealed record DeclineUpdate(JobId Job, CollectionId Collection, SiloId Silo) : ProtocolMessage(Job);

    /// <summary>Aggregator to silo: the contribution is in the sum, or why it is not.</summary>
    public sealed record UpdateAnswer(JobId Job, CollectionId Collection, SiloId Silo, Digest Hash, string? Refusal) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: share your secrets among these members, whose public keys are in this blob.</summary>
    public sealed record ShareKeys(JobId Job, CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts) : ProtocolMessage(Job)
    {
        /// <summary>On a sparse graph: the blob with the keys of the silo's neighbours alone; null for all members.</summary>
        public Digest? Neighbours { get; init; }
    }

    /// <summary>Coordinator to silo: these members have shared their secrets, and what they sealed for you is in this blob; mask your input for them, and offer it.</summary>
    public sealed record MaskInput(JobId Job, CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: this is in the sealed sum; sign that you see the same.</summary>
    public sealed record ConfirmContributors(JobId Job, CollectionId Collection, ImmutableArray<UpdateManifest> Contributions) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: so many have signed the list; release your shares for it.</summary>
    public sealed record ReleaseShares(JobId Job, CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, ImmutableArray<Confirmation> Confirmations) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: these have committed to what they upload, and the list is in this blob; sign it.</summary>
    public sealed record SignList(JobId Job, CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest List) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: so many have signed the list that no other can be; upload what you committed to.</summary>
    public sealed record UploadInput(JobId Job, CollectionId Collection, Digest Base, Digest List, ImmutableArray<Confirmation> Signatures) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: an opener of this sealed sum was lost; encrypt your contribution anew, for the same contributors.</summary>
    public sealed record ReprotectInput(JobId Job, CollectionId Collection, CollectionId Origin, ImmutableArray<UpdateManifest> Contributions) : ProtocolMessage(Job);

    /// <summary>Coordinator to an opener: so many have signed the list, and these open its sum; draw a nonce for its check.</summary>
    public sealed record PrepareOpening(JobId Job, CollectionId Collection, StatedOpening Opening, ImmutableArray<Confirmation> Confirmations) : ProtocolMessage(Job);

    /// <summary>Coordinator to a contributor: these are the openers' nonces; give your part in the check of the sum.</summary>
    public sealed record EvaluateSum(JobId Job, CollectionId Collection, StatedOpening Opening, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces) : ProtocolMessage(Job);

    /// <summary>Coordinator to an opener: what the sum is verified by is in this blob; sign when it is.</summary>
    public sealed record VerifyOpening(JobId Job, CollectionId Collection, StatedOpening Opening, Digest Evidence) : ProtocolMessage(Job);

    /// <summary>Coordinator to an opener: all openers have signed that they are ready for this opening; release your shares.</summary>
    public sealed record ReleaseOpening(JobId Job, CollectionId Collection, StatedOpening Opening, Digest Evidence, Digest ReadyFor, ImmutableArray<Confirmation> Readies) : ProtocolMessage(Job);

    /// <summary>
    /// Silo to coordinator: a peer has heard of an epoch of this site that it does not know. Its memory was restored from an old copy; it takes no further part in the job, and asks for a new one,
    /// with new keys.
    /// </summary>
    public sealed record AskRekeying(JobId Job, SiloId Silo, SiloId Peer, SiteEpoch Heard, SiteEpoch Own) : ProtocolMessage(Job)
    {
        /// <summary>Where the silo was told of a round that it has settled, or contributed to, and does not know: that round; else null.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>Silo to coordinator: its answer in a step of a ceremony.</summary>
    public sealed record AnswerStep(JobId Job, StepAnswer Answer) : ProtocolMessage(Job);

    /// <summary>Coordinator to silo: the round is over; who is in each of its sums; and the signed head of the coordinator's journal, for the silo's records.</summary>
    public sealed record CloseRound(JobId Job, int Round, bool Committed, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> Contributors, SignedHead? Head)
        : ProtocolMessage(Job)
    {
        /// <summary>Under a common key: what was confirmed for each sum, and by whom.</summary>
        public ImmutableArray<ConfirmedSum> Confirmed { get; init; } = [];

        /// <summary>As in an invitation.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>Silo to coordinator: I have settled the round.</summary>
    public sealed record RoundSettled(JobId Job, int Round, SiloId Silo) : ProtocolMessage(Job)
    {
        /// <summary>Where the silo was asked for what is over, or by a leader of yesterday: the coordinator's own signed head from the end of that round. A coordinator whose journal does not have it reads a journal that went back.</summary>
        public SignedHead? Head { get; init; }

        /// <summary>With it: the highest epoch in which the silo has heard of the coordinator; else 0.</summary>
        public long Epoch { get; init; }
    }

    /// <summary>Coordinator to silo: the job is over, and these models lie in my store; keep them.</summary>
    public sealed record KeepModels(JobId Job, JobModels Models) : ProtocolMessage(Job);

    /// <summary>Silo to coordinator: I have the job's models on my own disk.</summary>
    public sealed record ModelsKept(JobId Job, SiloId Silo) : ProtocolMessage(Job);

    /// <summary>Coordinator to aggregator: rounds up to this one are closed; retained contributions are kept from <paramref name="RetainFrom"/> on.</summary>
    public sealed record ReleaseRound(JobId Job, int Round, int RetainFrom, int? Part = null) : ProtocolMessage(Job);

    /// <summary>Aggregator to coordinator: it is so. With its number where it is a part's.</summary>
    public sealed record RoundReleased(JobId Job, int Round, int? Part = null) : ProtocolMessage(Job);

    /// <summary>Silo to job, of no job in particular (<see cref="OfNoJob"/>): this site is there, and what its columns are lies in its store under this hash: names and meanings, no row and no count.</summary>
    public sealed record SitePresent(JobId Job, SiloId Silo, Digest Columns, DateTimeOffset At) : ProtocolMessage(Job)
    {
        /// <summary>The name of no job, for messages that are of none.</summary>
        public static JobId OfNoJob { get; } = new("-");

        /// <summary>So many jobs a site asks about in one message; what is beyond that is refused.</summary>
        public const int JobsMax = 100;

        /// <summary>Jobs for which the site holds something, <see cref="JobsMax"/> at most: of one that is over it is told so, and how its last round ended.</summary>
        public ImmutableArray<JobId>? Jobs { get; init; }

        /// <summary>How many envelopes the site has refused, by reason.</summary>
        public ImmutableSortedDictionary<string, long>? Refused { get; init; }
    }
}

/// <summary>How a round ended.</summary>
/// <param name="Committed">True when the model moved.</param>
/// <param name="State">The server state after the round; the one before where it failed.</param>
/// <param name="ModelSha256">Hash of the model, where there is one.</param>
/// <param name="Stop">The stopping rule that fired.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record RoundOutcome(bool Committed, Digest State, string? ModelSha256, string? Stop, string? Failure)
{
    /// <summary>Sites that ask for new keys, since their memory was restored from an old copy: under a common key they can have them before the next round.</summary>
    public ImmutableSortedSet<SiloId> Restored { get; init; } = [];
}

/// <summary>Everything an aggregator needs to know of a collection.</summary>
/// <param name="Job">The job.</param>
/// <param name="Collection">Which.</param>
/// <param name="Plan">Hash of the plan.</param>
/// <param name="Base">Hash of the broadcast from which silos compute.</param>
/// <param name="Shape">Size of a contribution.</param>
/// <param name="Invited">Whose contributions count.</param>
/// <param name="Target">How many are wanted: with as many it closes.</param>
/// <param name="Quorum">How many suffice at the deadline.</param>
/// <param name="Limit">Time from opening to the deadline.</param>
/// <param name="Retain">Whether contributions are kept for replay.</param>
/// <param name="Ceremony">The ceremony whose masks are on the contributions; null in plain mode.</param>
public sealed record CollectionRequest(
    JobId Job, CollectionId Collection, Digest Plan, Digest Base, SumShape Shape, ImmutableSortedSet<SiloId> Invited, int Target, int Quorum, TimeSpan Limit, bool Retain, Digest? Ceremony = null)
{
    /// <summary>Of a part: its number. The root has its partial sum, and decides whether the attempt is sealed.</summary>
    public int? Part { get; init; }

    /// <summary>Of a root: the parts whose partial sums make the sum; null where sites offer to it directly.</summary>
    public ImmutableArray<AggregatorPart>? Parts { get; init; }

    /// <summary>Where S is fixed: what was sealed in an earlier attempt and counts again, of sites that have not encrypted it anew. Null else.</summary>
    public ImmutableArray<UpdateManifest>? Kept { get; init; }

    /// <summary>The same request by content; record equality would compare sets by reference.</summary>
    public bool IsSameRequest(CollectionRequest other) =>
        this with { Invited = other.Invited, Parts = other.Parts, Kept = other.Kept } == other && Invited.SetEquals(other.Invited)
        && (Parts ?? []).Length == (other.Parts ?? []).Length && (Parts ?? []).Zip(other.Parts ?? []).All(static pair => pair.First.IsSame(pair.Second))
        && (Kept ?? []).Length == (other.Kept ?? []).Length && (Kept ?? []).Zip(other.Kept ?? []).All(static pair => pair.First.IsSameUpdate(pair.Second));
}
