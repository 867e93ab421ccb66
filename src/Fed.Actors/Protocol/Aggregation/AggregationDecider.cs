using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Aggregation.AggregationCommand;
using static Fed.Actors.Protocol.Aggregation.AggregationEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Aggregation.AggregationEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>
/// Collects contributions, decides which count, and seals their sum. It alone decides whether an attempt is sealed or failed, so that no coordinator can
/// restart an attempt whose sum exists. A table of (phase, command); see docs/protocol.md.
/// </summary>
public sealed partial class AggregationDecider : IDecider<AggregationState, AggregationCommand, AggregationEvent, Effect>
{
    private const string DeadlineTimer = "collection-deadline/";

    /// <summary>Commands that may fail to be decided while a collection is open; with as many the attempt fails, not the node.</summary>
    public const int RejectionsMax = 3;

    private AggregationDecider()
    {
    }

    /// <inheritdoc/>
    public static AggregationState Initial { get; } = new(ImmutableSortedDictionary<(int, string), Collection>.Empty, 0, ImmutableSortedDictionary<int, ImmutableArray<Digest>>.Empty);

    /// <inheritdoc/>
    public static ImmutableArray<AggregationEvent> Rejected(AggregationState state, AggregationCommand command, string reason, DateTimeOffset now) =>
        state.Rejections < RejectionsMax ? [new CommandRejected(command.GetType().Name, reason, now)] : [];

