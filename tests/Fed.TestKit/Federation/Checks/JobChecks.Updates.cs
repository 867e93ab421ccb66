using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.TestKit.Federation.Faults;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Checks;

/// <content>Updates: who computes what, what is offered, accepted, sealed and opened, and what is said of it.</content>
internal sealed partial class JobChecks
{
    /// <summary>Nobody is told what is not yet on disk, and no site ever says two different things about one key.</summary>
    public void Sent(Origin from, ProtocolMessage message, EpochBook epochs) => _checks.Guard(() =>
    {
        epochs.Sent(from, message);
        CheckSent(from.Address, message);
    });

    /// <summary>A blob is deleted from a site's store: nothing that counts, and is not yet in a sealed sum, may go.</summary>
    public void Deleted(SiloId silo, Digest hash) => _checks.Guard(() =>
    {
        bool isNeeded = _unsealed.TryGetValue((silo, hash), out CollectionId collection) && _job.AreServersHonest && !_older.Contains(silo) && IsUnderWay(collection);
        _checks.Require(FederationCheck.AcceptedIsDurable, !isNeeded, $"'{silo}' deletes an update that {collection} counts and has not sealed");
    });

    /// <summary>False where the coordinator has ended the round, of which the aggregator need not have heard.</summary>
    private bool IsUnderWay(CollectionId collection) => collection.Round == _lastRound && Moment is not (JobMoment.Between or JobMoment.Ending);

