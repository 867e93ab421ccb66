using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What a silo is asked.</summary>
public abstract record SiloCommand : IPeerCommand<SiloCommand>
{
    private protected SiloCommand()
    {
    }

    /// <summary>Which peer asks, and under which leadership; null for what this process tells itself.</summary>
    public Origin? From { get; init; }

    /// <summary>The same command as a peer's.</summary>
    public SiloCommand SentBy(Origin from) => this with { From = from };

    /// <summary>A plan whose signature and parameters the site has checked; with a refusal where it does not agree.</summary>
    public sealed record ProposePlan(SiloId Self, JobPlan Plan, Digest Hash, string? Refusal) : SiloCommand
    {
        /// <summary>What the site's policy says of it; null where it is refused already, or the site has none.</summary>
        public PolicyNote? Policy { get; init; }
    }

    /// <summary>The coordinator invites to a sum.</summary>
    public sealed record Invite(CollectionId Collection, Digest Plan, Digest Broadcast) : SiloCommand
    {
        /// <summary>Blob from which the job's graph follows; null where the plan draws none.</summary>
        public Digest? Graph { get; init; }

        /// <summary>The newest round that this site has said it settled, as the coordinator remembers it; null before the first.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>The coordinator asks to commit to a nonce for the job's graph.</summary>
    public sealed record CommitNonce(Digest Plan) : SiloCommand;

    /// <summary>The nonce is in the secret store.</summary>
    public sealed record NonceCommitmentMade(ReadOnlyMemory<byte> Commitment) : SiloCommand;

    /// <summary>The coordinator has closed the list of commitments and asks for the nonce.</summary>
    public sealed record ShowNonce(Digest Commitments) : SiloCommand;

    /// <summary>The commitments of these are as they signed them, the site's own among them.</summary>
    public sealed record NonceCommitmentsVerified(Digest Commitments, ImmutableSortedSet<SiloId> Members, ReadOnlyMemory<byte> Nonce) : SiloCommand;

    /// <summary>All who committed have shown their nonces for this very list, and they are those that they committed to.</summary>
    public sealed record GraphMade(CollectionId Collection, Digest Broadcast, Digest Commitments, ImmutableSortedSet<SiloId> Members, Digest Nonces, Digest Seed) : SiloCommand;

    /// <summary>The job is over; the coordinator asks to keep its models.</summary>
    public sealed record KeepModels(JobModels Models) : SiloCommand;

    /// <summary>The job's models are durable on this site's disk.</summary>
    public sealed record ModelsFetched(JobModels Models) : SiloCommand;

    /// <summary>The contribution for a key is computed and durable in the outbox.</summary>
    public sealed record ContributionComputed(CollectionId Collection, Digest Broadcast, StoredContribution Contribution) : SiloCommand;

    /// <summary>The site cannot contribute; the reason stays here.</summary>
    public sealed record ContributionImpossible(CollectionId Collection, Digest Broadcast, string Reason) : SiloCommand;

    /// <summary>The keys for an attempt are in the secret store.</summary>
    public sealed record KeysMade(CollectionId Collection, ReadOnlyMemory<byte> Advert) : SiloCommand;

    /// <summary>The coordinator asks to share secrets among these members.</summary>
    public sealed record ShareKeys(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts) : SiloCommand
    {
        /// <summary>On a sparse graph: the blob with the keys of the silo's neighbours alone.</summary>
        public Digest? Neighbours { get; init; }
    }

    /// <summary>The members' keys are as they signed them, and the shares for them in the secret store.</summary>
    public sealed record SharesMade(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts, ReadOnlyMemory<byte> Dealt) : SiloCommand;

    /// <summary>The coordinator asks for the masked input.</summary>
    public sealed record MaskInput(CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares) : SiloCommand;

    /// <summary>The masked contribution is durable in the outbox.</summary>
    public sealed record InputMade(CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares, Digest Upload, long Length) : SiloCommand
    {
        /// <summary>By each peer that sealed shares for this site, the epoch of it that the peer has heard of; of number 0 where of none.</summary>
        public ImmutableSortedDictionary<SiloId, SiteEpoch> Heard { get; init; } = ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty;
    }

    /// <summary>The coordinator asks to confirm what is in the sealed sum; the shell has verified every header's signature with the roster's key.</summary>
    public sealed record ConfirmContributors(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions) : SiloCommand;

    /// <summary>The coordinator asks for shares; the shell has verified every header, and names those whose confirmation of this very list is signed with the roster's key, and the epochs that they signed with it.</summary>
    public sealed record ReleaseShares(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, ImmutableSortedDictionary<SiloId, SiteEpoch> ConfirmedBy) : SiloCommand;

    /// <summary>The shares are ready to leave.</summary>
    public sealed record SharesReady(CollectionId Collection, ReadOnlyMemory<byte> Released) : SiloCommand;

    /// <summary>The contribution is encrypted for an attempt: commitment and ciphertexts are durable in the outbox.</summary>
    public sealed record InputEncrypted(
        CollectionId Collection, int Epoch, ReadOnlyMemory<byte> Commitment, Digest CommitmentHash, Digest Upload, long Length, ImmutableSortedSet<SiloId> Fixed) : SiloCommand;

