using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Round;

/// <summary>What a coordinator is asked.</summary>
public abstract record RoundCommand : IPeerCommand<RoundCommand>
{
    private protected RoundCommand()
    {
    }

    /// <summary>Which peer asks, and under which leadership; null for what this process tells itself.</summary>
    public Origin? From { get; init; }

    /// <summary>The same command as a peer's.</summary>
    public RoundCommand SentBy(Origin from) => this with { From = from };

    /// <summary>The job's plan, verified by the shell.</summary>
    public sealed record AdoptPlan(JobPlan Plan) : RoundCommand;

    /// <summary>The job asks for a round from a server state.</summary>
    public sealed record StartRound(int Round, Digest State, CollectiveKey? Key = null) : RoundCommand;

    /// <summary>The job is cancelled: fail this round if its sum is not sealed, and begin no other.</summary>
    public sealed record CancelRound(int Round) : RoundCommand;

    /// <summary>What the silos get is a durable blob.</summary>
    public sealed record BroadcastReady(CollectionId Collection, Digest Broadcast) : RoundCommand;

    /// <summary>A site's answer in a step of a ceremony; the shell has verified its signature with the roster's key.</summary>
    public sealed record StepAnswered(StepAnswer Answer) : RoundCommand;

    /// <summary>A site takes no part, or no further part, in a ceremony.</summary>
    public sealed record StepDeclined(CollectionId Collection, SiloId Silo) : RoundCommand;

    /// <summary>Whose answers in a step are held in memory, and who has declined.</summary>
    public sealed record AnswersHeld(CollectionId Collection, CeremonyStep Step, ImmutableSortedSet<SiloId> Held, ImmutableSortedSet<SiloId> Declined) : RoundCommand
    {
        /// <summary>The opening that the answers are about; zero in steps before there is one.</summary>
        public Digest Opening { get; init; }

        /// <summary>True when the step's time is over.</summary>
        public bool IsLate { get; init; }
    }

    /// <summary>The commitments of these are a durable blob, and so is what the aggregator needs to know.</summary>
    /// <param name="Collection">The attempt.</param>
    /// <param name="Members">Who is on the list.</param>
    /// <param name="Fresh">Who committed in this very attempt.</param>
    /// <param name="List">The list.</param>
    /// <param name="Terms">What the aggregator needs to know.</param>
    /// <param name="UploadBytes">Bytes of an upload.</param>
    public sealed record CommitmentsPublished(
        CollectionId Collection, ImmutableSortedSet<SiloId> Members, ImmutableSortedSet<SiloId> Fresh, Digest List, Digest Terms, long UploadBytes) : RoundCommand
    {
        /// <summary>Bytes of a sum of uploads.</summary>
        public long? SumBytes { get; init; }
    }

    /// <summary>Who has signed the closed list.</summary>
    public sealed record SignaturesHeld(CollectionId Collection, ImmutableArray<Confirmation> Signatures) : RoundCommand;

    /// <summary>The sealed sum is here, and what its ciphertexts are is a durable blob.</summary>
    public sealed record StatementReady(CollectionId Collection, Digest Statement) : RoundCommand;

    /// <summary>The nonces of all openers.</summary>
    public sealed record NoncesHeld(CollectionId Collection, Digest Opening, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces) : RoundCommand;

    /// <summary>What openers verify the sum by is a durable blob.</summary>
    public sealed record EvidencePublished(CollectionId Collection, Digest Opening, Digest Evidence) : RoundCommand;

    /// <summary>Openers that have signed the same.</summary>
    public sealed record ReadiesHeld(CollectionId Collection, Digest Opening, Digest ReadyFor, ImmutableArray<Confirmation> Readies) : RoundCommand;

    /// <summary>The commitments of these are a durable blob.</summary>
    public sealed record NonceCommitmentsPublished(ImmutableSortedSet<SiloId> Members, Digest Commitments) : RoundCommand;

