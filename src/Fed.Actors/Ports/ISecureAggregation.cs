using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.Actors.Ports;

/// <summary>
/// The local steps of secure aggregation (Bonawitz et al., CCS 2017), each for one node and without any state of its own: secrets are opaque bytes that the caller keeps in its
/// <see cref="ISecretStore"/>. Synchronous: called from worker jobs only. Which set, how many, and whether at all, is the deciders' business.
/// </summary>
public interface ISecureAggregation
{
    /// <summary>AdvertiseKeys: fresh keys for one attempt.</summary>
    /// <returns>The site's secrets; and its advert, the public keys that all members get.</returns>
    (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self);

    /// <summary>True for an advert of a site whose keys are well formed.</summary>
    bool IsAdvert(CeremonyContext context, SiloId silo, ReadOnlySpan<byte> advert);

    /// <summary>
    /// Who holds shares of a site's secrets, and whose shares it holds: every invited site, itself among them, or on a sparse graph its neighbours. Only they get its keys and its shares.
    /// </summary>
    ImmutableSortedSet<SiloId> HoldersOf(CeremonyContext context, SiloId silo);

    /// <summary>A site's part of the randomness of a job's graph: 32 random bytes and what commits it to them. Each call draws anew.</summary>
    (byte[] Nonce, byte[] Commitment) DrawNonce(GraphContext context, SiloId self);

    /// <summary>The randomness of a job's graph.</summary>
    /// <param name="context">Of the job.</param>
    /// <param name="commitments">Of all who committed.</param>
    /// <param name="nonces">Of the same sites.</param>
    /// <exception cref="CeremonyException">A nonce is not the one that its site committed to.</exception>
    Digest GraphSeed(GraphContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces);

    /// <summary>ShareKeys: the site's two secrets in shares, one sealed for each holder.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As advertised.</param>
    /// <param name="adverts">Of the members among the site's holders, and the site's own.</param>
    /// <param name="notes">What the site tells holders besides, at most <see cref="CeremonyLimits.NoteBytesMax"/> bytes each: the receiver knows that it is the sender's.</param>
    /// <returns>
    /// The site's secrets, its adverts with them; and by holder what is sealed for it, beside hashes of the shares by which a wrong one is later told, at most
    /// <see cref="CeremonyLimits.SealedShareBytesMax"/> bytes each. Where the site is a holder of its own its entry has the hashes.
    /// </returns>
    /// <exception cref="CeremonyException">An advert is invalid, a key occurs twice, or too few holders have advertised.</exception>
    (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes);

    /// <summary>Takes the shares that the others sealed for the site.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As shared.</param>
    /// <param name="shares">By sender, of all who mask among the site's holders, the site's own entry among them where it has one.</param>
    /// <returns>The site's secrets, the shares with them; and by sender what they told it, where they told it anything.</returns>
    /// <exception cref="CeremonyException">A share was not sealed for this site, in this ceremony, by its sender.</exception>
    (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Notes) ReceiveShares(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares);

    /// <summary>MaskedInput: the vector under the site's own mask and one for each holder that masks. Streams.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As received.</param>
    /// <param name="maskers">Who masks.</param>
    /// <param name="vector">The grid vector, ring words in little-endian order.</param>
    /// <param name="output">Receives as many bytes, piece by piece.</param>
    void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, Stream vector, IBlobWriter output);

    /// <summary>Unmask: for each site that masks and whose shares this one holds one share, of its self-mask where it is a contributor, of its mask key where it is not.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As received.</param>
    /// <param name="maskers">Who masks.</param>
    /// <param name="contributors">Who is in the sum, and only they.</param>
    /// <param name="confirmedBy">Contributors whose signature over the list of contributors the caller has verified.</param>
    /// <exception cref="CeremonyException">The set has somebody who does not mask, or not the site itself; or too few of the site's holders, or they fall apart on the graph.</exception>
    byte[] ReleaseShares(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedSet<SiloId> maskers,
        ImmutableSortedSet<SiloId> contributors,
        ImmutableSortedSet<SiloId> confirmedBy);

    /// <summary>The coordinator: takes the masks off a sealed sum. Streams. Wrong shares are left out; nothing is written where too few are right.</summary>
    /// <exception cref="CeremonyException">The right shares of a site rebuild no secret that fits its advert: it dealt wrongly.</exception>
    UnmaskOutcome Unmask(UnmaskRequest request, Stream maskedSum, Stream output);
}