    /// <summary>The coordinator asks to encrypt anew for contributors that are fixed, since an opener was lost; the shell has verified every manifest's signature with the roster's key.</summary>
    public sealed record ReprotectInput(CollectionId Collection, CollectionId Origin, ImmutableArray<UpdateManifest> Contributions) : SiloCommand;

    /// <summary>The coordinator has closed the list of commitments and asks for a signature.</summary>
    public sealed record SignList(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest List) : SiloCommand;

    /// <summary>The coordinator asks for the upload; the shell names those whose signature over this very list is good.</summary>
    public sealed record UploadInput(CollectionId Collection, Digest Base, Digest List, ImmutableSortedSet<SiloId> SignedBy) : SiloCommand;

    /// <summary>The list has this site's commitment and others enough, each signed by its site for the same sum, model, plan and key.</summary>
    public sealed record ListApproved(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest List) : SiloCommand;

    /// <summary>The coordinator asks an opener for a nonce; the shell has verified every manifest, and names those whose confirmation of this very list is signed with the roster's key.</summary>
    public sealed record PrepareOpening(CollectionId Collection, StatedOpening Opening, ImmutableSortedSet<SiloId> ConfirmedBy) : SiloCommand
    {
        /// <summary>The epoch with which this site itself is shown to have confirmed the list; null where it is not among them.</summary>
        public SiteEpoch? Own { get; init; }

        /// <summary>By each other site that confirmed, the epoch of this site that it has heard of; of number 0 where of none.</summary>
        public ImmutableSortedDictionary<SiloId, SiteEpoch> Heard { get; init; } = ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty;
    }

    /// <summary>The sum is tied to what this site took part in, and a nonce drawn for its check.</summary>
    public sealed record NonceMade(CollectionId Collection, Digest Opening, ReadOnlyMemory<byte> Nonce) : SiloCommand;

    /// <summary>The coordinator asks a contributor for its part in the check of a sum; the shell has verified every manifest.</summary>
    public sealed record EvaluateSum(CollectionId Collection, StatedOpening Opening, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces) : SiloCommand;

    /// <summary>The site's part in the check of a sum.</summary>
    public sealed record SumEvaluated(CollectionId Collection, Digest Opening, ReadOnlyMemory<byte> Answer) : SiloCommand;

    /// <summary>The coordinator asks an opener to verify a sum.</summary>
    public sealed record VerifyOpening(CollectionId Collection, StatedOpening Opening, Digest Evidence) : SiloCommand;

    /// <summary>The sum is verified; <paramref name="Id"/> names the opening for the key.</summary>
    public sealed record OpeningVerified(CollectionId Collection, Digest Opening, Digest Id) : SiloCommand;

    /// <summary>What is stated of the sum does not hold: its check fails.</summary>
    public sealed record OpeningDoubted(CollectionId Collection, Digest Opening, string Reason) : SiloCommand;

    /// <summary>The coordinator asks an opener for its shares; the shell names those whose signature over <paramref name="ReadyFor"/> is good.</summary>
    public sealed record ReleaseOpening(CollectionId Collection, StatedOpening Opening, Digest Evidence, Digest ReadyFor, ImmutableSortedSet<SiloId> ReadyBy) : SiloCommand;

    /// <summary>The shares are in the ledger and a durable blob.</summary>
    public sealed record ShareMade(CollectionId Collection, Digest Opening, Digest Share) : SiloCommand;

    /// <summary>The site cannot go on in an attempt; the reason stays here.</summary>
    public sealed record StepImpossible(CollectionId Collection, string Reason) : SiloCommand;

    /// <summary>The job asks for a step in the making of a key.</summary>
    public sealed record AskKeyStep(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given) : SiloCommand;

    /// <summary>A step is taken: its answer is a blob, and what it made is in the secret store. After the last step with the key.</summary>
    public sealed record KeyStepMade(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given, Digest Answer, CollectiveKey? Key) : SiloCommand;

    /// <summary>The site cannot go on in the making of a key; the reason stays here, whose doing it is does not.</summary>
    public sealed record KeyStepImpossible(int Epoch, KeyStep Step, string Reason, SiloId? Blamed) : SiloCommand;

    /// <summary>The job is over, and with it the use of its keys.</summary>
    public sealed record EndJob : SiloCommand;

    /// <summary>The aggregator's answer to an offer.</summary>
    public sealed record UpdateAnswered(CollectionId Collection, Digest Hash, string? Refusal) : SiloCommand;

    /// <summary>A round is over; the head is verified by the shell.</summary>
    public sealed record CloseRound(
        int Round, bool Committed, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> Contributors, SignedHead? Head) : SiloCommand
    {
        /// <summary>By sum, who confirmed its contributors, with which epoch; the shell has verified each signature with the roster's key.</summary>
        public ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>> Confirmed { get; init; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>>.Empty;

        /// <summary>The newest round that this site has said it settled, as the coordinator remembers it; null before the first.</summary>
        public int? Settled { get; init; }
    }
}
