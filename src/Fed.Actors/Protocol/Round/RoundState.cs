using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Round;

/// <summary>Where a round stands: Planned, Training and Collecting are one phase here each, since they end with different answers.</summary>
public enum RoundPhase
{
    /// <summary>No plan yet, or no round since.</summary>
    Idle,

    /// <summary>Before the first round, on a sparse graph: silos commit to nonces.</summary>
    Drawing,

    /// <summary>Who has committed is fixed, and shows its nonce.</summary>
    Showing,

    /// <summary>Planned: what the silos get is being prepared.</summary>
    Preparing,

    /// <summary>Under secure aggregation: silos train, and advertise their keys for this attempt.</summary>
    Advertising,

    /// <summary>Under secure aggregation: those who advertised share their secrets among each other.</summary>
    Sharing,

    /// <summary>Under a common key: silos train, encrypt for this attempt and commit to what they will upload.</summary>
    Committing,

    /// <summary>Under a common key: what everybody committed to is closed, and those who committed sign it.</summary>
    Signing,

    /// <summary>Silos train, or mask or upload what they have, and the aggregator collects.</summary>
    Collecting,

    /// <summary>The attempt failed; the next one waits for its time.</summary>
    BackingOff,

    /// <summary>The sum is sealed and being opened: the point of no return is behind.</summary>
    Opening,

    /// <summary>The sum is opened and the server steps.</summary>
    Stepping,

    /// <summary>The round is committed.</summary>
    Committed,

    /// <summary>The round has failed, or the job has stopped.</summary>
    Failed,
}

/// <summary>A coordinator's memory: the plan, the round under way, and what its peers may still ask about the one before.</summary>
public sealed record RoundState
{
    /// <summary>The plan; null before it is adopted.</summary>
    public JobPlan? Plan { get; init; }

    /// <summary>Its hash.</summary>
    public Digest PlanHash { get; init; }

    /// <summary>Where the round stands.</summary>
    public RoundPhase Phase { get; init; }

    /// <summary>The round under way or done last; -1 before the first.</summary>
    public int Round { get; init; } = -1;

    /// <summary>The attempt at a sum under way or done last.</summary>
    public CollectionId Collection { get; init; }

    /// <summary>Tries at the present sum, this one included.</summary>
    public int Tries { get; init; }

    /// <summary>Server state at the round's start.</summary>
    public Digest RoundBase { get; init; }

    /// <summary>Server state before the present sum's step.</summary>
    public Digest Base { get; init; }

    /// <summary>Who is invited.</summary>
    public ImmutableSortedSet<SiloId> Invited { get; init; } = [];

    /// <summary>How many updates are wanted.</summary>
    public int Target { get; init; }

    /// <summary>How many suffice.</summary>
    public int Quorum { get; init; }

    /// <summary>From opening to deadline.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>Blob that the silos compute from.</summary>
    public Digest Broadcast { get; init; }

    /// <summary>Under secure aggregation: who shares secrets among each other.</summary>
    public ImmutableSortedSet<SiloId> Members { get; init; } = [];

    /// <summary>Their keys.</summary>
    public Digest Adverts { get; init; }

    /// <summary>On a sparse graph, by silo: the keys of its neighbours.</summary>
    public ImmutableSortedDictionary<SiloId, Digest> Lists { get; init; } = ImmutableSortedDictionary<SiloId, Digest>.Empty;

    /// <summary>Who has committed to nonces for the job's graph.</summary>
    public ImmutableSortedSet<SiloId> Committers { get; init; } = [];

    /// <summary>Their commitments.</summary>
    public Digest Commitments { get; init; }

    /// <summary>The nonces that they showed.</summary>
    public Digest? Nonces { get; init; }

    /// <summary>Randomness of the job's graph; null where none is drawn.</summary>
    public Digest? Graph { get; init; }

    /// <summary>Who released wrong shares for the present sum.</summary>
    public ImmutableSortedSet<SiloId> Liars { get; init; } = [];

    /// <summary>Sites that take no further part in the job, or under a common key before it is made anew, since their memory was restored from an old copy.</summary>
    public ImmutableSortedSet<SiloId> Restored { get; init; } = [];

    /// <summary>By silo, what the others sealed for it; these mask.</summary>
    public ImmutableSortedDictionary<SiloId, Digest> Shares { get; init; } = ImmutableSortedDictionary<SiloId, Digest>.Empty;

    /// <summary>Contributors that have signed the list, in the order in which they did.</summary>
    public ImmutableArray<Confirmation> Confirmations { get; init; } = [];

    /// <summary>The common key of the sites; null before it is made, and in other modes.</summary>
    public CollectiveKey? Key { get; init; }

    /// <summary>Under a common key: the attempt.</summary>
    public RoundEncryption Encryption { get; init; } = RoundEncryption.None;

    /// <summary>What is in the sealed sum.</summary>
    public ImmutableArray<UpdateManifest> Contributions { get; init; } = [];

    /// <summary>Hash of the sealed sum.</summary>
    public Digest Sealed { get; init; }

    /// <summary>Hash of the opened sum.</summary>
    public Digest Opened { get; init; }

    /// <summary>Sums of the round that are done.</summary>
    public ImmutableArray<SumRecord> Sums { get; init; } = [];

    /// <summary>Under a common key: what was confirmed for each sum of the round that is opened.</summary>
    public ImmutableArray<ConfirmedSum> Confirmed { get; init; } = [];

    /// <summary>True when the job is cancelled.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>Commands of the round whose decision threw.</summary>
    public int Rejections { get; init; }

    /// <summary>How the last round ended, which is answered again when asked again.</summary>
    public RoundOutcome? Outcome { get; init; }

    /// <summary>Rounds that are over and that some silos have not settled yet.</summary>
    public ImmutableSortedDictionary<int, ClosedRound> Closing { get; init; } = ImmutableSortedDictionary<int, ClosedRound>.Empty;

    /// <summary>The models of the rounds until now; null before the first.</summary>
    public JobModels? Models { get; init; }

    /// <summary>How good the best of them is.</summary>
    public double? BestScore { get; init; }

    /// <summary>Sites that have not yet said that they keep the models, once no round follows.</summary>
    public ImmutableSortedSet<SiloId> ModelsOwed { get; init; } = [];

    /// <summary>The highest epoch heard of each peer whose role is contended.</summary>
    public ImmutableSortedDictionary<string, long> Leaders { get; init; } = PeerEpochs.None;

    /// <summary>The epoch of whoever leads; 0 where nobody contends.</summary>
    public long Epoch { get; init; }

    /// <summary>By silo, a later epoch of this role that it says it has heard.</summary>
    public ImmutableSortedDictionary<SiloId, long> LaterEpochs { get; init; } = ImmutableSortedDictionary<SiloId, long>.Empty;

    /// <summary>Position of the present sum in the plan.</summary>
    public int SumIndex => Sums.Length;

    /// <summary>The present sum's plan.</summary>
    public SumPlan Sum => Plan!.SumsOf(Round)[SumIndex];
}

/// <summary>A round that is over.</summary>
/// <param name="Committed">True when it was committed.</param>
/// <param name="Contributors">Who is in each of its sums.</param>
/// <param name="Waiting">Silos that have not settled it yet.</param>
public sealed record ClosedRound(bool Committed, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> Contributors, ImmutableSortedSet<SiloId> Waiting)
{
    /// <summary>Under a common key: what was confirmed for each of its sums.</summary>
    public ImmutableArray<ConfirmedSum> Confirmed { get; init; } = [];
}
