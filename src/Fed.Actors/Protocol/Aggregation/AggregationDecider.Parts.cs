using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Aggregation.AggregationCommand;
using static Fed.Actors.Protocol.Aggregation.AggregationEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Aggregation.AggregationEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Aggregation;

/// <content>
/// Partial sums. A part's aggregator seals its own as one alone would seal the sum, but for the last word: a younger attempt replaces it, since only the root decides. The root takes a partial sum for all the
/// uploads in it, so that quorum, deadline and set are judged as if each had come by itself. A part is asked again by the coordinator until the sum is sealed, and answers as before: nothing is owed in between.
/// </content>
public sealed partial class AggregationDecider
{
    private static Decided Offer(AggregationState state, OfferPart offer, DateTimeOffset now)
    {
        if (ChangesNothing(state, offer.Manifest)) return Decided.None;
        if (Refusal(state, offer.Manifest, offer.Contributions) is { } reason) return Answer(new Effect.Refused(reason));
        return offer.Contributions.IsEmpty
            ? Take(state, offer.Manifest, [], now)
            : Answer(new Effect.Work(new WorkItem.FetchPart(offer.Manifest, offer.Contributions)));
    }

    private static Decided Arrive(AggregationState state, PartArrived arrived, DateTimeOffset now)
    {
        if (ChangesNothing(state, arrived.Manifest)) return Decided.None;
        return Refusal(state, arrived.Manifest, arrived.Contributions) is { } reason
            ? Answer(new Effect.Refused(reason))
            : Take(state, arrived.Manifest, arrived.Contributions, now);
    }

    private static Decided Take(AggregationState state, PartManifest manifest, ImmutableArray<UpdateManifest> contributions, DateTimeOffset now)
    {
        Decided close = CloseIfComplete(Known(state, manifest.Collection).Accept(manifest, contributions, now));
        return new([new PartAccepted(manifest.Collection, manifest, contributions, now), .. close.Events], close.Effects);
    }

    /// <summary>True for what changes nothing: a partial sum that counts already, or of an attempt that is over here.</summary>
    private static bool ChangesNothing(AggregationState state, PartManifest manifest)
    {
        if (manifest.Collection.Round < state.ReleasedBelow || state.Find(manifest.Collection) is not { } collection) return true;
        return manifest.Collection.Attempt != collection.Id.Attempt
            || (collection.Parts.TryGetValue(manifest.Part, out PartManifest? known) ? known.IsSameSum(manifest) : collection.Phase != CollectionPhase.Collecting);
    }

    private static string? Refusal(AggregationState state, PartManifest manifest, ImmutableArray<UpdateManifest> contributions)
    {
        Collection collection = Known(state, manifest.Collection);
        if (collection.Parts.ContainsKey(manifest.Part)) return $"another partial sum of part {manifest.Part} to {collection.Id}: one is accepted";
        ImmutableSortedSet<SiloId> members = collection.MembersOf(manifest.Part);
        if (members.IsEmpty) return $"a partial sum of part {manifest.Part} to {collection.Id}, which has no such part";
        if (CeremonyId.OfList(collection.Id, contributions) != manifest.Contributions) return $"a partial sum of part {manifest.Part} over other updates than it signed";
        long expected = contributions.IsEmpty ? 0 : collection.Request.Shape.PartBytes;
        if (manifest.Length != expected) return $"a partial sum of part {manifest.Part} with {manifest.Length} bytes; {expected} are expected";
        for (int i = 0; i < contributions.Length; i++)
        {
            UpdateManifest update = contributions[i];
            if (i > 0 && update.Silo.CompareTo(contributions[i - 1].Silo) <= 0) return $"a partial sum of part {manifest.Part} over updates that are not in order";
            if (!members.Contains(update.Silo)) return $"a partial sum of part {manifest.Part} with '{update.Silo}', which is not of this part";
            bool isOurs = update.Job == collection.Request.Job && update.Round == collection.Id.Round && update.Sum == collection.Id.Sum;
            if (!isOurs) return $"a partial sum of part {manifest.Part} with an update of '{update.Silo}' to another sum";
            if ((Kept(collection.Request, update.Silo) is { } kept ? OtherThan(kept, update) : Misfit(collection.Request, update)) is { } misfit) return $"a partial sum of part {manifest.Part} with an update of '{update.Silo}': {misfit}";
        }

        return null;
    }

    /// <summary>Where S is fixed: what was sealed of a site that does not encrypt anew.</summary>
    private static UpdateManifest? Kept(CollectionRequest request, SiloId silo) => request.Kept?.FirstOrDefault(manifest => manifest.Silo == silo);

    private static string? OtherThan(UpdateManifest kept, UpdateManifest update) => kept.IsSameUpdate(update) ? null : "another was sealed before, and counts again";

    private static ProtocolMessage.PartSealed PartOutcome(Collection c, int part)
    {
        ImmutableArray<UpdateManifest> contributions = c.Phase == CollectionPhase.Sealed ? [.. c.Accepted.Values] : [];
        PartManifest manifest = new(
            part, c.Request.Job, c.Id, CeremonyId.OfList(c.Id, contributions), c.Sum, contributions.IsEmpty ? 0 : c.Request.Shape.PartBytes, ReadOnlyMemory<byte>.Empty);   // the shell signs
        return new(c.Request.Job, manifest, contributions);
    }

    /// <summary>
    /// The root can be done, or at a younger attempt, while a part still makes its sum. Nothing will name it; unless something has the same bytes, or may have once the sum is made that is under way, it goes.
    /// </summary>
    private static Decided DropUnwanted(AggregationState state, SumStored stored)
    {
        bool isNamed = !stored.IsPartial || state.Retained.Values.Any(round => round.Contains(stored.Sum))
            || state.Collections.Values.Any(c => c.Phase == CollectionPhase.Closing || c.Sum == stored.Sum || c.Superseded.Contains(stored.Sum) || c.Accepted.Values.Any(m => m.Hash == stored.Sum));
        return isNamed ? Decided.None : Answer(new Effect.Work(new WorkItem.DropSum(stored.Collection, stored.Sum)));
    }

    /// <summary>Partial sums of a part's older attempts, which a younger one replaces.</summary>
    private static ImmutableArray<Digest> SumsBefore(AggregationState state, CollectionId id) =>
        state.Find(id) is { } older ? older.Phase == CollectionPhase.Sealed ? [.. older.Superseded, older.Sum] : older.Superseded : [];

    /// <summary>Sums of rounds that are closed, of use to nobody: partial ones, sums that were encrypted anew, and ciphertexts, which are opened or never will be.</summary>
    private static IEnumerable<Digest> ClosedSums(AggregationState state, int throughRound) =>
        state.Collections.Values.Where(c => c.Id.Round <= throughRound).SelectMany(static c => c.Phase == CollectionPhase.Sealed && GoesWithRound(c) ? c.Superseded.Add(c.Sum) : c.Superseded);

    private static bool GoesWithRound(Collection c) => c.Request.Part is not null || c.Request.Shape.Terms is not null;
}
