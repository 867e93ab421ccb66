using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>
/// Which aggregator sums whose uploads, a public rule of the plan: a site's place in the roster, modulo the number of parts. A part's aggregator collects and adds up as one alone would, and hands a
/// signed partial sum to the aggregator proper, the root, which adds the parts, seals once, and is the only one that the coordinator hears of a sum from. Partial sums are never opened.
/// </summary>
public static class AggregatorTree
{
    /// <summary>Most parts that a plan may have.</summary>
    public const int PartsMax = 64;

    private const int LimitParts = 8, PartsShare = 7;   // what is left of the limit is the root's, for parts that come in at their deadline

    /// <summary>Why a plan's number of parts is not possible; null where it is.</summary>
    public static string? Refusal(JobPlan plan)
    {
        if (plan.Aggregators is not { } parts) return null;
        int most = Math.Min(PartsMax, plan.Roster.Length);
        if (most < 2) return $"the plan wants {parts} aggregators for {plan.Roster.Length} sites; one is enough";
        return parts < 2 || parts > most ? $"the plan wants {parts} aggregators for {plan.Roster.Length} sites; 2 to {most} are possible, or one without parts" : null;
    }

    /// <summary>The possible number of parts that is nearest to the plan's; null for one aggregator without parts.</summary>
    public static int? Nearest(JobPlan plan) => Math.Min(PartsMax, plan.Roster.Length) is var most and >= 2 && plan.Aggregators is > 1 ? most : null;

    /// <summary>Whom a site offers its uploads to.</summary>
    public static NodeAddress For(JobPlan plan, SiloId silo) => plan.Aggregators is { } parts ? NodeAddress.SubAggregator(PartOf(plan, silo, parts)) : NodeAddress.Aggregator;

    /// <summary>True for an aggregator of any plan, with parts or without.</summary>
    public static bool IsAggregator(NodeAddress address) => address == NodeAddress.Aggregator || Enumerable.Range(1, PartsMax).Any(part => address == NodeAddress.SubAggregator(part));

    /// <summary>The aggregators of a plan's parts; none where one aggregator does it all.</summary>
    public static IEnumerable<int> Parts(JobPlan plan) => Enumerable.Range(1, plan.Aggregators ?? 0);

    /// <summary>A collection as its aggregators are asked for it: one request, or the root's and one for each part that anybody is invited from.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="whole">The collection.</param>
    /// <remarks>
    /// A part closes when its share of the wanted number is in, rounded up, so that all parts together have at least the number; at its own deadline with whatever it has. Whether that is enough the root
    /// decides, at the collection's deadline.
    /// </remarks>
    public static IEnumerable<(NodeAddress To, CollectionRequest Request)> Requests(JobPlan plan, CollectionRequest whole)
    {
        if (plan.Aggregators is not { } count) return [(NodeAddress.Aggregator, whole)];
        ImmutableArray<AggregatorPart> parts =
        [
            .. whole.Invited.GroupBy(silo => PartOf(plan, silo, count)).OrderBy(static part => part.Key).Select(static part => new AggregatorPart(part.Key, [.. part])),
        ];
        return
        [
            (NodeAddress.Aggregator, whole with { Parts = parts, Retain = false }),
            .. parts.Select(part => (NodeAddress.SubAggregator(part.Number), OfPart(whole, part))),
        ];
    }

    private static CollectionRequest OfPart(CollectionRequest whole, AggregatorPart part) => whole with
    {
        Part = part.Number,
        Invited = part.Members,
        Target = (int)((((long)whole.Target * part.Members.Count) + whole.Invited.Count - 1) / whole.Invited.Count),
        Quorum = 1,
        Limit = whole.Limit / LimitParts * PartsShare,
        Kept = whole.Kept is { } kept ? [.. kept.Where(manifest => part.Members.Contains(manifest.Silo))] : null,
    };

    private static int PartOf(JobPlan plan, SiloId silo, int parts) => (plan.Silos.IndexOf(silo) % parts) + 1;
}

/// <summary>A part of a collection.</summary>
/// <param name="Number">Its aggregator's number, from 1.</param>
/// <param name="Members">Whose uploads it sums.</param>
public sealed record AggregatorPart(int Number, ImmutableSortedSet<SiloId> Members)
{
    /// <summary>The same part by content.</summary>
    public bool IsSame(AggregatorPart other) => Number == other.Number && Members.SetEquals(other.Members);
}

/// <summary>A partial sum as the root adds it.</summary>
/// <param name="Manifest">What its part says of it.</param>
/// <param name="Updates">Of how many updates it is the sum.</param>
public sealed record CountedPart(PartManifest Manifest, int Updates);

/// <summary>What a part's aggregator says of its partial sum, signed: over which uploads, and what came out.</summary>
/// <param name="Part">Its number.</param>
/// <param name="Job">For which job.</param>
/// <param name="Collection">For which attempt.</param>
/// <param name="Contributions">Hash of the list of uploads (<see cref="Ceremony.CeremonyId.OfList"/>).</param>
/// <param name="Sum">SHA-256 of the partial sum; empty where nobody contributed.</param>
/// <param name="Length">Its length in bytes; 0 where nobody contributed.</param>
/// <param name="Signature">The part's signature over <see cref="SignedContent"/>.</param>
public sealed record PartManifest(int Part, JobId Job, CollectionId Collection, Digest Contributions, Digest Sum, long Length, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The purpose under which partial sums are signed.</summary>
    public const string Purpose = "fedactors/part-manifest/1";

    /// <summary>The bytes that the signature covers: every other field.</summary>
    public byte[] SignedContent() => Encoding.UTF8.GetBytes($"{Part}\n{Job}\n{Collection}\n{Contributions}\n{Sum}\n{Length}");

    /// <summary>The same partial sum, whatever the bits of the signature.</summary>
    public bool IsSameSum(PartManifest other) => this with { Signature = other.Signature } == other;
}
