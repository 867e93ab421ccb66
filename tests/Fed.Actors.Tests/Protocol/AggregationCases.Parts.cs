using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Aggregation.AggregationCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <content>A tree: part 1 has a and c, part 2 has b. Two of the three sites are enough.</content>
internal static partial class AggregationCases
{
    private static readonly ImmutableArray<AggregatorPart> Parts = [new(1, [A, C]), new(2, [B])];

    public static DeciderCases<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent> Root { get; } = new(
        [
            ("Collecting", Walk(BeginRoot)),
            ("Collecting, one part in", Walk(BeginRoot, ArrivedPart(1, A, C))),
            ("Collecting, S fixed", Walk(BeginRootAnew)),
            ("Closing", Walk(BeginRoot, ArrivedPart(1, A, C), ArrivedPart(2, B))),
            ("Closing, S fixed", Walk(BeginRootAnew, ArrivedPart(1, A, C), ArrivedKept)),
            ("Sealed", Walk(BeginRoot, ArrivedPart(1, A, C), ArrivedPart(2, B), Store)),
            ("Failed", Walk(BeginRoot, ArrivedPart(1, A), Deadline)),
            ("Released", Walk(BeginRoot, ArrivedPart(1, A, C), ArrivedPart(2, B), Store, Release)),
        ],
        [
            ("", BeginRoot),
            ("other parts", s => new OpenCollection(Request(Present(s)) with { Parts = [new(1, [A]), new(2, [B, C])] })),
            ("next attempt", s => new OpenCollection(Request(Next(s)) with { Parts = Parts })),
            ("of a site", s => Offer(Present(s), B)),
            ("of a site", s => new DeclineUpdate(Present(s), B)),
            ("part 1", OfferedPart(1, A, C)),
            ("part 2", OfferedPart(2, B)),
            ("part 2, without anybody", OfferedPart(2)),
            ("part 1, another sum", s => Offered(s, 1, "another sum", A, C)),
            ("part 2, with a member of part 1", OfferedPart(2, A)),
            ("part 3", OfferedPart(3, B)),
            ("part 2, another list than signed", s => new OfferPart(PartOf(s, 2, "sum", []), [Manifest(B, Present(s), PlanHash, Base)])),
            ("part 2, another base", s => new OfferPart(PartOf(s, 2, "sum", [Manifest(B, Present(s), PlanHash, Hash("other"))]), [Manifest(B, Present(s), PlanHash, Hash("other"))])),
            ("part 2, too long", s => new OfferPart(PartOf(s, 2, "sum", Updates(s, B)) with { Length = 24 }, Updates(s, B))),
            ("part 2, as it was sealed", s => new OfferPart(PartOf(s, 2, "sum", [Kept(s, B)]), [Kept(s, B)])),
            ("another attempt", s => new OfferPart(PartOf(s, 2, "sum", Updates(s, B)) with { Collection = Next(s) }, Updates(s, B))),
            ("part 1", ArrivedPart(1, A, C)),
            ("part 2", ArrivedPart(2, B)),
            ("part 2, as it was sealed", ArrivedKept),
            ("", Store),
            ("", s => new SumLost(Present(s), "the accepted partial sum of part 1 is lost")),
            ("deadline", Deadline),
            ("", _ => new Resumed()),
            ("", Release),
        ],
        ProtocolSerializers.Aggregation);

    public static DeciderCases<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent> Part { get; } = new(
        [
            ("Collecting", Walk(BeginPart)),
            ("Collecting, one missing", Walk(BeginPart, Arrived(A))),
            ("Collecting, one kept", Walk(s => new OpenCollection(OfPart(Present(s)) with { Kept = [Kept(s, C)] }))),
            ("Closing", Walk(BeginPart, Arrived(A), Arrived(C))),
            ("Sealed", Walk(BeginPart, Arrived(A), Arrived(C), Store)),
            ("Failed", Walk(BeginPart, Deadline)),
            ("Released", Walk(BeginPart, Arrived(A), Arrived(C), Store, Release)),
        ],
        [
            ("", BeginPart),
            ("next attempt", s => new OpenCollection(OfPart(Next(s)))),
            ("next attempt, one kept", s => new OpenCollection(OfPart(Next(s)) with { Kept = [Kept(s, C)] })),
            ("next attempt, all kept", s => new OpenCollection(OfPart(Next(s)) with { Kept = [Kept(s, A), Kept(s, C)] })),
            ("new", s => Offer(Present(s), A)),
            ("of another part", s => Offer(Present(s), B)),
            ("new", Arrived(C)),
            ("", s => new DeclineUpdate(Present(s), C)),
            ("", Store),
            ("", s => new SumLost(Present(s), "the accepted update of 'a' is lost")),
            ("deadline", Deadline),
            ("", _ => new Resumed()),
            ("", Release),
        ],
        ProtocolSerializers.Aggregation);

    private static AggregationCommand BeginRoot(AggregationState state) => new OpenCollection(Request(Present(state)) with { Parts = Parts, Retain = false });

    /// <summary>An opener was lost: a and c encrypt anew, what was sealed of b counts again.</summary>
    private static AggregationCommand BeginRootAnew(AggregationState state) =>
        new OpenCollection(Request(Present(state)) with { Parts = Parts, Retain = false, Target = 3, Quorum = 3, Kept = [Kept(state, B)] });

    private static AggregationCommand ArrivedKept(AggregationState state) => new PartArrived(PartOf(state, 2, "sum", [Kept(state, B)]), [Kept(state, B)]);

    private static UpdateManifest Kept(AggregationState state, SiloId silo) => Manifest(silo, Present(state), PlanHash, Base, "sealed before") with { Ceremony = Hash("the list of then") };

    private static AggregationCommand BeginPart(AggregationState state) => new OpenCollection(OfPart(Present(state)));

    private static CollectionRequest OfPart(CollectionId id) => Request(id) with { Part = 1, Invited = [A, C], Target = 2, Quorum = 1 };

    private static Func<AggregationState, AggregationCommand> OfferedPart(int part, params SiloId[] silos) => state => Offered(state, part, "sum", silos);

    private static OfferPart Offered(AggregationState state, int part, string sum, params SiloId[] silos) => new(PartOf(state, part, sum, Updates(state, silos)), Updates(state, silos));

    private static Func<AggregationState, AggregationCommand> ArrivedPart(int part, params SiloId[] silos) =>
        state => new PartArrived(PartOf(state, part, "sum", Updates(state, silos)), Updates(state, silos));

    private static ImmutableArray<UpdateManifest> Updates(AggregationState state, params SiloId[] silos) => [.. silos.Select(silo => Manifest(silo, Present(state), PlanHash, Base))];

    private static PartManifest PartOf(AggregationState state, int part, string sum, ImmutableArray<UpdateManifest> updates) =>
        new(part, Job, Present(state), CeremonyId.OfList(Present(state), updates), Hash($"{sum} of part {part}"), updates.IsEmpty ? 0 : 16, new byte[] { 1 });
}
