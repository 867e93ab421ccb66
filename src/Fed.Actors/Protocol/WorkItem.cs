using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol;

/// <summary>Work that a decider asks for: ids and hashes only, the tensors are blobs.</summary>
/// <param name="Id">Stable id of the work.</param>
public abstract record WorkItem(string Id)
{
    /// <summary>Job: fetches a holder's answer, checks it against the answers of the closed steps, and holds it in memory.</summary>
    public sealed record HoldKeyAnswer(KeyAnswer Answer, ImmutableSortedSet<SiloId> Holders, ImmutableSortedDictionary<KeyStep, Digest> Closed)
        : WorkItem($"hold-key/{Answer.Epoch}/{Answer.Step}/{Answer.Silo}");

    /// <summary>Job: notes that a site will not enter.</summary>
    public sealed record HoldKeyDecline(int Epoch, SiloId Silo) : WorkItem($"hold-key/{Epoch}/{Silo}/declined");

    /// <summary>Job: says whose answers it holds, the step's deadline being over.</summary>
    public sealed record CountKeyAnswers(int Epoch, KeyStep Step) : WorkItem($"count-key/{Epoch}/{Step}");

    /// <summary>Job: the answers that it holds, as a blob for each holder.</summary>
    public sealed record PublishKeyStep(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders) : WorkItem($"publish-key/{Epoch}/{Step}");

    /// <summary>Job: recomputes the key that all holders have accepted.</summary>
    public sealed record EstablishKey(int Epoch, ImmutableSortedSet<SiloId> Holders, ImmutableSortedDictionary<KeyStep, Digest> Closed) : WorkItem($"establish-key/{Epoch}");

    /// <summary>Job: deletes what was published for a ceremony that is over.</summary>
    public sealed record DropKeyBlobs(ImmutableArray<Digest> Blobs) : WorkItem($"drop-key/{string.Join('/', Blobs.Take(1))}");

    /// <summary>Silo: takes a step in the making of a key, or finds the answer that it gave.</summary>
    public sealed record TakeKeyStep(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given) : WorkItem($"key/{Epoch}/{Step}/{Given}");

    /// <summary>Silo: erases for good the secrets of epochs up to the newest that are not needed, and blobs: the answers of a ceremony that is over, and public keys that are not held any more.</summary>
    public sealed record EraseKeys(int Newest, ImmutableArray<int> Needed, ImmutableArray<Digest> Blobs) : WorkItem($"erase-keys/{Newest}/{string.Join('/', Needed)}/{string.Join('/', Blobs)}");

    /// <summary>Coordinator: what the silos get for a sum, from the server state.</summary>
    public sealed record PrepareBroadcast(CollectionId Collection, Digest State) : WorkItem($"broadcast/{Collection}");

    /// <summary>Coordinator: opens a sealed sum and checks the opened integers against their bounds.</summary>
    public sealed record OpenSum(CollectionId Collection, Digest SealedSum, int Contributors) : WorkItem($"open/{Collection}");

    /// <summary>Coordinator: holds a site's answer in memory and says whose it holds.</summary>
    public sealed record HoldAnswer(StepAnswer Answer) : WorkItem($"hold/{Answer.Collection}/{Answer.Step}/{Answer.Silo}");

    /// <summary>Coordinator: notes that a site will not answer any more, and says whose answers it holds.</summary>
    public sealed record HoldDecline(CollectionId Collection, CeremonyStep Step, SiloId Silo) : WorkItem($"hold/{Collection}/{Step}/{Silo}/declined");

    /// <summary>Coordinator: the public keys that it holds, as one blob for all members.</summary>
    public sealed record PublishKeys(CollectionId Collection) : WorkItem($"publish-keys/{Collection}");

    /// <summary>Coordinator: the sealed shares that it holds, as one blob for each receiver.</summary>
    public sealed record PublishShares(CollectionId Collection, ImmutableSortedSet<SiloId> Members) : WorkItem($"publish-shares/{Collection}");

    /// <summary>Coordinator: the commitments that it holds, as one blob for all sites.</summary>
    public sealed record PublishNonceCommitments() : WorkItem("publish-commitments");

    /// <summary>Coordinator: the nonces that it holds, as one blob for all sites, and the randomness that follows from them.</summary>
    public sealed record PublishNonces(Digest Commitments) : WorkItem("publish-nonces");

    /// <summary>Coordinator: takes the masks off a sealed sum by the shares that it holds, and checks the opened integers against their bounds.</summary>
    public sealed record UnmaskSum(
        CollectionId Collection, Digest SealedSum, Digest Base, Digest Adverts, ImmutableSortedDictionary<SiloId, Digest> Shares, ImmutableSortedSet<SiloId> Contributors)
        : WorkItem($"unmask/{Collection}");

    /// <summary>Coordinator: forgets what it held and published for an attempt that is over.</summary>
    public sealed record DropCeremony(CollectionId Collection, ImmutableArray<Digest> Blobs) : WorkItem($"drop-ceremony/{Collection}");