    private void CheckSent(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.PlanAdopted:
            case ProtocolMessage.PlanAnswer { Refusal: null }:
                _checks.Require(FederationCheck.ToldBeforeDurable, _agreed.Contains(from), $"{from} agreed to the plan before it was on disk");
                break;
            case ProtocolMessage.Invite invite:
                bool isAsked = _broadcasts.TryGetValue(invite.Collection, out Digest broadcast) && broadcast == invite.Broadcast;
                _checks.Require(FederationCheck.ToldBeforeDurable, isAsked, $"{from} invites to {invite.Collection} before it is on disk");
                break;
            case ProtocolMessage.OfferUpdate offer:
                UpdateManifest manifest = offer.Manifest;
                RequireSilence(manifest.Silo, $"its update to {offer.Collection}");
                _checks.Require(FederationCheck.ToldBeforeDurable, _results.ContainsKey((manifest.Silo, manifest.Round, manifest.Sum)), $"{from} offers a contribution that its outbox does not hold");
                _checks.Require(FederationCheck.OneResult, IsKept(offer.Collection, manifest), $"two different results of {from} for round {manifest.Round} {manifest.Sum}");
                CheckEncryptionSent(from, message);
                break;
            case ProtocolMessage.UpdateAnswer { Refusal: null } answer:
                bool isCounted = Accepted(answer.Collection).TryGetValue(answer.Silo, out Digest hash) && hash == answer.Hash;
                _checks.Require(FederationCheck.ToldBeforeDurable, isCounted, $"'{answer.Silo}' is told that its update is in the sum before it is");
                break;
            case ProtocolMessage.CollectionSealed done:
                bool isSealed = _sealed.TryGetValue((done.Collection.Round, done.Collection.Sum), out AggregationEvent.SumSealed? sum) && sum.Sum == done.Sum;
                _checks.Require(FederationCheck.ToldBeforeDurable, isSealed, $"{done.Collection} is reported sealed before it is");
                break;
            case ProtocolMessage.CloseRound { Committed: true } close:
                _checks.Require(FederationCheck.ToldBeforeDurable, _rounds.IsCommitted(close.Round), $"round {close.Round} is announced before it is committed");
                break;
            case ProtocolMessage.RoundReport { Outcome.Committed: true } report:
                _checks.Require(FederationCheck.Status, _rounds.StateAfter(report.Round) == report.Outcome.State, $"round {report.Round} is reported otherwise than it was committed");
                break;
            default:
                CheckCeremonySent(from, message);
                break;
        }
    }

    private void Computing(SiloId silo, LocalRequest request)
    {
        (int round, string sum) = (request.Round, request.Sum);
        _checks.Trace.Line($"{NodeAddress.Silo(silo.Value)} computes {Id} {round}.{sum}");
        int life = _job.Lives(silo);
        Digest based = _job.AreServersHonest ? default : Digest.Of(request.Broadcast.Span);   // from another base it may be asked for again: what comes second never leaves
        bool isAgain = _trainedInLife.TryGetValue((silo, round, sum, based), out int before) && before == life;
        _checks.Require(FederationCheck.OneResult, !isAgain, $"'{silo}' computes round {round} {sum} twice without a crash in between");
        _checks.Require(FederationCheck.OneResult, !_results.ContainsKey((silo, round, sum)) || !_job.AreServersHonest || _older.Contains(silo), $"'{silo}' computes round {round} {sum} again, although its outbox holds the result");
        _checks.Require(FederationCheck.OneResult, _settled.GetValueOrDefault(silo, -1) < round, $"'{silo}' computes round {round} {sum} after it had settled it");
        byte[] promoted = _rounds.StateOf(silo, _settled.GetValueOrDefault(silo, -1)) ?? [];
        bool isPromoted = request.SiloState.GetValueOrDefault().Span.SequenceEqual(promoted);
        _checks.Require(FederationCheck.SiloState, isPromoted || MayBreakItsWord(silo), $"'{silo}' computes round {round} {sum} from another state than committed rounds that list it have given");
        _trainedInLife[(silo, round, sum, based)] = life;
    }

    private void RequireAsked(CollectionRequest request)
    {
        bool isAsked = _attempts.TryGetValue(request.Collection, out RoundEvent.AttemptStarted? attempt) && _broadcasts.TryGetValue(request.Collection, out Digest broadcast)
            && broadcast == request.Base && IsAskedFor(request, attempt) && IsDivided(request);
        _checks.Require(FederationCheck.Acceptance, isAsked, $"the aggregator collects {request.Collection} otherwise than the coordinator asked");
    }

    /// <summary>An update counts: once, in its own round, sum and attempt, from an invited site, over the plan, base and schema that were asked for, and out of a durable outbox.</summary>
    private void Accept(CollectionId id, UpdateManifest manifest)
    {
        RoundEvent.AttemptStarted? attempt = _attempts.GetValueOrDefault(id);
        _checks.Require(FederationCheck.Acceptance, attempt is not null && attempt.Invited.Contains(manifest.Silo), $"{id} counts '{manifest.Silo}', which is not invited");
        _checks.Require(FederationCheck.Acceptance, manifest.Job == Id && manifest.Round == id.Round && manifest.Sum == id.Sum, $"{id} counts an update of '{manifest.Silo}' to round {manifest.Round} {manifest.Sum}");
        _checks.Require(FederationCheck.Acceptance, _broadcasts.TryGetValue(id, out Digest broadcast) && manifest.Base == broadcast, $"{id} counts an update of '{manifest.Silo}' from another base");
        _checks.Require(FederationCheck.Acceptance, manifest.Plan == _planHash, $"{id} counts an update of '{manifest.Silo}' under another plan");
        _checks.Require(FederationCheck.Acceptance, manifest.Ceremony == CeremonyOf(id), $"{id} counts an update of '{manifest.Silo}' in another ceremony");
        RequireSigned(id, manifest);
        VectorSchema schema = SchemaOf(id);
        _checks.Require(
            FederationCheck.Acceptance, manifest.Schema == schema.Hash && manifest.Length == (Ckks is null ? (long)schema.Length * ((int)_job.Plan.Ring / 8) : _uploadBytes.GetValueOrDefault((manifest.Silo, id))), $"{id} counts an update of '{manifest.Silo}' of another schema");
        _checks.Require(FederationCheck.Acceptance, HasParts || !_closed.Contains(id), $"{id} counts '{manifest.Silo}' after it was closed");
        _checks.Require(FederationCheck.AcceptedIsDurable, IsKept(id, manifest), $"{id} counts an update of '{manifest.Silo}' that its journal does not name");
        _checks.Require(FederationCheck.AcceptedIsDurable, !_job.AreServersHonest || _older.Contains(manifest.Silo) || !IsUnderWay(id) || _job.SiloBlobs(manifest.Silo).Contains(manifest.Hash), $"{id} counts an update of '{manifest.Silo}' that its outbox does not hold");
        _checks.Require(FederationCheck.Acceptance, Accepted(id).TryAdd(manifest.Silo, manifest.Hash), $"{id} counts '{manifest.Silo}' twice");
        _unsealed[(manifest.Silo, manifest.Hash)] = id;
    }

    /// <summary>Where S is fixed: an upload that was sealed before counts again.</summary>
    private void Keep(CollectionId id, UpdateManifest kept)
    {
        bool wasSealed = _reprotected.TryGetValue(id, out ImmutableArray<UpdateManifest> before) && before.Any(manifest => manifest.Silo == kept.Silo && manifest.Hash == kept.Hash);
        _checks.Require(FederationCheck.Acceptance, wasSealed, $"{id} counts an upload of '{kept.Silo}' that was not sealed before");
        Accepted(id)[kept.Silo] = kept.Hash;
    }

    private void Forget(CollectionId collection)
    {
        foreach ((SiloId silo, Digest hash) in Accepted(collection)) _unsealed.Remove((silo, hash));
    }

    private void RequireSet(CollectionId collection, ImmutableSortedSet<SiloId> contributors, string word) => _checks.Require(
        FederationCheck.Acceptance, Counted(collection).Keys.SequenceEqual(contributors), $"{collection} is {word} over {contributors.Count} sites and had accepted {Counted(collection).Count}");

    private void RequireSealed(CollectionId collection, ImmutableArray<UpdateManifest> contributions, Digest sum)
    {
        bool isSealed = _sealed.TryGetValue((collection.Round, collection.Sum), out AggregationEvent.SumSealed? done) && done.Collection == collection;
        _checks.Require(FederationCheck.OneOpening, isSealed, $"{collection} was never sealed by the aggregator");
        bool isSame = (done!.Sum == sum || _job.Added(collection) is not null) && done.Contributors.SequenceEqual(contributions.Select(static m => m.Silo))
            && contributions.All(m => Accepted(collection).TryGetValue(m.Silo, out Digest hash) && hash == m.Hash);
        _checks.Require(FederationCheck.OneOpening, isSame, $"the coordinator has another sum or set for {collection} than was sealed");
    }

    /// <summary>A sum is opened: it must be sealed, and no other set may ever have been opened for its key.</summary>
    private void Open(Digest sealedSum)
    {
        AggregationEvent.SumSealed? done = _sealed.Values.LastOrDefault(sealedHere => sealedHere.Sum == sealedSum);
        _checks.Require(FederationCheck.OneOpening, done is not null, $"a sum is opened that was never sealed");
        _openings.Open(NodeAddress.Coordinator.Value, done!.Collection, _broadcasts[done.Collection], [.. done.Contributors]);
    }

    private void RequireProgress(SiloId silo, CollectionId collection, int percent)
    {
        bool isInvited = _attempts.TryGetValue(collection, out RoundEvent.AttemptStarted? attempt) && attempt.Invited.Contains(silo);
        _checks.Require(FederationCheck.Status, (isInvited || !_job.AreServersHonest) && percent is >= 0 and <= 100, $"'{silo}' is shown at {percent} % of {collection}, to which it was not invited");
    }

    private VectorSchema SchemaOf(CollectionId id)
    {
        if (!_schemas.TryGetValue((id.Round == 0, id.Sum), out VectorSchema? schema))
            _schemas[(id.Round == 0, id.Sum)] = schema = _job.Plan.SumsOf(id.Round).First(plan => plan.Name == id.Sum).ToSchema();
        return schema;
    }

    private SortedDictionary<SiloId, Digest> Accepted(CollectionId collection)
    {
        if (!_accepted.TryGetValue(collection, out SortedDictionary<SiloId, Digest>? accepted)) _accepted[collection] = accepted = [];
        return accepted;
    }

    /// <summary>Shows each opening to the books before it happens.</summary>
    private sealed class WatchedProtection(IProtection inner, JobChecks job) : IProtection
    {
        public string Name => inner.Name;

        public Digest Protect(Digest gridVector, IBlobStore outbox) => inner.Protect(gridVector, outbox);

        public ISumAccumulator CreateAccumulator(SumShape shape) => inner.CreateAccumulator(shape);

        public (long[] Integers, Digest? Stored) Open(Digest sealedSum, SumShape shape, IBlobStore store)
        {
            job._checks.Guard(() => job.Open(sealedSum));
            return inner.Open(sealedSum, shape, store);
        }
    }
}