/// <summary>What every key, mask and sealed share of an attempt is bound to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Collection">Round, attempt and sum.</param>
/// <param name="Plan">Hash of the plan that the site approved.</param>
/// <param name="Base">Hash of what the site computed from.</param>
/// <param name="Roster">Hash of the plan's roster.</param>
/// <param name="Invited">Whom the plan invites to the attempt.</param>
/// <param name="Parameters">The plan's parameters.</param>
/// <param name="Ring">Width of the vectors' words.</param>
public sealed record CeremonyContext(
    JobId Job, CollectionId Collection, Digest Plan, Digest Base, Digest Roster, ImmutableSortedSet<SiloId> Invited, SecAggPlan Parameters, RingWidth Ring)
{
    /// <summary>How many signatures fix a list of contributors; on the complete graph as many shares rebuild a secret.</summary>
    public int Threshold => Parameters.ThresholdOf(Invited.Count);

    /// <summary>How many of the invited must be left in each step: the others may drop out. The degree of a sparse graph, and how many shares rebuild a secret on it, follow from both numbers and the colluding sites.</summary>
    public int Needed { get; init; } = Parameters.Needed(Invited.Count, 0);

    /// <summary>Randomness of the job's graph; zero where the graph is complete.</summary>
    public Digest Graph { get; init; }

    /// <summary>Of an attempt under a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="planHash">Its hash.</param>
    /// <param name="id">The attempt.</param>
    /// <param name="based">Hash of what sites compute from.</param>
    /// <param name="graph">Randomness of the job's graph; null where the plan draws none.</param>
    public static CeremonyContext Of(JobPlan plan, Digest planHash, CollectionId id, Digest based, Digest? graph) =>
        new(plan.Job, id, planHash, based, plan.RosterHash(), plan.InvitedTo(id), plan.SecAgg!, plan.Ring) { Needed = plan.NeededFor(id), Graph = graph ?? default };
}

/// <summary>What the randomness of a job's graph is bound to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Plan">Hash of its plan.</param>
/// <param name="Silos">The roster.</param>
public sealed record GraphContext(JobId Job, Digest Plan, ImmutableArray<SiloId> Silos);

/// <summary>What the coordinator needs to open.</summary>
/// <param name="Context">Of the attempt.</param>
/// <param name="Adverts">Of all who shared their keys among each other.</param>
/// <param name="Maskers">Who masks.</param>
/// <param name="Contributors">Who is in the sum.</param>
/// <param name="Dealt">What was sealed, by holder and then by dealer, for those that released: the hashes beside it tell right shares from wrong ones.</param>
/// <param name="Released">What contributors released, by site.</param>
public sealed record UnmaskRequest(
    CeremonyContext Context,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Adverts,
    ImmutableSortedSet<SiloId> Maskers,
    ImmutableSortedSet<SiloId> Contributors,
    ImmutableSortedDictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> Dealt,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Released);

/// <summary>How unmasking went.</summary>
/// <param name="IsOpened">Whether the sum is opened; else too few right shares are there.</param>
/// <param name="Liars">Who released a share that is not the one it was dealt, or nothing that is a share.</param>
public sealed record UnmaskOutcome(bool IsOpened, ImmutableSortedSet<SiloId> Liars);

/// <summary>Limits of what travels in a ceremony: anything larger is refused unread.</summary>
public static class CeremonyLimits
{
    /// <summary>An advert.</summary>
    public const int AdvertBytesMax = 512;

    /// <summary>The shares that one site seals for another.</summary>
    public const int SealedShareBytesMax = 512;

    /// <summary>What one site tells another beside its shares.</summary>
    public const int NoteBytesMax = 64;

    /// <summary>Any answer of a site: sealed shares with their names for the holders of a graph on <see cref="SecAggPlan.SitesMax"/> sites.</summary>
    public const int AnswerBytesMax = 512 * 1024;
}

/// <summary>Something of a ceremony does not fit: a bad key, a share for somebody else. The message names sites, never secrets.</summary>
public sealed class CeremonyException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The site whose doing it is, where that is known.</summary>
    public SiloId? Site { get; init; }

    /// <summary>True where something is not there, or not signed: that says nothing against what it is needed for.</summary>
    public bool IsIncomplete { get; init; }
}