    /// <summary>Coordinator: deletes lists that were published twice, or too late: others are asked for.</summary>
    public sealed record DropPublished(ImmutableArray<Digest> Blobs) : WorkItem($"drop-published/{Blobs[0]}");

    /// <summary>Coordinator: the commitments that it holds, those of an earlier attempt among them where S is fixed, as one blob for sites and aggregator.</summary>
    /// <param name="Collection">The attempt.</param>
    /// <param name="Base">Hash of what sites computed from.</param>
    /// <param name="Fixed">S, where it is fixed.</param>
    /// <param name="EarlierList">The list of the attempt before, where S is fixed.</param>
    public sealed record PublishCommitments(CollectionId Collection, Digest Base, ImmutableSortedSet<SiloId> Fixed, Digest? EarlierList) : WorkItem($"publish-commitments/{Collection}");

    /// <summary>Coordinator: fetches the sealed sum and says of which ciphertexts it is made.</summary>
    public sealed record StateSum(CollectionId Collection, Digest Base, Digest SealedSum) : WorkItem($"state/{Collection}");

    /// <summary>Coordinator: what openers verify a sum by, as one blob.</summary>
    public sealed record PublishEvidence(
        CollectionId Collection, Digest Opening, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces, ImmutableSortedSet<SiloId> Contributors) : WorkItem($"publish-evidence/{Opening}");

    /// <summary>Coordinator: says whose answers about an opening it holds, now that their time is over.</summary>
    public sealed record CountAnswers(CollectionId Collection, CeremonyStep Step, Digest Opening) : WorkItem($"count/{Step}/{Opening}");

    /// <summary>Coordinator: the openers' nonces, or their signatures, all of which it holds.</summary>
    public sealed record GatherAnswers(CollectionId Collection, CeremonyStep Step, Digest Opening) : WorkItem($"gather/{Step}/{Opening}");

    /// <summary>Coordinator: fetches the openers' shares and opens the sum, and checks the opened integers against their bounds.</summary>
    public sealed record CombineShares(CollectionId Collection, Digest Base, StatedOpening Opening) : WorkItem($"combine/{Opening.HashOf(Collection)}");

    /// <summary>Coordinator: the server step on an opened sum.</summary>
    public sealed record RunStep(CollectionId Collection, Digest State, Digest OpenedSum, int Contributors) : WorkItem($"step/{Collection}");

    /// <summary>Aggregator: fetches a contribution from its silo's outbox and verifies its hash.</summary>
    public sealed record FetchUpdate(CollectionId Collection, SumShape Shape, UpdateManifest Manifest, SignedHead? Head) : WorkItem($"fetch/{Collection}/{Manifest.Silo}/{Manifest.Hash}");

    /// <summary>Aggregator: adds an accepted contribution to the running sum.</summary>
    public sealed record AddToSum(CollectionId Collection, SumShape Shape, UpdateManifest Manifest) : WorkItem($"add/{Collection}/{Manifest.Silo}");

    /// <summary>Aggregator: makes the sum over exactly these contributions durable.</summary>
    public sealed record SealSum(CollectionId Collection, SumShape Shape, ImmutableArray<UpdateManifest> Contributions, bool Retain) : WorkItem($"seal/{Collection}");

    /// <summary>Aggregator: fetches a partial sum from its part's store and verifies its hash.</summary>
    public sealed record FetchPart(PartManifest Manifest, ImmutableArray<UpdateManifest> Contributions) : WorkItem($"fetch/{Manifest.Collection}/part/{Manifest.Part}/{Manifest.Sum}");

    /// <summary>Aggregator: makes the sum of exactly these partial sums durable.</summary>
    public sealed record SealParts(CollectionId Collection, SumShape Shape, ImmutableArray<CountedPart> Parts) : WorkItem($"seal/{Collection}");

    /// <summary>Aggregator: forgets received contributions of a closed round, and retained ones of rounds that are no longer kept.</summary>
    public sealed record DiscardRound(int Round, ImmutableArray<Digest> Dropped) : WorkItem($"discard/{Round}");

    /// <summary>Aggregator of a part: deletes a sum that was made when nobody wanted it any more.</summary>
    public sealed record DropSum(CollectionId Collection, Digest Sum) : WorkItem($"drop-sum/{Collection}");

    /// <summary>Silo: computes, rounds and stores the contribution for one key.</summary>
    public sealed record ComputeContribution(CollectionId Collection, Digest Broadcast, Digest? SiloState) : WorkItem($"compute/{Collection.Round}/{Collection.Sum}/{Broadcast}");

    /// <summary>Silo: fetches the models of a job that is over into its own store.</summary>
    public sealed record FetchModels(JobModels Models) : WorkItem($"models/{Models.Last.State}/{Models.Best?.State}");

    /// <summary>Silo: makes its keys for an attempt, or finds those that it made.</summary>
    public sealed record AdvertiseKeys(CollectionId Collection, Digest Base) : WorkItem($"keys/{Collection}");

    /// <summary>Silo: commits to a nonce, or finds what it has committed to.</summary>
    public sealed record CommitNonce() : WorkItem("commit-nonce");

    /// <summary>Silo: checks who has committed to nonces, and shows its own.</summary>
    public sealed record ShowNonce(Digest Commitments) : WorkItem($"show-nonce/{Commitments}");