    /// <summary>The nonces of all who committed are a durable blob, and the randomness of the job's graph follows from them.</summary>
    public sealed record NoncesPublished(Digest Nonces, Digest Seed) : RoundCommand;

    /// <summary>The job's graph cannot be drawn, for good.</summary>
    public sealed record GraphFailed(string Reason) : RoundCommand;

    /// <summary>A site has noticed that its memory was restored from an old copy.</summary>
    public sealed record RekeyingAsked(SiloId Silo, SiloId Peer, SiteEpoch Heard, SiteEpoch Own) : RoundCommand
    {
        /// <summary>A round that it had settled and does not know, where that told; else null.</summary>
        public int? Settled { get; init; }
    }

    /// <summary>The keys of these are a durable blob.</summary>
    public sealed record KeysPublished(CollectionId Collection, ImmutableSortedSet<SiloId> Members, Digest Adverts) : RoundCommand
    {
        /// <summary>On a sparse graph: by silo, the blob with the keys of its neighbours.</summary>
        public ImmutableSortedDictionary<SiloId, Digest>? Lists { get; init; }
    }

    /// <summary>What was sealed for each of these, by all of them, is a durable blob.</summary>
    public sealed record SharesPublished(CollectionId Collection, ImmutableSortedDictionary<SiloId, Digest> Shares) : RoundCommand;

    /// <summary>The aggregator has sealed a sum.</summary>
    public sealed record CollectionSealed(CollectionId Collection, ImmutableArray<UpdateManifest> Contributions, Digest Sum) : RoundCommand;

    /// <summary>The aggregator has failed an attempt.</summary>
    public sealed record CollectionFailed(CollectionId Collection, string Reason) : RoundCommand;

    /// <summary>The sum is opened, its integers are within their bounds, and it is a durable blob.</summary>
    public sealed record OpeningFinished(CollectionId Collection, Digest Opened) : RoundCommand
    {
        /// <summary>Who released shares that are not those it was dealt; the sum was opened without them.</summary>
        public ImmutableSortedSet<SiloId> Liars { get; init; } = [];

        /// <summary>Whose shares took the masks off, under secure aggregation; null in other modes.</summary>
        public ImmutableSortedSet<SiloId>? OpenedBy { get; init; }
    }

    /// <summary>Too few right shares are there to open the sum; more may come.</summary>
    public sealed record SharesShort(CollectionId Collection, ImmutableSortedSet<SiloId> Liars) : RoundCommand;

    /// <summary>The sealed sum, or the public key without which nothing is done with encrypted ones, could not be fetched now.</summary>
    public sealed record SumUnreachable(CollectionId Collection, string Reason) : RoundCommand;

    /// <summary>The server step is done and its state a durable blob.</summary>
    public sealed record StepFinished(CollectionId Collection, StepSummary Step) : RoundCommand;

    /// <summary>Work failed for good: an inconsistent opening, a sum that cannot be used.</summary>
    public sealed record WorkFailed(CollectionId Collection, string Reason) : RoundCommand;

    /// <summary>A timer rang.</summary>
    public sealed record TimerDue(string Id) : RoundCommand;

    /// <summary>A silo has settled a round.</summary>
    public sealed record SiloSettled(SiloId Silo, int Round) : RoundCommand
    {
        /// <summary>True where it shows a head for it that this role has signed, and that the journal as it is does not have.</summary>
        public bool IsBeyondJournal { get; init; }

        /// <summary>The highest epoch in which it has heard of this role, where it said so; else 0.</summary>
        public long Epoch { get; init; }
    }

    /// <summary>The aggregator, or that of a part, has released a round.</summary>
    public sealed record RoundReleased(int Round, int? Part = null) : RoundCommand;

    /// <summary>A silo has the models of the job on its own disk.</summary>
    public sealed record ModelsKept(SiloId Silo) : RoundCommand;
}
