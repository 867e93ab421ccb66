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

    /// <summary>ShareKeys: the site's two secrets in shares, one sealed for each other member.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As advertised.</param>
    /// <param name="adverts">Of all members, the site's own among them.</param>
    /// <returns>The site's secrets, its adverts with them; and the sealed shares by receiver, at most <see cref="CeremonyLimits.SealedShareBytesMax"/> bytes each.</returns>
    /// <exception cref="CeremonyException">An advert is invalid, or a key occurs twice.</exception>
    (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts);

    /// <summary>Takes the shares that the others sealed for the site.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As shared.</param>
    /// <param name="shares">By sender, of all who mask.</param>
    /// <returns>The site's secrets, the shares with them.</returns>
    /// <exception cref="CeremonyException">A share was not sealed for this site, in this ceremony, by its sender.</exception>
    byte[] ReceiveShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares);

    /// <summary>MaskedInput: the vector under the site's own mask and one for each other site that masks. Streams.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As received.</param>
    /// <param name="vector">The grid vector, ring words in little-endian order.</param>
    /// <param name="output">Receives as many bytes, piece by piece.</param>
    void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output);

    /// <summary>Unmask: for each site that masks one share, of its self-mask where it is a contributor, of its mask key where it is not.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As received.</param>
    /// <param name="contributors">Who is in the sum, and only they.</param>
    /// <param name="confirmedBy">Contributors whose signature over the list of contributors the caller has verified.</param>
    /// <exception cref="CeremonyException">The set has somebody who does not mask, or not the site itself.</exception>
    byte[] ReleaseShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> contributors, ImmutableSortedSet<SiloId> confirmedBy);

    /// <summary>The coordinator: takes the masks off a sealed sum. Streams.</summary>
    /// <exception cref="CeremonyException">The shares rebuild no secret that fits the adverts.</exception>
    void Unmask(UnmaskRequest request, Stream maskedSum, Stream output);
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
    /// <summary>How many shares rebuild a secret.</summary>
    public int Threshold => Parameters.ThresholdOf(Invited.Count);

    /// <summary>Of an attempt under a plan.</summary>
    public static CeremonyContext Of(JobPlan plan, Digest planHash, CollectionId id, Digest based) =>
        new(plan.Job, id, planHash, based, plan.RosterHash(), plan.InvitedTo(id), plan.SecAgg!, plan.Ring);
}

/// <summary>What the coordinator needs to open.</summary>
/// <param name="Context">Of the attempt.</param>
/// <param name="Adverts">Of all who shared their keys among each other.</param>
/// <param name="Maskers">Who masks.</param>
/// <param name="Contributors">Who is in the sum.</param>
/// <param name="Released">What contributors released, by site; at least the threshold.</param>
public sealed record UnmaskRequest(
    CeremonyContext Context,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Adverts,
    ImmutableSortedSet<SiloId> Maskers,
    ImmutableSortedSet<SiloId> Contributors,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Released);

/// <summary>Limits of what travels in a ceremony: anything larger is refused unread.</summary>
public static class CeremonyLimits
{
    /// <summary>An advert.</summary>
    public const int AdvertBytesMax = 512;

    /// <summary>The shares that one site seals for another.</summary>
    public const int SealedShareBytesMax = 512;

    /// <summary>Any answer of a site: <see cref="SecAggPlan.SitesMax"/> sealed shares with their names.</summary>
    public const int AnswerBytesMax = 64 * 1024;
}

/// <summary>Something of a ceremony does not fit: a bad key, a share for somebody else. The message names sites, never secrets.</summary>
public sealed class CeremonyException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The site whose doing it is, where that is known.</summary>
    public SiloId? Site { get; init; }
}
