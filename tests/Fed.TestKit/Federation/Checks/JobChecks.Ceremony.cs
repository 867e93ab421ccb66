using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Faults;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Checks;

/// <content>
/// Secure aggregation: nothing opens but one sum for each (round, base, sum), over at least the plan's minimum; of no peer do both secrets leave; what is secret, and every single update, is in no
/// message, no journal and on no server's disk; nobody says what is not on disk.
/// </content>
internal sealed partial class JobChecks
{
    private readonly Dictionary<CollectionId, RoundEvent.KeysClosed> _members = [];
    private readonly Dictionary<CollectionId, RoundEvent.SharesClosed> _maskers = [];
    private readonly Dictionary<CollectionId, RoundEvent.SumSealed> _toOpen = [];
    private readonly Dictionary<CollectionId, HashSet<SiloId>> _confirmed = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection, CeremonyStep Step), Digest> _said = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), Digest> _uploads = [];
    private readonly Dictionary<(SiloId Silo, int Round, string Sum), Digest> _lists = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), ImmutableSortedSet<SiloId>> _listed = [];
    private readonly HashSet<(SiloId Silo, CollectionId Collection)> _released = [];
    private readonly Dictionary<(SiloId Holder, CollectionId Collection, SiloId Peer), ReleasedKind> _shares = [];
    private readonly HashSet<UInt128> _vectors = [];
    private int _vectorsKnown;

    private SecAggPlan? SecAgg => _job.Plan.SecAgg;

    /// <summary>Hands out local steps that show every opening to the books.</summary>
    public ISecureAggregation? Watch(ISecureAggregation? aggregation) => aggregation is null ? null : new WatchedAggregation(aggregation, this);

    /// <summary>A server reads a site's blob.</summary>
    public void Read(SiloId silo, Digest hash)
    {
        if (!IsProtected || !_job.SiloBlobs(silo).Contains(hash)) return;
        _checks.Guard(() => RequireNothingSecret(Bytes(_job.SiloBlobs(silo), hash), $"what the aggregator reads from '{silo}'"));
    }

    private void NoteCeremony(NodeAddress node, object happened)
    {
        if (SecAgg is not null && happened is SiloEvent left) _adversary.Note(SiloOf(node), left);
        NoteRestores(node, happened);
        if (happened is RoundEvent round) NoteNamed(round);
        if (happened is SiloEvent.ContributorsConfirmed word) RequireOneList(SiloOf(node), word);   // first: a second list is also a second answer
        if (happened is SiloEvent answered && SaidIn(answered) is var (said, step, what)) Say(SiloOf(node), said, step, what);
        NoteEncryption(node, happened);
        switch (happened)
        {
            case RoundEvent.KeysClosed closed:
                _members[closed.Collection] = closed;
                RequireEnough(closed.Collection, closed.Members.Count, "share their keys");
                Stand(JobMoment.Sharing);
                break;
            case RoundEvent.SharesClosed closed:
                _maskers[closed.Collection] = closed;
                RequireEnough(closed.Collection, closed.Shares.Count, "mask");
                Stand(JobMoment.Collecting);
                break;
            case RoundEvent.SumSealed done:
                _toOpen[done.Collection] = done;
                if (Ckks is not null) _orphans.Add((NodeAddress.Coordinator, done.Sum));   // the copy that it states and opens; in production's store it is the aggregator's own
                break;
            case RoundEvent.ContributorsConfirmed confirmed:
                if (!_confirmed.TryGetValue(confirmed.Collection, out HashSet<SiloId>? sites)) _confirmed[confirmed.Collection] = sites = [];
                sites.Add(confirmed.Confirmation.Silo);
                if (sites.Count >= (Ckks is { } ckks ? ckks.ConfirmationsOf(_job.Plan.InvitedTo(confirmed.Collection).Count) : SecAgg!.ThresholdOf(_attempts[confirmed.Collection].Invited.Count))) Stand(JobMoment.Opening);
                break;
            case SiloEvent.KeysAdvertised advertised:
                foreach ((SiloId silo, CollectionId older) in _uploads.Keys.Where(key => key.Silo == SiloOf(node) && key.Collection.Round == advertised.Collection.Round && key.Collection.Sum == advertised.Collection.Sum).ToArray())
                    _outboxes[silo].Remove((older.Round, _uploads[(silo, older)]));   // replaced: the site deletes it
                break;
            case SiloEvent.SharesDealt dealt:
                _checks.Require(FederationCheck.Acceptance, !_job.AreServersHonest || (_members.TryGetValue(dealt.Collection, out RoundEvent.KeysClosed? members) && members.Members.SetEquals(dealt.Members)), $"{node} shares its keys among others than the coordinator named");
                break;
            case SiloEvent.InputMasked masked:
                _checks.Require(FederationCheck.OneResult, _uploads.TryAdd((SiloOf(node), masked.Collection), masked.Upload) || _older.Contains(SiloOf(node)), $"{node} masks its input to {masked.Collection} twice");
                Name(node, masked.Collection.Round, masked.Upload);
                break;
            case SiloEvent.ContributorsConfirmed confirmed:
                _listed[(SiloOf(node), confirmed.Collection)] = confirmed.Contributors;
                break;
            case SiloEvent.SharesReleased released:
                _released.Add((SiloOf(node), released.Collection));
                break;
        }
    }

    /// <summary>A site confirms one list, ever, or under a common key one set; one whose memory is an older copy may confirm the same again.</summary>
    private void RequireOneList(SiloId silo, SiloEvent.ContributorsConfirmed confirmed)
    {
        if (Ckks is not null)
        {
            RequireOneSet(silo, confirmed);
            return;
        }

        CollectionId id = confirmed.Collection;
        bool isOne = _lists.TryAdd((silo, id.Round, id.Sum), confirmed.List) || (_older.Contains(silo) && _lists[(silo, id.Round, id.Sum)] == confirmed.List) || MayBreakItsWord(silo);
        _checks.Require(FederationCheck.OneOpening, isOne, $"'{silo}' confirms a second list of contributors to round {id.Round} {id.Sum}");
    }

    private void Say(SiloId silo, CollectionId collection, CeremonyStep step, Digest what) => _checks.Require(
        FederationCheck.OneResult, _said.TryAdd((silo, collection, step), what), $"'{silo}' says something in step {step} of {collection} for the second time");

    private void RequireEnough(CollectionId collection, int left, string what)
    {
        int needed = QuorumOf(collection);
        _checks.Require(FederationCheck.Acceptance, left >= needed, $"{left} sites {what} in {collection}, and {needed} are needed");
    }

    /// <summary>How many updates suffice for a collection.</summary>
    private int QuorumOf(CollectionId collection) => _job.Plan switch
    {
        { SecAgg: { } secAgg } => secAgg.Needed(_attempts[collection].Invited.Count, _attempts[collection].Quorum),
        { Ckks: { } ckks } => _reprotected.ContainsKey(collection) ? _attempts[collection].Invited.Count : ckks.Needed(_attempts[collection].Invited.Count, _attempts[collection].Quorum),
        _ => _attempts[collection].Quorum,
    };

    private bool IsAskedFor(CollectionRequest request, RoundEvent.AttemptStarted attempt)
    {
        if (Ckks is not null)
        {
            return _committedLists.TryGetValue(request.Collection, out RoundEvent.CommitmentsClosed? list) && request.Invited.SetEquals(list.Members) && request.Target == list.Members.Count
                && request.Quorum == QuorumOf(request.Collection) && request.Ceremony == list.List;
        }

        if (SecAgg is null) return attempt.Invited.SetEquals(request.Invited) && attempt.Quorum == request.Quorum && attempt.Target == request.Target;
        return _maskers.TryGetValue(request.Collection, out RoundEvent.SharesClosed? closed) && request.Invited.SetEquals(closed.Shares.Keys) && request.Quorum == QuorumOf(request.Collection)
            && request.Target == closed.Shares.Count && request.Ceremony == CeremonyOf(request.Collection);
    }

    /// <summary>The ceremony in which updates to a collection are masked, or the list under which they are encrypted; null in plain mode.</summary>
    private Digest? CeremonyOf(CollectionId id) => Ckks is not null ? _committedLists.GetValueOrDefault(id)?.List :
        SecAgg is null || !_maskers.TryGetValue(id, out RoundEvent.SharesClosed? closed) ? null : CeremonyId.Of(_job.Plan, _planHash, id, _broadcasts[id], _members[id].Adverts, [.. closed.Shares.Keys]);

    /// <summary>What an update to a collection must be: the site's result or, under masks, its upload for this very attempt.</summary>
    private bool IsKept(CollectionId id, UpdateManifest manifest)
    {
        if (IsProtected) return _uploads.TryGetValue((manifest.Silo, id), out Digest upload) && upload == manifest.Hash;
        return _results.TryGetValue((manifest.Silo, manifest.Round, manifest.Sum), out Digest? kept) && kept == manifest.Hash;
    }

    private void CheckCeremonySent(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.ShareKeys share:
                bool isClosed = _members.TryGetValue(share.Collection, out RoundEvent.KeysClosed? keys) && keys.Adverts == share.Adverts && keys.Members.SetEquals(share.Members);
                _checks.Require(FederationCheck.ToldBeforeDurable, isClosed, $"{from} asks for shares of {share.Collection} before its members are on disk");
                break;
            case ProtocolMessage.MaskInput mask:
                bool isShared = _maskers.TryGetValue(mask.Collection, out RoundEvent.SharesClosed? shares) && mask.Maskers.SetEquals(shares.Shares.Keys);
                _checks.Require(FederationCheck.ToldBeforeDurable, isShared, $"{from} asks for masked input to {mask.Collection} before those who mask are on disk");
                break;
            case ProtocolMessage.ConfirmContributors confirm:
                _checks.Require(FederationCheck.ToldBeforeDurable, IsListed(confirm.Collection, confirm.Contributions), $"{from} asks to confirm another list than {confirm.Collection} was sealed with");
                break;
            case ProtocolMessage.ReleaseShares release:
                bool isConfirmed = IsListed(release.Collection, release.Contributions) && release.Confirmations.All(known => _confirmed.TryGetValue(release.Collection, out HashSet<SiloId>? sites) && sites.Contains(known.Silo));
                _checks.Require(FederationCheck.ToldBeforeDurable, isConfirmed, $"{from} asks for shares of {release.Collection} with confirmations that are not on disk");
                break;
            case ProtocolMessage.AnswerStep answer:
                CheckAnswer(answer.Answer);
                break;
            default:
                CheckEncryptionSent(from, message);
                break;
        }
    }

    private bool IsListed(CollectionId id, ImmutableArray<UpdateManifest> contributions) =>
        _toOpen.TryGetValue(id, out RoundEvent.SumSealed? done) && done.Contributions.Select(static m => (m.Silo, m.Hash)).SequenceEqual(contributions.Select(static m => (m.Silo, m.Hash)));

    private void CheckAnswer(StepAnswer answer)
    {
        RequireSilence(answer.Silo, $"an answer in step {answer.Step} of {answer.Collection}");
        RequireNothingSecret(answer.Payload.Span, $"an answer of '{answer.Silo}' in step {answer.Step} of {answer.Collection}");
        if (CheckOpeningAnswer(answer)) return;
        if (answer.Step == CeremonyStep.ReleaseShares)
        {
            CheckReleased(answer);
            return;
        }

        Digest content = answer.Step switch
        {
            CeremonyStep.Confirm or CeremonyStep.SignList => new Digest(answer.Payload.Span[..Digest.Size]),
            CeremonyStep.ShowNonce => answer.Base,   // the list of commitments for which it is shown
            _ => Digest.Of(answer.Payload.Span),
        };
        bool isSaid = _said.TryGetValue((answer.Silo, answer.Collection, answer.Step), out Digest said);
        _checks.Require(FederationCheck.ToldBeforeDurable, isSaid, $"'{answer.Silo}' answers in step {answer.Step} of {answer.Collection} what is not on its disk");
        _checks.Require(FederationCheck.OneResult, said == content, $"'{answer.Silo}' gives two different answers in step {answer.Step} of {answer.Collection}");
    }

    /// <summary>Each share that leaves opens the sum over those whose self-mask it helps to rebuild.</summary>
    private void CheckReleased(StepAnswer answer)
    {
        CollectionId id = answer.Collection;
        _checks.Require(FederationCheck.ToldBeforeDurable, _released.Contains((answer.Silo, id)), $"'{answer.Silo}' releases shares of {id} before it is on its disk");
        ImmutableSortedDictionary<SiloId, ReleasedKind> kinds = ToySecureAggregation.Kinds(answer.Payload);
        ImmutableArray<SiloId> contributors = [.. kinds.Where(static pair => pair.Value == ReleasedKind.SelfMask).Select(static pair => pair.Key)];
        if (_job.Plan.DrawsGraph)
        {
            // Of a sparse graph the shares show the neighbours alone: that they fit the site's list, and then that list.
            ImmutableSortedSet<SiloId> listed = _listed[(answer.Silo, id)];
            _checks.Require(FederationCheck.OneOpening, kinds.All(pair => listed.Contains(pair.Key) == (pair.Value == ReleasedKind.SelfMask)), $"'{answer.Silo}' releases other shares than its list for {id} says");
            contributors = [.. listed];
        }

        foreach ((SiloId peer, ReleasedKind kind) in kinds)
        {
            bool isFirst = _shares.TryAdd((answer.Silo, id, peer), kind);
            _checks.Require(FederationCheck.Secrets, isFirst || _shares[(answer.Silo, id, peer)] == kind || MayBreakItsWord(answer.Silo), $"'{answer.Silo}' releases shares of both secrets of '{peer}' in {id}");
        }

        if (!_job.Allies.Contains(answer.Silo)) _adversary.Released(answer.Silo, id, kinds);
        int least = Math.Max(SecAgg!.MinimumContributors, SecAgg.ThresholdOf(_job.Plan.InvitedTo(id).Count));
        _checks.Require(FederationCheck.OneOpening, contributors.Length >= least && contributors.Contains(answer.Silo), $"'{answer.Silo}' opens {id} over {contributors.Length} sites, and {least} with itself are the least");
        if (!MayBreakItsWord(answer.Silo)) _openings.Open($"'{answer.Silo}'", id, answer.Base, contributors);
    }

    private void OpenMasked(UnmaskRequest request)
    {
        CollectionId id = request.Context.Collection;
        AggregationEvent.SumSealed? done = _sealed.GetValueOrDefault((id.Round, id.Sum));
        _checks.Require(FederationCheck.OneOpening, done is not null && done.Collection == id && done.Contributors.SetEquals(request.Contributors), $"{id} is opened over another set than was sealed");
    }

    /// <summary>At the end: no secret and no single update in any journal, nor on the disks of the servers; none in the sites' stores either.</summary>
    private void CheckSecrets()
    {
        if (!IsProtected) return;
        foreach (string log in _logs.Keys)
        {
            foreach (JournalEvent stored in _job.ReadLog(log, 0))
            {
                using JsonDocument json = JsonDocument.Parse(stored.Payload);
                foreach (byte[] value in Values(json.RootElement)) RequireNothingSecret(value, $"event {stored.Sequence} of {log}");
            }
        }

        foreach (IBlobStore server in new[] { _job.CoordinatorBlobs, _job.AggregatorBlobs }.Concat(_job.PartBlobs))
            foreach (Digest hash in server.List()) RequireNothingSecret(Bytes(server, hash), $"a server's blob {hash}");
        foreach (SiloId silo in _job.Plan.Silos.Where(silo => !_job.HasLeft(silo)))
        {
            IReadOnlyList<string> left = [.. _job.Secrets(silo).Where(name => SecAgg is not null || IsOverdue(silo, name))];
            _checks.Require(FederationCheck.Leak, left.Count == 0, $"'{silo}' still has {left.Count} secrets, {(left.Count == 0 ? "" : left[0])} first");
        }
    }

    /// <summary>Every text of an event as the bytes that it may stand for.</summary>
    private static IEnumerable<byte[]> Values(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => Values(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Values),
        JsonValueKind.String when element.TryGetBytesFromBase64(out byte[]? bytes) => [bytes],
        JsonValueKind.String => SecretText.BytesIn(element.GetString()!),
        _ => [],
    };

    /// <summary>A line of a log, or a reason that a person is shown.</summary>
    public void RequireNothingSecretSaid(string text, string where)
    {
        if (!IsProtected) return;
        foreach (byte[] bytes in SecretText.BytesIn(text)) RequireNothingSecret(bytes, $"what {where} says: {text}");
    }

    private void RequireNothingSecret(ReadOnlySpan<byte> bytes, string where)
    {
        if (_job.Canaries is not { } canaries) return;
        LearnVectors();
        for (int i = 0; i + sizeof(ulong) <= bytes.Length; i++)
        {
            bool isSecret = canaries.Contains(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
            bool isUpdate = i + 16 <= bytes.Length && _vectors.Contains(BinaryPrimitives.ReadUInt128LittleEndian(bytes[i..]));
            if (isSecret || isUpdate) _checks.Require(FederationCheck.Secrets, isKept: false, $"a {(isSecret ? "secret" : "single update")} is in {where}");
        }
    }

    /// <summary>The first entries of each vector that a site computed, as they stand in its outbox.</summary>
    private void LearnVectors()
    {
        if (_job.Trainers.Sum(static trainer => trainer.Computed.Count) == _vectorsKnown) return;
        _vectorsKnown = 0;
        Span<byte> start = stackalloc byte[16];
        foreach (SimulatedTrainer trainer in _job.Trainers)
        {
            _vectorsKnown += trainer.Computed.Count;
            foreach (long[] vector in trainer.Computed.Values)
            {
                int width = (int)_job.Plan.Ring / 8;
                for (int i = 0; i * width < start.Length; i++)
                {
                    if (_job.Plan.Ring == RingWidth.Ring64) BinaryPrimitives.WriteInt64LittleEndian(start[(i * width)..], vector[i]);
                    else BinaryPrimitives.WriteInt32LittleEndian(start[(i * width)..], (int)vector[i]);
                }

                _vectors.Add(BinaryPrimitives.ReadUInt128LittleEndian(start));
            }
        }
    }

    private static byte[] Bytes(IBlobStore store, Digest hash)
    {
        using Stream blob = store.OpenRead(hash);
        byte[] bytes = new byte[blob.Length];
        blob.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Shows each opening to the books before it happens.</summary>
    private sealed class WatchedAggregation(ISecureAggregation inner, JobChecks job) : ISecureAggregation
    {
        public (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self) => inner.AdvertiseKeys(context, self);

        public bool IsAdvert(CeremonyContext context, SiloId silo, ReadOnlySpan<byte> advert) => inner.IsAdvert(context, silo, advert);

        public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
            CeremonyContext context,
            SiloId self,
            ReadOnlyMemory<byte> secrets,
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts,
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes) =>
            inner.ShareKeys(context, self, secrets, adverts, notes);

        public ImmutableSortedSet<SiloId> HoldersOf(CeremonyContext context, SiloId silo) => inner.HoldersOf(context, silo);

        public (byte[] Nonce, byte[] Commitment) DrawNonce(GraphContext context, SiloId self) => inner.DrawNonce(context, self);

        public Digest GraphSeed(GraphContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) =>
            inner.GraphSeed(context, commitments, nonces);

        public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Notes) ReceiveShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) =>
            inner.ReceiveShares(context, self, secrets, shares);

        public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, Stream vector, IBlobWriter output) =>
            inner.MaskInput(context, self, secrets, maskers, vector, output);

        public byte[] ReleaseShares(
            CeremonyContext context,
            SiloId self,
            ReadOnlyMemory<byte> secrets,
            ImmutableSortedSet<SiloId> maskers,
            ImmutableSortedSet<SiloId> contributors,
            ImmutableSortedSet<SiloId> confirmedBy) => inner.ReleaseShares(context, self, secrets, maskers, contributors, confirmedBy);

        public UnmaskOutcome Unmask(UnmaskRequest request, Stream maskedSum, Stream output)
        {
            job._checks.Guard(() => job.OpenMasked(request));
            UnmaskOutcome outcome = inner.Unmask(request, maskedSum, output);
            job._checks.Guard(() => job.NoteOpened(request, outcome));
            return outcome;
        }
    }
}
