using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.TestKit.Federation.Checks;

/// <content>
/// A tree of aggregators: each update is counted by its own part and no other, and the root counts what a part has on disk. The set that is sealed is the union of what the root counts.
/// </content>
internal sealed partial class JobChecks
{
    private readonly Dictionary<CollectionId, SortedDictionary<SiloId, Digest>> _counted = [];
    private readonly Dictionary<(int Part, CollectionId Collection), SortedDictionary<SiloId, Digest>> _ofPart = [];
    private readonly Dictionary<(int Part, CollectionId Collection), AggregationEvent.SumSealed> _partSums = [];
    private readonly Dictionary<int, int> _partsReleased = [];

    private bool HasParts => _job.Plan.Aggregators is not null;

    /// <summary>The newest round that every part has released.</summary>
    private int PartsReleasedThrough => AggregatorTree.Parts(_job.Plan).Select(part => _partsReleased.GetValueOrDefault(part, -1)).DefaultIfEmpty(int.MaxValue).Min();

    /// <summary>What the aggregator counts: of a root, what came in partial sums.</summary>
    private SortedDictionary<SiloId, Digest> Counted(CollectionId collection)
    {
        if (!HasParts) return Accepted(collection);
        if (!_counted.TryGetValue(collection, out SortedDictionary<SiloId, Digest>? counted)) _counted[collection] = counted = [];
        return counted;
    }

    private bool IsDivided(CollectionRequest request) =>
        request.Parts is { } parts ? HasParts && parts.SelectMany(static part => part.Members).Order().SequenceEqual(request.Invited) && parts.All(part => part.Members.All(silo => IsOf(part.Number, silo))) : !HasParts;

    private bool IsOf(int part, SiloId silo) => AggregatorTree.For(_job.Plan, silo) == NodeAddress.SubAggregator(part);

    private void NotePart(int part, AggregationEvent happened)
    {
        switch (happened)
        {
            case AggregationEvent.CollectionOpened opened:
                bool isAsked = _attempts.ContainsKey(opened.Request.Collection) && opened.Request.Part == part && opened.Request.Invited.All(silo => IsOf(part, silo));
                _checks.Require(FederationCheck.Acceptance, isAsked, $"part {part} collects {opened.Request.Collection} otherwise than the coordinator asked");
                foreach (UpdateManifest kept in opened.Request.Kept ?? [])
                {
                    _checks.Require(FederationCheck.Acceptance, IsOf(part, kept.Silo), $"part {part} keeps an upload of '{kept.Silo}', which is of another part");
                    Keep(opened.Request.Collection, kept);
                    NoteOfPart(part, opened.Request.Collection, kept);
                }

                break;
            case AggregationEvent.UpdateAccepted accepted:
                _checks.Require(FederationCheck.Acceptance, IsOf(part, accepted.Manifest.Silo), $"part {part} counts '{accepted.Manifest.Silo}', which is of another part");
                Accept(accepted.Collection, accepted.Manifest);
                NoteOfPart(part, accepted.Collection, accepted.Manifest);
                break;
            case AggregationEvent.SumSealed done:
                _partSums[(part, done.Collection)] = done;
                foreach (Digest hash in OfPart(part, done.Collection).Values.Append(done.Sum)) _orphans.Remove((NodeAddress.SubAggregator(part), hash));
                foreach ((SiloId silo, Digest hash) in OfPart(part, done.Collection)) _unsealed.Remove((silo, hash));
                break;
            case AggregationEvent.CollectionFailed failed:
                foreach ((SiloId silo, Digest hash) in OfPart(part, failed.Collection)) _unsealed.Remove((silo, hash));
                break;
            case AggregationEvent.RoundReleased released:
                _partsReleased[part] = Math.Max(_partsReleased.GetValueOrDefault(part, -1), released.Round);
                break;
        }
    }

    /// <summary>The root counts a partial sum: as its part has sealed it, over the updates that the part counts.</summary>
    private void Count(AggregationEvent.PartAccepted accepted)
    {
        (CollectionId id, int part) = (accepted.Collection, accepted.Manifest.Part);
        bool isSealed = accepted.Contributions.IsEmpty || (_partSums.TryGetValue((part, id), out AggregationEvent.SumSealed? done) && done.Sum == accepted.Manifest.Sum);
        _checks.Require(FederationCheck.AcceptedIsDurable, isSealed, $"{id} counts a partial sum that part {part} has not sealed");
        _checks.Require(FederationCheck.Acceptance, accepted.Manifest.Contributions == CeremonyId.OfList(id, accepted.Contributions), $"{id} counts a partial sum of part {part} over another list than was signed");
        foreach (UpdateManifest update in accepted.Contributions)
        {
            bool isIn = OfPart(part, id).TryGetValue(update.Silo, out Digest hash) && hash == update.Hash;
            _checks.Require(FederationCheck.Acceptance, isIn, $"{id} counts an update of '{update.Silo}' that part {part} does not");
            _checks.Require(FederationCheck.Acceptance, Counted(id).TryAdd(update.Silo, update.Hash), $"{id} counts '{update.Silo}' twice");
        }
    }

    private void NoteOfPart(int part, CollectionId id, UpdateManifest manifest)
    {
        if (!_ofPart.TryGetValue((part, id), out SortedDictionary<SiloId, Digest>? own)) _ofPart[(part, id)] = own = [];
        own.Add(manifest.Silo, manifest.Hash);
    }

    private SortedDictionary<SiloId, Digest> OfPart(int part, CollectionId id) => _ofPart.GetValueOrDefault((part, id)) ?? [];

    /// <summary>Partial sums of rounds that are not released, and what is retained.</summary>
    private SortedSet<Digest> NamedByPart(NodeAddress part)
    {
        AggregationState state = _job.ReadLog(FederationLogs.Of(Id, part), 0)
            .Aggregate(AggregationDecider.Initial, (folded, stored) => AggregationDecider.Evolve(folded, (AggregationEvent)FederationLogs.Read(part, stored)));
        return
        [
            .. state.Retained.Values.SelectMany(static round => round),
            .. state.Collections.Values.SelectMany(static c => c.Phase == CollectionPhase.Sealed ? c.Superseded.Add(c.Sum) : c.Superseded),
        ];
    }
}