    /// <inheritdoc/>
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        if (state.Leaders.Refusal(command.From) is { } stale) return new([], [new Effect.Refused(stale)]);
        return state.Leaders.IsNews(command.From) && command.From is { } leader
            ? PeerEpochs.After(new LeaderSeen(leader.Address.Value, leader.Epoch), Judge(state, command, now))
            : Judge(state, command, now);
    }

    /// <inheritdoc/>
    public static ImmutableArray<AggregationEvent> Lead(AggregationState state, Term term, DateTimeOffset now) => [new LeadershipTaken(term.Epoch, term.Holder, now)];

    private static Decided Judge(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        state.Rejections >= RejectionsMax && state.Collections.Values.FirstOrDefault(static c => c.Phase == CollectionPhase.Collecting) is { } open
            ? Fail(open, $"{state.Rejections} commands could not be decided; the journal has them")
            : Answer(state, command, now);

    private static Decided Answer(AggregationState state, AggregationCommand command, DateTimeOffset now) => command switch
    {
        OpenCollection open => Open(state, open.Request, now),
        OfferUpdate offer => Offer(state, offer),
        UpdateArrived arrived => Arrive(state, arrived, now),
        DeclineUpdate decline => Decline(state, decline, now),
        OfferPart offer => Offer(state, offer, now),
        PartArrived arrived => Arrive(state, arrived, now),
        SumStored stored => Seal(state, stored),
        UpdateUnfit unfit => Refuse(unfit.Collection, unfit.Manifest, unfit.Reason),
        SumLost lost when state.Find(lost.Collection) is { Phase: CollectionPhase.Closing } closing && closing.Id == lost.Collection
            => Fail(closing, lost.Reason),
        SumLost => Decided.None,
        TimerDue due => Ring(state, due.Id),
        Resumed => Resume(state, now),
        ReleaseRound release => Release(state, release),
        _ => throw new UnreachableException(command.GetType().Name),
    };

    /// <inheritdoc/>
    public static AggregationState Evolve(AggregationState state, AggregationEvent happened) => happened switch
    {
        CollectionOpened e => (state with { Rejections = 0 }).With(New(e) with { Superseded = SumsBefore(state, e.Request.Collection) }),
        CommandRejected => state with { Rejections = state.Rejections + 1 },
        UpdateAccepted e => state.With(Known(state, e.Collection).Accept(e.Manifest, e.At)),
        PartAccepted e => state.With(Known(state, e.Collection).Accept(e.Manifest, e.Contributions, e.At)),
        UpdateDeclined e => state.With(Known(state, e.Collection).Decline(e.Silo, e.At)),
        DeadlineExtended e => state.With(Known(state, e.Collection) with { Deadline = e.Deadline, LastEventAt = e.At }),
        CollectionClosed e => state.With(Known(state, e.Collection) with { Phase = CollectionPhase.Closing }),
        SumSealed e => Retain(state, Known(state, e.Collection) with { Phase = CollectionPhase.Sealed, Sum = e.Sum }),
        CollectionFailed e => state.With(Known(state, e.Collection) with { Phase = CollectionPhase.Failed, Failure = e.Reason }),
        RoundReleased e => state with
        {
            ReleasedBelow = Math.Max(state.ReleasedBelow, e.Round + 1),
            Collections = state.Collections.RemoveRange(state.Collections.Keys.Where(key => key.Round <= e.Round)),
            Retained = state.Retained.RemoveRange(state.Retained.Keys.Where(round => round < e.RetainFrom)),
        },
        LeadershipTaken => state,
        LeaderSeen e => state with { Leaders = state.Leaders.SetItem(e.Peer, e.Epoch) },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <inheritdoc/>
    /// <remarks>A deadline is not restarted here: <see cref="Resumed"/> first moves it by the time for which nobody led.</remarks>
    public static ImmutableArray<Effect> Outstanding(AggregationState state, DateTimeOffset now) =>
        [.. state.Collections.Values.Where(static c => c.Phase == CollectionPhase.Closing).Select(static c => SealEffect(c))];

    private static Decided Open(AggregationState state, CollectionRequest request, DateTimeOffset now)
    {
        CollectionId id = request.Collection;
        if (id.Round < state.ReleasedBelow) return Decided.None;
        Collection? known = state.Find(id);
        if (known is not null && known.Id == id && !known.Request.IsSameRequest(request)) return Answer(new Effect.Refused($"another request for collection {id}"));
        if (known is not null && known.Id == id)
            return Outcome(known) is { } outcome ? Answer(outcome) : Decided.None;
        bool isOver = known is not null && (known.Id.Attempt > id.Attempt || (known.Phase == CollectionPhase.Sealed && request.Part is null && !IsSameSum(known, request)));
        if (isOver) return Decided.None;   // an old attempt's request, late; or a sum that is sealed and stays so

        // A younger attempt while the older one still collects: the coordinator only starts one after our own failure report, which we then must have journaled; a part hears of the root's in this way.
        bool isUnderWay = known is { Phase: CollectionPhase.Closing } or { Phase: CollectionPhase.Collecting, Request.Part: null };
        if (isUnderWay) return Decided.None;
        CollectionOpened opened = new(request, now, now + request.Limit);
        Collection collection = New(opened);
        ImmutableArray<Effect> before = known is { Phase: CollectionPhase.Collecting } older ? [new Effect.CancelTimer(DeadlineTimer + older.Id)] : [];
        if (collection.Accepted.Count < Math.Max(1, request.Target)) return new([opened], [.. before, new Effect.StartTimer(DeadlineTimer + id, request.Limit)]);
        Decided close = Close(collection);   // a part none of whose sites encrypts anew: nothing will come
        return new([opened, .. close.Events], [.. before, .. close.Effects]);
    }

    /// <summary>What is kept counts from the beginning where it lies: at a root, which has no uploads, with its part's sum.</summary>
    private static Collection New(CollectionOpened opened)
    {
        ImmutableArray<UpdateManifest> kept = opened.Request.Parts is null ? opened.Request.Kept ?? [] : [];
        return new(opened.Request, CollectionPhase.Collecting, opened.Deadline, opened.At, kept.ToImmutableSortedDictionary(static m => m.Silo, static m => m), [], default, null);
    }

    /// <summary>A sealed sum is added up again only for the very contributors that are in it, encrypted anew.</summary>
    private static bool IsSameSum(Collection known, CollectionRequest request) =>
        request.Kept is { } kept && request.Invited.SetEquals(known.Accepted.Keys) && request.Quorum == known.Accepted.Count
        && kept.All(manifest => known.Accepted.TryGetValue(manifest.Silo, out UpdateManifest? before) && before.IsSameUpdate(manifest));

    private static Decided Offer(AggregationState state, OfferUpdate offer)
    {
        UpdateManifest manifest = offer.Manifest;
        if (Refusal(state, offer.Collection, manifest) is { } reason) return Refuse(offer.Collection, manifest, reason);
        Collection collection = Known(state, offer.Collection);
        if (collection.Accepted.ContainsKey(manifest.Silo)) return Accept(offer.Collection, manifest);
        return Answer(new Effect.Work(new WorkItem.FetchUpdate(offer.Collection, collection.Request.Shape, manifest, offer.Head)));
    }

    private static Decided Arrive(AggregationState state, UpdateArrived arrived, DateTimeOffset now)
    {
        UpdateManifest manifest = arrived.Manifest;
        if (Refusal(state, arrived.Collection, manifest) is { } reason) return Refuse(arrived.Collection, manifest, reason);
        Collection collection = Known(state, arrived.Collection);
        if (collection.Accepted.ContainsKey(manifest.Silo)) return Accept(arrived.Collection, manifest);
        UpdateAccepted accepted = new(collection.Id, manifest, arrived.Head, now);
        Decided close = CloseIfComplete(collection.Accept(manifest, now));
        return new(
            [accepted, .. close.Events],
            [new Effect.Work(new WorkItem.AddToSum(collection.Id, collection.Request.Shape, manifest)), .. Accept(collection.Id, manifest).Effects, .. close.Effects]);
    }

    /// <summary>Why a contribution does not count, in whatever phase; null when it does or may.</summary>
    private static string? Refusal(AggregationState state, CollectionId id, UpdateManifest manifest)
    {
        if (id.Round < state.ReleasedBelow) return $"round {id.Round} is closed";
        if (state.Find(id) is not { } collection) return $"round {id.Round} collects no '{id.Sum}'";
        CollectionRequest request = collection.Request;
        bool isStored = collection.Accepted.TryGetValue(manifest.Silo, out UpdateManifest? stored);
        if (isStored && stored!.IsSameUpdate(manifest) && id.Attempt == collection.Id.Attempt) return null;
        if (isStored) return id.Attempt == collection.Id.Attempt ? "another update of this silo is already stored" : $"attempt {id.Attempt} is not open: {collection.Id.Attempt} is";
        if (id.Attempt != collection.Id.Attempt) return $"attempt {id.Attempt} is not open: {collection.Id.Attempt} is";
        if (manifest.Round != id.Round || manifest.Sum != id.Sum) return "the manifest belongs to another sum";
        if (!request.Invited.Contains(manifest.Silo)) return "this silo is not invited to this attempt";
        if (request.Parts is not null) return "this silo's updates are summed by the aggregator of its part";
        if (collection.Declined.Contains(manifest.Silo)) return "this silo has declined this attempt";
        return Misfit(request, manifest) ?? (collection.Phase == CollectionPhase.Collecting ? null : $"the collection is {Word(collection.Phase)}");
    }

    /// <summary>Why an update is not one to this sum; null where it is.</summary>
    private static string? Misfit(CollectionRequest request, UpdateManifest manifest)
    {
        if (manifest.Plan != request.Plan) return "the update was computed under another plan";
        if (manifest.Base != request.Base) return "the update was computed from another base model";
        if (manifest.Ceremony != request.Ceremony) return "the update was protected in another ceremony";
        if (manifest.Schema != request.Shape.Schema) return "the update has another schema";
        return manifest.Length == request.Shape.ContributionBytes ? null : $"the update has {manifest.Length} bytes, and {request.Shape.ContributionBytes} are expected";
    }

    private static Decided Decline(AggregationState state, DeclineUpdate decline, DateTimeOffset now)
    {
        if (state.Find(decline.Collection) is not { Phase: CollectionPhase.Collecting, Request.Parts: null } collection || collection.Id != decline.Collection) return Decided.None;
        bool counts = collection.Request.Invited.Contains(decline.Silo) && !collection.Declined.Contains(decline.Silo) && !collection.Accepted.ContainsKey(decline.Silo);
        if (!counts) return Decided.None;
        Decided close = CloseIfComplete(collection.Decline(decline.Silo, now));
        return new([new UpdateDeclined(collection.Id, decline.Silo, now), .. close.Events], close.Effects);
    }

    /// <summary>Closes early when the wanted number is in, or when everybody has answered.</summary>
    private static Decided CloseIfComplete(Collection collection)
    {
        if (collection.Accepted.Count >= collection.Request.Target) return Close(collection);
        if (!collection.AllAnswered) return new([], []);
        return collection.Accepted.Count >= collection.Request.Quorum
            ? Close(collection)
            : Fail(collection, $"{collection.Accepted.Count} of {collection.Request.Quorum} updates, and every invited silo has answered");
    }

    private static Decided Close(Collection collection) =>
        new([new CollectionClosed(collection.Id, [.. collection.Accepted.Keys])], [new Effect.CancelTimer(DeadlineTimer + collection.Id), SealEffect(collection)]);

    private static Decided Fail(Collection collection, string reason) =>
        new(
            [new CollectionFailed(collection.Id, reason)],
            [new Effect.CancelTimer(DeadlineTimer + collection.Id), Outcome(collection with { Phase = CollectionPhase.Failed, Failure = reason })!]);

    private static Decided Seal(AggregationState state, SumStored stored)
    {
        if (state.Find(stored.Collection) is not { } collection || collection.Id != stored.Collection) return DropUnwanted(state, stored);
        if (collection.Phase == CollectionPhase.Sealed && collection.Sum != stored.Sum)
            throw new InvalidOperationException($"collection {collection.Id} was sealed with sum {collection.Sum}, and now {stored.Sum}");
        if (collection.Phase != CollectionPhase.Closing) return Decided.None;
        Collection done = collection with { Phase = CollectionPhase.Sealed, Sum = stored.Sum };
        return new([new SumSealed(collection.Id, [.. collection.Accepted.Keys], stored.Sum)], [Outcome(done)!]);
    }

    private static Decided Ring(AggregationState state, string timer)
    {
        Collection? collection = state.Collections.Values.FirstOrDefault(c => DeadlineTimer + c.Id == timer);
        if (collection is not { Phase: CollectionPhase.Collecting }) return Decided.None;
        return collection.Accepted.Count >= collection.Request.Quorum
            ? Close(collection)
            : Fail(collection, $"{collection.Accepted.Count} of {collection.Request.Quorum} updates at the deadline");
    }

    private static Decided Resume(AggregationState state, DateTimeOffset now)
    {
        ImmutableArray<AggregationEvent>.Builder events = ImmutableArray.CreateBuilder<AggregationEvent>();
        ImmutableArray<Effect>.Builder effects = ImmutableArray.CreateBuilder<Effect>();
        foreach (Collection collection in state.Collections.Values.Where(static c => c.Phase == CollectionPhase.Collecting))
        {
            // What was left when something last happened: both are times of one leader's clock, which may be any other's, so only their difference counts, and never more than the whole.
            TimeSpan limit = collection.Request.Limit, difference = collection.Deadline - collection.LastEventAt;
            TimeSpan left = TimeSpan.FromTicks(Math.Clamp(difference.Ticks, 0, limit.Ticks));
            DateTimeOffset deadline = now + left;
            events.Add(new DeadlineExtended(collection.Id, now, deadline));
            effects.Add(new Effect.StartTimer(DeadlineTimer + collection.Id, left));
            if (collection.Request.Parts is not null) continue;   // partial sums are added up when all are in
            foreach (UpdateManifest manifest in collection.Accepted.Values) effects.Add(new Effect.Work(new WorkItem.AddToSum(collection.Id, collection.Request.Shape, manifest)));
        }
        return new(events.ToImmutable(), effects.ToImmutable());
    }

    private static Decided Release(AggregationState state, ReleaseRound release)
    {
        Effect.Send done = new(NodeAddress.Coordinator, new ProtocolMessage.RoundReleased(release.Job, release.Round, release.Part));
        if (release.Round < state.ReleasedBelow) return Answer(done);

        // A cancelled round can end while its sum is being made: the release is repeated, and by then an event names what was made.
        if (state.Collections.Values.Any(c => c.Id.Round <= release.Round && c.Phase == CollectionPhase.Closing)) return Decided.None;

        // A later round may hold the same bytes (a site that counts the same rows each time), and be closing just now, its sum made but not yet journaled.
        IEnumerable<Collection> later = state.Collections.Values.Where(c => c.Id.Round > release.Round);
        ImmutableHashSet<Digest> kept =
        [
            .. state.Retained.Where(pair => pair.Key >= release.RetainFrom).SelectMany(static pair => pair.Value),
            .. later.SelectMany(static c => c.Accepted.Values.Select(static m => m.Hash).Append(c.Sum).Concat(c.Superseded)),
        ];
        IEnumerable<Digest> old = state.Retained.Where(pair => pair.Key < release.RetainFrom).SelectMany(static pair => pair.Value);
        ImmutableArray<Digest> dropped = [.. old.Concat(ClosedSums(state, release.Round)).Distinct().Where(hash => !kept.Contains(hash)).Order()];
        return new([new RoundReleased(release.Round, release.RetainFrom)], [new Effect.Work(new WorkItem.DiscardRound(release.Round, dropped)), done]);
    }

    private static AggregationState Retain(AggregationState state, Collection collection)
    {
        state = state.With(collection);
        if (!collection.Request.Retain) return state;
        ImmutableArray<Digest> before = state.Retained.GetValueOrDefault(collection.Id.Round, []);
        return state with { Retained = state.Retained.SetItem(collection.Id.Round, [.. before, .. collection.Accepted.Values.Select(static m => m.Hash).Where(hash => hash != collection.Sum || collection.Request.Part is not null)]) };
    }

    private static Effect.Work SealEffect(Collection c) => new(c.Request.Parts is null
        ? new WorkItem.SealSum(c.Id, c.Request.Shape, [.. c.Accepted.Values], c.Request.Retain)
        : new WorkItem.SealParts(c.Id, c.Request.Shape, [.. c.Parts.Values.Where(static part => part.Length > 0).Select(part => new CountedPart(part, c.MembersOf(part.Part).Count(c.Accepted.ContainsKey)))]));

    /// <summary>What is said of a collection that is over; null while it is not.</summary>
    private static Effect.Send? Outcome(Collection c) => (c.Phase, c.Request.Part) switch
    {
        (CollectionPhase.Sealed or CollectionPhase.Failed, { } part) => new(NodeAddress.Aggregator, PartOutcome(c, part)),
        (CollectionPhase.Sealed, _) => new(NodeAddress.Coordinator, new ProtocolMessage.CollectionSealed(c.Request.Job, c.Id, [.. c.Accepted.Values], c.Sum)),
        (CollectionPhase.Failed, _) => new(NodeAddress.Coordinator, new ProtocolMessage.CollectionFailed(c.Request.Job, c.Id, c.Failure!)),
        _ => null,
    };

    private static Decided Accept(CollectionId id, UpdateManifest manifest) =>
        Answer(new Effect.Send(NodeAddress.Silo(manifest.Silo.Value), new ProtocolMessage.UpdateAnswer(manifest.Job, id, manifest.Silo, manifest.Hash, null)));

    private static Decided Refuse(CollectionId id, UpdateManifest manifest, string reason) =>
        Answer(new Effect.Send(NodeAddress.Silo(manifest.Silo.Value), new ProtocolMessage.UpdateAnswer(manifest.Job, id, manifest.Silo, manifest.Hash, reason)));

    private static Decided Answer(Effect effect) => new([], [effect]);

    private static Collection Known(AggregationState state, CollectionId id) =>
        state.Find(id) ?? throw new InvalidOperationException($"no collection {id}");

    private static string Word(CollectionPhase phase) => phase.ToString().ToLowerInvariant();
}
