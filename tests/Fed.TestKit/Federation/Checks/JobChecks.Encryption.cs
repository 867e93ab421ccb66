using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Faults;

namespace Fed.TestKit.Federation.Checks;

/// <content>
/// Sums under a common key: a site says one thing in each step of a key's making and of an attempt; each share is one of the sum of whole committed uploads, of one set of contributors for a (round,
/// base, sum), and of no attempt that others opened; a key serves the rounds that it was said to serve; nobody says what is not on disk.
/// </content>
internal sealed partial class JobChecks
{
    private readonly EncryptionView _encryptions;
    private readonly Dictionary<CollectionId, RoundEvent.CommitmentsClosed> _committedLists = [];
    private readonly Dictionary<CollectionId, int> _signedLists = [];
    private readonly Dictionary<CollectionId, Digest> _agreedLists = [];   // under which honest sites upload: one for an attempt
    private readonly HashSet<(CollectionId Collection, string Openers)> _openers = [];   // an asking for those who were drawn first may leave when others are drawn already
    private readonly Dictionary<CollectionId, RoundEvent.OpeningAgreed> _agreedOpenings = [];
    private readonly Dictionary<CollectionId, ImmutableArray<UpdateManifest>> _reprotected = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), long> _uploadBytes = [];
    private readonly HashSet<(SiloId Silo, CollectionId Collection, Digest Payload)> _nonces = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), (Digest Opening, Digest Id)> _readies = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection, Digest Opening), string> _doubts = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), Digest> _releasedOpenings = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), Digest> _storedShares = [];
    private readonly Dictionary<(SiloId Silo, int Round, string Sum), ImmutableSortedSet<SiloId>> _confirmedSets = [];
    private readonly Dictionary<(SiloId Silo, int Epoch, KeyStep Step), Digest> _keySteps = [];
    private readonly Dictionary<SiloId, HashSet<Digest>> _keyBlobs = [];
    private readonly Dictionary<(SiloId Silo, int Epoch), Digest> _heldKeys = [];
    private readonly HashSet<SiloId> _erased = [];
    private JobEvent.KeyEstablished? _key;

    private CkksPlan? Ckks => _job.Plan.Ckks;

    private bool IsProtected => SecAgg is not null || Ckks is not null;

    /// <summary>Attempts that encrypted a sealed sum anew because an opener was lost.</summary>
    public int Reprotections => _reprotected.Count;

    /// <summary>Hands out local steps of a common key that show each share and each opening to the books.</summary>
    public ICollectiveEncryption? Watch(ICollectiveEncryption? encryption) => encryption is null ? null : new WatchedEncryption(encryption, this);

    private void NoteEncryption(NodeAddress node, object happened)
    {
        switch (happened)
        {
            case RoundEvent.RoundPlanned planned when Ckks is not null:
                bool isServed = planned.Key is { } key && _key is { } made && key.IsSameKey(made.Key) && planned.Round >= made.FirstRound && planned.Round <= made.LastRound;
                _checks.Require(FederationCheck.Order, isServed, $"round {planned.Round} begins under a key that does not serve it");
                break;
            case RoundEvent.CommitmentsClosed closed:
                _committedLists[closed.Collection] = closed;
                RequireEnough(closed.Collection, closed.Members.Count, "commit to an upload");
                break;
            case RoundEvent.ListAgreed agreed:
                _signedLists[agreed.Collection] = agreed.Signatures.Length;
                RequireEnough(agreed.Collection, _reprotected.ContainsKey(agreed.Collection) ? _committedLists[agreed.Collection].Members.Count : agreed.Signatures.Length, "sign the list of commitments");
                Stand(JobMoment.Collecting);
                break;
            case RoundEvent.OpenersDrawn drawn:
                bool isOpen = drawn.Openers.Count == Ckks!.Threshold && drawn.Openers.All(silo => _confirmed[drawn.Collection].Contains(silo)) && !_agreedOpenings.ContainsKey(drawn.Collection);
                _checks.Require(FederationCheck.OneOpening, isOpen, $"{drawn.Openers.Count} openers of {drawn.Collection} are drawn, otherwise than {Ckks.Threshold} that confirmed, before shares may have left");
                _openers.Add((drawn.Collection, Names(drawn.Openers)));
                break;
            case RoundEvent.OpeningAgreed agreed:
                _agreedOpenings[agreed.Collection] = agreed;
                break;
            case RoundEvent.ReprotectionStarted started:
                NoteReprotection(started);
                break;
            case JobEvent.KeyEstablished established:
                foreach (SiloId holder in established.Key.Holders)
                    _checks.Require(FederationCheck.ToldBeforeDurable, _older.Contains(holder) || _heldKeys.GetValueOrDefault((holder, established.Key.Epoch)) == established.Key.PublicKey, $"the job's key of epoch {established.Key.Epoch} is not the one that '{holder}' holds");
                _key = established;
                break;
            case SiloEvent said when Ckks is not null:
                NoteEncryption(SiloOf(node), said);
                break;
        }
    }

    private void NoteEncryption(SiloId silo, SiloEvent said)
    {
        switch (said)
        {
            case SiloEvent.KeyStepTaken taken:
                _checks.Require(FederationCheck.OneResult, _keySteps.TryAdd((silo, taken.Epoch, taken.Step), taken.Answer), $"'{silo}' takes {taken.Step} of epoch {taken.Epoch} for the second time");
                if (taken.Step == KeyStep.Enter) KeyBlobsOf(silo).RemoveWhere(blob => !_heldKeys.Any(held => held.Key.Silo == silo && held.Value == blob));
                KeyBlobsOf(silo).Add(taken.Answer);
                _orphans.Remove((NodeAddress.Silo(silo.Value), taken.Answer));
                break;
            case SiloEvent.KeyHeld held:
                foreach (((SiloId Silo, int Epoch) known, Digest older) in _heldKeys.Where(pair => pair.Key.Silo == silo).ToArray())
                {
                    KeyBlobsOf(silo).Remove(older);
                    _heldKeys.Remove(known);
                }

                _heldKeys[(silo, held.Key.Epoch)] = held.Key.PublicKey;
                KeyBlobsOf(silo).Add(held.Key.PublicKey);
                _orphans.Remove((NodeAddress.Silo(silo.Value), held.Key.PublicKey));
                break;
            case SiloEvent.KeyAbandoned abandoned:
                _heldKeys.Remove((silo, abandoned.Epoch));
                KeyBlobsOf(silo).RemoveWhere(blob => !_heldKeys.Any(held => held.Key.Silo == silo && held.Value == blob));
                break;
            case SiloEvent.KeysErased:
                KeyBlobsOf(silo).Clear();
                _erased.Add(silo);
                break;
            case SiloEvent.InputCommitted committed:
                Say(silo, committed.Collection, CeremonyStep.Commit, committed.Commitment);
                _uploads[(silo, committed.Collection)] = committed.Upload;
                _uploadBytes[(silo, committed.Collection)] = committed.Length;
                Name(NodeAddress.Silo(silo.Value), committed.Collection.Round, committed.Commitment);
                Name(NodeAddress.Silo(silo.Value), committed.Collection.Round, committed.Upload);
                break;
            case SiloEvent.ListSigned signed:
                Say(silo, signed.Collection, CeremonyStep.SignList, signed.List);
                bool isClosed = !_job.AreServersHonest || (_committedLists.TryGetValue(signed.Collection, out RoundEvent.CommitmentsClosed? closed) && closed.List == signed.List && closed.Members.SetEquals(signed.Members));
                _checks.Require(FederationCheck.Acceptance, isClosed, $"'{silo}' signs another list of commitments to {signed.Collection} than was closed");
                break;
            case SiloEvent.ListAgreed agreed:
                Digest list = _said[(silo, agreed.Collection, CeremonyStep.SignList)];
                if (!_agreedLists.TryGetValue(agreed.Collection, out Digest first)) _agreedLists[agreed.Collection] = first = list;
                _checks.Require(FederationCheck.OneResult, first == list || MayBreakItsWord(silo), $"'{silo}' uploads to {agreed.Collection} under another list of commitments than others do");
                break;
            case SiloEvent.NonceDrawn drawn:
                bool mayDraw = !_releasedOpenings.TryGetValue((silo, drawn.Collection), out Digest left) || left == drawn.Opening;
                _checks.Require(FederationCheck.OneOpening, mayDraw, $"'{silo}' draws a nonce for another opening of {drawn.Collection} after its shares may have left");
                _nonces.Add((silo, drawn.Collection, Digest.Of(OpeningAnswer.Write(drawn.Opening, drawn.Nonce.Span))));   // an answer may leave when one for other openers is drawn already
                break;
            case SiloEvent.OpeningReady ready:
                _readies[(silo, ready.Collection)] = (ready.Opening, ready.Id);
                _checks.Require(FederationCheck.OneResult, !_doubts.ContainsKey((silo, ready.Collection, ready.Opening)), $"'{silo}' verifies an opening of {ready.Collection} that it has doubted");
                break;
            case SiloEvent.SumDoubted doubted:
                bool isFirst = _doubts.TryAdd((silo, doubted.Collection, doubted.Opening), doubted.Reason);
                _checks.Require(FederationCheck.OneResult, isFirst, $"'{silo}' journals its doubt of an opening of {doubted.Collection} twice");
                break;
            case SiloEvent.OpeningReleased released:
                _checks.Require(FederationCheck.OneOpening, _releasedOpenings.TryAdd((silo, released.Collection), released.Opening), $"'{silo}' releases shares of {released.Collection} for a second opening");
                break;
            case SiloEvent.ShareStored stored:
                _storedShares[(silo, stored.Collection)] = stored.Share;
                Name(NodeAddress.Silo(silo.Value), stored.Collection.Round, stored.Share);
                break;
        }
    }

    /// <summary>S is fixed to what was sealed, and nobody may train for it: what is computed for a key a second time is found elsewhere.</summary>
    private void NoteReprotection(RoundEvent.ReprotectionStarted started)
    {
        CollectionId id = started.Collection;
        bool wasSealed = _sealed.TryGetValue((id.Round, id.Sum), out AggregationEvent.SumSealed? done);
        _checks.Require(FederationCheck.Order, wasSealed && id.Round == _lastRound && id.Attempt > _lastAttempt, $"{id} encrypts anew what was not sealed before");
        int tries = _tries[(id.Round, id.Sum)] = _tries.GetValueOrDefault((id.Round, id.Sum)) + 1;
        _checks.Require(FederationCheck.Order, tries <= _job.Plan.MaxAttempts, $"attempt {id} is the try number {tries} of {_job.Plan.MaxAttempts}");
        RoundEvent.AttemptStarted before = _attempts[done!.Collection];
        _attempts[id] = before with { Collection = id, Invited = done.Contributors, Target = done.Contributors.Count };
        _broadcasts[id] = _broadcasts[done.Collection];
        _reprotected[id] = [.. _toOpen[done.Collection].Contributions];
        _lastAttempt = id.Attempt;
        Stand(JobMoment.Advertising);
    }

    private void CheckEncryptionSent(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.AnswerKeyStep { Answer: var answer }:
                bool isTaken = _keySteps.TryGetValue((answer.Silo, answer.Epoch, answer.Step), out Digest taken);
                _checks.Require(FederationCheck.ToldBeforeDurable, isTaken, $"'{answer.Silo}' answers {answer.Step} of epoch {answer.Epoch} before that is on its disk");
                _checks.Require(FederationCheck.OneResult, taken == answer.Payload, $"'{answer.Silo}' gives two different answers in {answer.Step} of epoch {answer.Epoch}");
                break;
            case ProtocolMessage.OfferUpdate { Manifest: var manifest } offer when Ckks is not null:
                bool isSigned = _said.TryGetValue((manifest.Silo, offer.Collection, CeremonyStep.SignList), out Digest list) && list == manifest.Ceremony && _agreedLists.ContainsKey(offer.Collection);
                _checks.Require(FederationCheck.ToldBeforeDurable, isSigned, $"'{manifest.Silo}' offers its upload to {offer.Collection} before it is on its disk that the list that it signed is agreed on");
                break;
            case ProtocolMessage.SignList sign:
                bool isClosed = _committedLists.TryGetValue(sign.Collection, out RoundEvent.CommitmentsClosed? closed) && closed.List == sign.List && closed.Members.SetEquals(sign.Members);
                _checks.Require(FederationCheck.ToldBeforeDurable, isClosed, $"{from} asks to sign the list of {sign.Collection} before it is on disk");
                break;
            case ProtocolMessage.UploadInput upload:
                bool isSignedFor = _signedLists.TryGetValue(upload.Collection, out int signers) && signers == upload.Signatures.Length;
                _checks.Require(FederationCheck.ToldBeforeDurable, isSignedFor, $"{from} asks for uploads to {upload.Collection} before the signatures under its list are on disk");
                break;
            case ProtocolMessage.ReprotectInput reprotect:
                _checks.Require(FederationCheck.ToldBeforeDurable, _reprotected.ContainsKey(reprotect.Collection), $"{from} asks to encrypt anew for {reprotect.Collection} before that is on disk");
                break;
            case ProtocolMessage.PrepareOpening prepare:
                bool areDrawn = _openers.Contains((prepare.Collection, Names(prepare.Opening.Openers))) && IsListed(prepare.Collection, prepare.Opening.Contributions);
                _checks.Require(FederationCheck.ToldBeforeDurable, areDrawn, $"{from} asks for nonces to {prepare.Collection} before its openers are on disk");
                break;
            case ProtocolMessage.ReleaseOpening release:
                bool isAgreed = _agreedOpenings.TryGetValue(release.Collection, out RoundEvent.OpeningAgreed? agreed) && agreed.ReadyFor == release.ReadyFor && IsListed(release.Collection, release.Opening.Contributions);
                _checks.Require(FederationCheck.ToldBeforeDurable, isAgreed, $"{from} asks for shares of {release.Collection} before their opening is on disk");
                break;
        }
    }

    private static string Names(ImmutableSortedSet<SiloId> sites) => string.Join(' ', sites);

    /// <summary>True for a step's answer that belongs to an opening: it must be on disk as it is said.</summary>
    private bool CheckOpeningAnswer(StepAnswer answer)
    {
        (SiloId, CollectionId) key = (answer.Silo, answer.Collection);
        Digest opening = OpeningAnswer.OpeningOf(answer.Payload);
        bool? isKept = answer.Step switch
        {
            CeremonyStep.Evaluate => true,
            CeremonyStep.Challenge => _nonces.Contains((answer.Silo, answer.Collection, Digest.Of(answer.Payload.Span))),
            CeremonyStep.Ready => _readies.TryGetValue(key, out (Digest Opening, Digest Id) ready) && ready == (opening, OpeningAnswer.DigestOf(answer.Payload)),
            CeremonyStep.Share => _releasedOpenings.GetValueOrDefault(key) == opening && _storedShares.GetValueOrDefault(key) == OpeningAnswer.DigestOf(answer.Payload),
            CeremonyStep.DoubtSum => _doubts.GetValueOrDefault((answer.Silo, answer.Collection, opening)) == OpeningAnswer.ReasonOf(answer.Payload),
            _ => null,
        };
        if (isKept is not { } kept) return false;
        _checks.Require(FederationCheck.ToldBeforeDurable, kept, $"'{answer.Silo}' answers in step {answer.Step} of {answer.Collection} what is not on its disk");
        return true;
    }

    private void RequireOneSet(SiloId silo, SiloEvent.ContributorsConfirmed confirmed)
    {
        CollectionId id = confirmed.Collection;
        if (!_confirmedSets.TryGetValue((silo, id.Round, id.Sum), out ImmutableSortedSet<SiloId>? before)) _confirmedSets[(silo, id.Round, id.Sum)] = before = confirmed.Contributors;
        _checks.Require(FederationCheck.OneOpening, before.SetEquals(confirmed.Contributors) || MayBreakItsWord(silo), $"'{silo}' confirms a second set of contributors to round {id.Round} {id.Sum}");
    }

    private void Combined(EncryptionContext context, StatedSum sum)
    {
        CollectionId id = context.Collection;
        AggregationEvent.SumSealed? done = _sealed.GetValueOrDefault((id.Round, id.Sum));
        _checks.Require(FederationCheck.OneOpening, done is not null && done.Collection == id && done.Contributors.SetEquals(sum.Contributors), $"{id} is opened over another set than was sealed");
        _openings.Open(NodeAddress.Coordinator.Value, id, context.Base, [.. sum.Contributors]);
    }

    private void Shared(EncryptionContext context, SiloId silo, StatedSum sum, byte[] ciphertexts, ToyKeySecrets secrets, byte[] shares)
    {
        if (_job.Allies.Contains(silo)) return;
        CollectionId id = context.Collection;
        _checks.Require(FederationCheck.ToldBeforeDurable, _releasedOpenings.ContainsKey((silo, id)), $"'{silo}' makes shares of {id} before that is on its disk");
        Digest opening = _releasedOpenings[(silo, id)];
        SiloId unready = sum.Openers.FirstOrDefault(opener => !_job.Allies.Contains(opener) && (!_readies.TryGetValue((opener, id), out (Digest Opening, Digest Id) ready) || ready.Opening != opening));
        _checks.Require(FederationCheck.OneOpening, unready.Value is null, $"'{silo}' makes shares of {id}, and '{unready}' has not signed that it has verified this very opening");
        _encryptions.Shared(context, silo, sum, ciphertexts, secrets, shares);
        if (!MayBreakItsWord(silo)) _openings.Open($"'{silo}'", id, context.Base, [.. sum.Contributors]);
    }

    /// <summary>True for what a site must have erased at the end: shares of rounds, all of which are settled, and parts of keys where it was told that the job is over.</summary>
    private bool IsOverdue(SiloId silo, string secret) =>
        secret.StartsWith($"{Id}~shares~", StringComparison.Ordinal) || (_erased.Contains(silo) && secret.StartsWith($"{Id}~key~", StringComparison.Ordinal));

    private HashSet<Digest> KeyBlobsOf(SiloId silo)
    {
        if (!_keyBlobs.TryGetValue(silo, out HashSet<Digest>? blobs)) _keyBlobs[silo] = blobs = [];
        return blobs;
    }

    /// <summary>Shows each share and each opening to the books before it happens.</summary>
    private sealed class WatchedEncryption(ICollectiveEncryption inner, JobChecks job) : ICollectiveEncryption
    {
        public (byte[] Secrets, byte[] Answer) TakeStep(KeyContext context, KeyStep step, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given) =>
            Taken(context, step, self, given, inner.TakeStep(context, step, self, secrets, given));

        private (byte[] Secrets, byte[] Answer) Taken(KeyContext context, KeyStep step, SiloId self, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given, (byte[] Secrets, byte[] Answer) taken)
        {
            job._checks.Guard(() => job._encryptions.Took(context, step, self, given, taken.Answer));
            return taken;
        }

        public bool IsAnswer(KeyContext context, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> earlier) =>
            inner.IsAnswer(context, step, silo, answer, earlier);

        public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Gather(KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers, SiloId receiver) =>
            inner.Gather(step, answers, receiver);

        public (Digest Id, byte[] PublicKey) PublicKeyOf(KeyContext context, ReadOnlyMemory<byte> secrets) => inner.PublicKeyOf(context, secrets);

        public (Digest Id, byte[] PublicKey) EstablishedKey(KeyContext context, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> answers) =>
            inner.EstablishedKey(context, answers);

        public int CiphertextsOf(EncryptionTerms terms) => inner.CiphertextsOf(terms);

        public byte[] Protect(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output)
        {
            CopiedWriter copy = new(output);
            using MemoryStream copied = new();
            vector.CopyTo(copied);
            copied.Position = 0;
            byte[] commitment = inner.Protect(context, self, secrets, copied, copy);
            byte[] upload = copy.Bytes.ToArray();
            job._checks.Guard(() => job._encryptions.Protected(context, self, commitment, copied.ToArray(), upload));
            return commitment;
        }

        public int? CommittedIn(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment) => inner.CommittedIn(context, silo, commitment);

        public void Approve(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list) => inner.Approve(context, self, list);

        public long UploadBytes(EncryptionContext context) => inner.UploadBytes(context);

        public bool IsCommitted(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment, Stream upload) => inner.IsCommitted(context, silo, commitment, upload);

        public ISumAccumulator CreateAccumulator(EncryptionContext context) => inner.CreateAccumulator(context);

        public byte[] State(EncryptionContext context, Stream sum) => inner.State(context, sum);

        public Digest OpeningId(EncryptionContext context, StatedSum sum) => inner.OpeningId(context, sum);

        public byte[] DrawNonce(EncryptionContext context, SiloId self, StatedSum sum) => inner.DrawNonce(context, self, sum);

        public BlobParts? AssignedParts(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) => inner.AssignedParts(context, self, sum, nonces);

        public byte[] Answer(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, CiphertextReader uploads) =>
            inner.Answer(context, self, sum, nonces, uploads);

        public int CiphertextBytes(EncryptionContext context) => inner.CiphertextBytes(context);

        public void Verify(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence) => inner.Verify(context, self, sum, evidence);

        public void Share(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, StatedSum sum, SumEvidence evidence, ISecretStore ledger, IBlobWriter output)
        {
            CopiedWriter made = new(output);
            inner.Share(context, self, secrets, sum, evidence, ledger, made);
            evidence.Sum.Position = 0;
            byte[] ciphertexts = new byte[evidence.Sum.Length];
            evidence.Sum.ReadExactly(ciphertexts);
            byte[] shares = made.Bytes.ToArray();
            job._checks.Guard(() => job.Shared(context, self, sum, ciphertexts, ToyKeySecrets.Read(secrets), shares));
        }

        public void DropShares(JobId id, int settledRound, ISecretStore ledger) => inner.DropShares(id, settledRound, ledger);

        public long[] Combine(EncryptionContext context, StatedSum sum, Stream ciphertexts, ImmutableSortedDictionary<SiloId, Stream> shares)
        {
            job._checks.Guard(() => job.Combined(context, sum));
            return inner.Combine(context, sum, ciphertexts, shares);
        }
    }
}
