using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What happened at a silo, in the site's own journal.</summary>
public abstract record SiloEvent
{
    private protected SiloEvent()
    {
    }

    /// <summary>A command whose decision threw: a bug of ours, on record; nothing else changed.</summary>
    public sealed record CommandRejected(string Command, string Reason, DateTimeOffset At) : SiloEvent;

    /// <summary>The site approved a plan: all parameters come from it.</summary>
    public sealed record PlanApproved(JobPlan Plan, Digest Hash, SiloId Silo) : SiloEvent;

    /// <summary>The site's own policy judged a plan; again only where it says something else.</summary>
    public sealed record PolicyDecided(JobId Job, Digest Plan, PolicyNote Note) : SiloEvent;

    /// <summary>The contribution for a key lies in the outbox; no other will ever leave for this key.</summary>
    public sealed record ContributionStored(CollectionId Collection, Digest Broadcast, StoredContribution Contribution) : SiloEvent;

    /// <summary>The site cannot contribute to a key.</summary>
    public sealed record ContributionDeclined(CollectionId Collection, Digest Broadcast, string Reason) : SiloEvent;

    /// <summary>Keys are made for an attempt: no others ever leave for it.</summary>
    public sealed record KeysAdvertised(CollectionId Collection, Digest Broadcast, Digest Advert) : SiloEvent;

    /// <summary>The secrets of an attempt are shared among these members, whose keys have this hash, and among no others.</summary>
    public sealed record SharesDealt(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts, Digest Dealt) : SiloEvent;

    /// <summary>The contribution is masked for these members, and for no others in this attempt; the upload lies in the outbox.</summary>
    public sealed record InputMasked(CollectionId Collection, ImmutableSortedSet<SiloId> Maskers, Digest Shares, Digest Ceremony, Digest Upload, long Length) : SiloEvent;

    /// <summary>The one list of contributors that this site ever confirms, or opens, for a sum of a round.</summary>
    public sealed record ContributorsConfirmed(CollectionId Collection, Digest Broadcast, Digest List, ImmutableSortedSet<SiloId> Contributors) : SiloEvent;

    /// <summary>Shares for the confirmed list may leave from now on.</summary>
    public sealed record SharesReleased(CollectionId Collection, Digest List) : SiloEvent
    {
        /// <summary>Epochs of others that were news, as they signed them with the list; null where none was.</summary>
        public ImmutableSortedDictionary<SiloId, SiteEpoch>? Epochs { get; init; }
    }

    /// <summary>The site is committed to a nonce for the job's graph: it shows no other.</summary>
    public sealed record NonceCommitted(Digest Commitment) : SiloEvent;

    /// <summary>The one list of commitments for which the site shows its nonce, ever.</summary>
    public sealed record NonceShown(Digest Commitments) : SiloEvent;

    /// <summary>The job's graph, for good.</summary>
    public sealed record GraphAdopted(Digest Commitments, Digest Seed) : SiloEvent;

    /// <summary>
    /// A peer has heard of an epoch of this site that it does not know, or the coordinator of a round that it has settled or contributed to: its memory was restored from an old copy. It takes no further part in this job, or under ckks
    /// none before it holds a new key.
    /// </summary>
    public sealed record RestoreNoticed(CollectionId Collection, SiloId Peer, SiteEpoch Heard, SiteEpoch Own) : SiloEvent
    {
        /// <summary>The round of which the coordinator had this site's word, where that told; the peer is then the site itself.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>The contribution is encrypted for an attempt, and for no second time: what it commits to and the ciphertexts lie in the outbox.</summary>
    public sealed record InputCommitted(
        CollectionId Collection, Digest Broadcast, int Epoch, Digest Commitment, Digest Upload, long Length, ImmutableSortedSet<SiloId>? Fixed = null) : SiloEvent;

    /// <summary>The one list of commitments that the site signs in an attempt.</summary>
    public sealed record ListSigned(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest List) : SiloEvent;

    /// <summary>So many have signed that list that there is no other: the site's upload may leave from now on.</summary>
    public sealed record ListAgreed(CollectionId Collection) : SiloEvent;

    /// <summary>The nonce by which the site checks an opening.</summary>
    public sealed record NonceDrawn(CollectionId Collection, Digest Opening, ReadOnlyMemory<byte> Nonce) : SiloEvent;

    /// <summary>The site has verified what is opened, and by whom.</summary>
    public sealed record OpeningReady(CollectionId Collection, Digest Opening, Digest Id) : SiloEvent;

    /// <summary>The site has found that the sum of this opening is not what it should be. It never verifies that opening, and says so again when it is asked.</summary>
    public sealed record SumDoubted(CollectionId Collection, Digest Opening, string Reason) : SiloEvent;

    /// <summary>Shares for this opening may leave from now on, and for no other in this attempt.</summary>
    public sealed record OpeningReleased(CollectionId Collection, Digest Opening) : SiloEvent;

    /// <summary>The shares lie in the outbox.</summary>
    public sealed record ShareStored(CollectionId Collection, Digest Share) : SiloEvent;

    /// <summary>The site takes no further part in an attempt: its secrets are lost, or what was sealed for it is not for it.</summary>
    public sealed record AttemptAbandoned(CollectionId Collection, string Reason) : SiloEvent;

    /// <summary>A step in the making of a key: no other answer, from no other list of answers, ever leaves for it.</summary>
    public sealed record KeyStepTaken(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, Digest Given, Digest Answer) : SiloEvent;

    /// <summary>The site holds its part of a key, whose public half it has recomputed itself: it encrypts under no other.</summary>
    public sealed record KeyHeld(CollectiveKey Key) : SiloEvent;

    /// <summary>The site takes no further part in the making of a key.</summary>
    public sealed record KeyAbandoned(int Epoch, KeyStep Step, string Reason, SiloId? Blamed) : SiloEvent;

    /// <summary>The job is over: the site's parts of its keys are gone for good.</summary>
    public sealed record KeysErased : SiloEvent;

    /// <summary>The job is over: nothing more is computed for it, and it takes no place among the site's jobs. One without an approved plan is approved no more. Ends of rounds, with their receipts, are still taken.</summary>
    public sealed record JobEnded : SiloEvent;

    /// <summary>A round is over here: the receipt, and the state that it promoted.</summary>
    public sealed record RoundSettled(int Round, bool Committed, bool TookPart, Digest? State, SignedHead? Head) : SiloEvent
    {
        /// <summary>Under a common key: epochs of others that were news, as they signed them with the round's lists; null where none was.</summary>
        public ImmutableSortedDictionary<SiloId, SiteEpoch>? Epochs { get; init; }
    }

    /// <summary>The job's models lie on the site's own disk, for as long as its data.</summary>
    public sealed record ModelsKept(JobModels Models) : SiloEvent;

    /// <summary>A newer leader of a peer was heard of: what an older one still sends is refused from now on.</summary>
    public sealed record LeaderSeen(string Peer, long Epoch) : SiloEvent;
}

/// <summary>A contribution in the outbox.</summary>
/// <param name="Hash">SHA-256 of the grid vector.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Clipped">Entries that were clipped; shown at the site.</param>
/// <param name="NextState">The silo state that follows if the round commits with this silo in it; null where the algorithm keeps none.</param>
/// <param name="Blind">Under a protection something that nobody else can guess, so that the head of this log, which leaves the site, tells nothing of the vector; null in plain mode.</param>
public sealed record StoredContribution(Digest Hash, long Length, long Clipped, Digest? NextState, Digest? Blind = null);
