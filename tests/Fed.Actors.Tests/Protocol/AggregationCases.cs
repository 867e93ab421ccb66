using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Vectors;
using static Fed.Actors.Protocol.Aggregation.AggregationCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Phases and commands of an aggregator: its phase is that of the collection asked about, which may be unknown or of a released round.</summary>
internal static partial class AggregationCases
{
    private static readonly Digest PlanHash = Hash("plan");
    private static readonly Digest Base = Hash("base");

    public static DeciderCases<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent> All { get; } = new(
        [
            ("Unknown", AggregationDecider.Initial),
            ("Collecting", Walk(Begin, Arrived(A))),
            ("Collecting, one missing", Walk(Begin, Arrived(A), Arrived(B))),
            ("Closing", Walk(Begin, Arrived(A), Arrived(B), Arrived(C))),
            ("Sealed", Walk(Begin, Arrived(A), Arrived(B), Arrived(C), Store)),
            ("Failed", Walk(Begin, Arrived(A), Deadline)),
            ("Released", Walk(Begin, Arrived(A), Arrived(B), Arrived(C), Store, Release)),
        ],
        [
            ("", Begin),
            ("other content", s => new OpenCollection(Request(Present(s), "other"))),
            ("what is sealed, anew", s => new OpenCollection(Request(Next(s)) with { Invited = [A, B, C], Quorum = 3, Kept = [Manifest(C, Present(s), PlanHash, Base)] })),
            ("one of what is sealed, anew", s => new OpenCollection(Request(Next(s)) with { Invited = [A, B], Quorum = 2, Kept = [] })),
            ("next attempt", s => new OpenCollection(Request(Next(s)))),
            ("stored", s => Offer(Present(s), A)),
            ("new", s => Offer(Present(s), B)),
            ("other content", s => Offer(Present(s), A, "other")),
            ("another attempt", s => Offer(Next(s), B)),
            ("a stranger", s => Offer(Present(s), new SiloId("stranger"))),
            ("stored", Arrived(A)),
            ("new", Arrived(B)),
            ("another new", Arrived(C)),
            ("", s => new UpdateUnfit(Present(s), Manifest(A, Present(s), PlanHash, Base), "not what its site committed to")),
            ("other content", s => new UpdateArrived(Present(s), Manifest(A, Present(s), PlanHash, Base, "other"), null)),
            ("new", s => new DeclineUpdate(Present(s), B)),
            ("stored", s => new DeclineUpdate(Present(s), A)),
            ("a stranger", s => new DeclineUpdate(Present(s), new SiloId("stranger"))),
            ("no parts", OfferedPart(1, A)),
            ("no parts", ArrivedPart(1, A)),
            ("", Store),
            ("another sum", s => new SumStored(Present(s), Hash("another sum"))),
            ("another attempt", s => new SumStored(Next(s), Hash("sum"))),
            ("", s => new SumLost(Present(s), "the accepted update of 'a' is lost")),
            ("another attempt", s => new SumLost(Next(s), "late")),
            ("deadline", Deadline),
            ("another attempt", s => new TimerDue($"collection-deadline/{Next(s)}")),
            ("", _ => new Resumed()),
            ("", Release),
            ("of a new leader", s => Begin(s).SentBy(NextEpoch(s.Leaders, NodeAddress.Coordinator))),
            ("of a leader of yesterday", s => Begin(s).SentBy(LastEpoch(s.Leaders, NodeAddress.Coordinator))),
        ],
        ProtocolSerializers.Aggregation);

    /// <summary>The newest collection, and the first one before there is any.</summary>
    private static CollectionId Present(AggregationState state) => state.Collections.IsEmpty ? new(1, 1, "training") : state.Collections.Values.Last().Id;

    private static CollectionId Next(AggregationState state) => Present(state) with { Attempt = Present(state).Attempt + 1 };

    private static CollectionRequest Request(CollectionId id, string based = "base") => new(
        Job, id, PlanHash, Hash(based), new SumShape(RingWidth.Ring64, 2, Schema), [A, B, C], 3, 2, TimeSpan.FromSeconds(60), true);

    private static AggregationCommand Begin(AggregationState state) => new OpenCollection(Request(Present(state)));

    private static OfferUpdate Offer(CollectionId id, SiloId silo, string content = "update") => new(id, Manifest(silo, id, PlanHash, Base, content), null);

    private static Func<AggregationState, AggregationCommand> Arrived(SiloId silo) =>
        state => new UpdateArrived(Present(state), Manifest(silo, Present(state), PlanHash, Base), new SignedHead("silo/" + silo, 4, Hash("head"), Hash("key"), [1]));

    private static AggregationCommand Store(AggregationState state) => new SumStored(Present(state), Hash("sum"));

    private static AggregationCommand Deadline(AggregationState state) => new TimerDue($"collection-deadline/{Present(state)}");

    private static AggregationCommand Release(AggregationState state) => new ReleaseRound(Job, Present(state).Round, Present(state).Round - 1);

    private static AggregationState Walk(params Func<AggregationState, AggregationCommand>[] steps) => steps.Aggregate(
        AggregationDecider.Initial,
        (state, step) => When<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent, Effect>(state, step == Deadline ? Start.AddDays(1) : Start, step(state)).State);
}