    /// <summary>Silo: checks all commitments and nonces, and makes the randomness of the job's graph; for the invitation that told of them.</summary>
    public sealed record AdoptGraph(CollectionId Collection, Digest Broadcast, Digest Nonces) : WorkItem($"adopt-graph/{Nonces}");

    /// <summary>Silo: checks the signed keys of the members that hold shares of its own and shares its secrets among them, or finds the shares that it made.</summary>
    /// <param name="Collection">The attempt.</param>
    /// <param name="Base">What the site computed from.</param>
    /// <param name="Members">Who has advertised keys.</param>
    /// <param name="Adverts">Hash of all their keys.</param>
    /// <param name="List">The blob with the keys that the site needs.</param>
    /// <param name="Epochs">What it tells them that it has heard of them.</param>
    public sealed record DealShares(
        CollectionId Collection, Digest Base, ImmutableSortedSet<SiloId> Members, Digest Adverts, Digest List, ImmutableSortedDictionary<SiloId, SiteEpoch> Epochs)
        : WorkItem($"deal/{Collection}/{Adverts}");

    /// <summary>Silo: takes the shares that were sealed for it and masks its contribution.</summary>
    public sealed record MaskInput(CollectionId Collection, Digest Base, ImmutableSortedSet<SiloId> Maskers, Digest Shares, Digest Contribution) : WorkItem($"mask/{Collection}/{Shares}");

    /// <summary>Silo: the shares by which the sum over these contributors, confirmed by so many of them, is opened.</summary>
    public sealed record ReleaseShares(
        CollectionId Collection, Digest Base, ImmutableSortedSet<SiloId> Maskers, ImmutableSortedSet<SiloId> Contributors, ImmutableSortedSet<SiloId> ConfirmedBy)
         : WorkItem($"release-shares/{Collection}");

    /// <summary>Silo: encrypts its contribution for an attempt, or finds what it encrypted.</summary>
    public sealed record EncryptInput(
        CollectionId Collection, Digest Base, ImmutableSortedSet<SiloId> Fixed, Digest Contribution, int? Epoch, Digest? Commitment, Digest? Upload) : WorkItem($"encrypt/{Collection}");

    /// <summary>Silo: checks a closed list of commitments.</summary>
    public sealed record ApproveList(CollectionId Collection, Digest Base, int Epoch, ImmutableSortedSet<SiloId> Members, Digest List, Digest Commitment, bool IsFixed)
        : WorkItem($"approve/{Collection}/{List}");

    /// <summary>Silo: ties a stated sum to what it took part in and draws a nonce.</summary>
    public sealed record DrawNonce(CollectionId Collection, Digest Base, int Epoch, StatedOpening Opening) : WorkItem($"nonce/{Opening.HashOf(Collection)}");

    /// <summary>Silo: its part in the check of a sum.</summary>
    public sealed record EvaluateSum(
        CollectionId Collection, Digest Base, int Epoch, StatedOpening Opening, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces, Digest Upload)
        : WorkItem($"evaluate/{Opening.HashOf(Collection)}");

    /// <summary>Silo: verifies that a sum is that of what was contributed.</summary>
    public sealed record VerifyOpening(CollectionId Collection, Digest Base, int Epoch, StatedOpening Opening, Digest Evidence, Digest Upload)
        : WorkItem($"verify/{Opening.HashOf(Collection)}/{Evidence}");

    /// <summary>Silo: its shares of a verified sum, from the ledger where it made them before.</summary>
    public sealed record ReleaseOpening(CollectionId Collection, Digest Base, int Epoch, StatedOpening Opening, Digest Evidence, Digest Upload)
        : WorkItem($"share/{Opening.HashOf(Collection)}")
    {
        /// <summary>Under how many attempts' openings shares were made under the key, as the journal has it.</summary>
        public int OnRecord { get; init; }
    }

    /// <summary>Silo: forgets the bytes of shares of settled rounds, not that they were made.</summary>
    public sealed record DropShares(int SettledRound) : WorkItem($"drop-shares/{SettledRound}");

    /// <summary>Silo: erases for good the secrets of rounds that are settled, and of attempts before these.</summary>
    public sealed record EraseSecrets(int SettledRound, ImmutableArray<CollectionId> Needed) : WorkItem($"erase/{SettledRound}/{string.Join('/', Needed)}");

    /// <summary>Silo: stops what computes for other keys than this round's.</summary>
    public sealed record CancelWork(int BelowRound) : WorkItem($"cancel/{BelowRound}");

    /// <summary>Silo: deletes what was computed for a key and will never be offered: another result is kept, or the round is over.</summary>
    public sealed record DropContribution(CollectionId Collection, ImmutableArray<Digest> Blobs)
        : WorkItem($"drop/{Collection.Round}/{Collection.Sum}/{Blobs[0]}");

    /// <summary>Silo: deletes contributions and states that no later round needs.</summary>
    public sealed record ReleaseOutbox(int Round, ImmutableArray<Digest> Blobs) : WorkItem($"release/{Round}");
}
