using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <content>
/// Sums under a common key at a site. What it encrypts and what it commits to are blobs, and its shares are in the ledger, before the decider hears of them. What others signed is verified with the roster's
/// keys before the decider sees it; what the server sends is refused where it does not fit, and the site stays as it was.
/// </content>
internal sealed partial class SiloShell
{
    private ImmutableSortedDictionary<int, CollectiveKey> _keys = ImmutableSortedDictionary<int, CollectiveKey>.Empty;
    private readonly ConcurrentDictionary<Digest, NodeAddress> _lent = [];   // whole uploads of others in this site's store, until the round is settled
    private volatile IReadOnlyDictionary<Digest, byte[]>? _held;   // what the last verified sum was made of, until its round is settled

    private bool StartEncryptionWork(WorkItem item, IActorRef<SiloCommand> decider)
    {
        switch (item)
        {
            case WorkItem.EncryptInput encrypt:
                RunOnce(item.Id, Lane, decider, _ => Encrypt(encrypt), cause => LostBlob(encrypt.Collection, cause));
                return true;
            case WorkItem.ApproveList approve:
                Fetch(approve.Id, approve.List, approve.Collection, decider, list => Approve(approve, list));
                return true;
            case WorkItem.DrawNonce draw:
                FetchStated(draw.Id, draw.Collection, draw.Opening, [], decider, (stated, _) =>
                    new SiloCommand.NonceMade(draw.Collection, draw.Opening.HashOf(draw.Collection), Encryption.DrawNonce(ContextOf(draw.Collection, draw.Base, draw.Epoch), silo, stated)));
                return true;
            case WorkItem.EvaluateSum evaluate:
                FetchStated(evaluate.Id, evaluate.Collection, evaluate.Opening, [], decider, (stated, blobs) => TryEvaluate(evaluate, stated, blobs, decider));
                return true;
            case WorkItem.VerifyOpening verify:
                FetchEvidence(verify.Id, verify.Collection, verify.Base, verify.Epoch, verify.Opening, verify.Evidence, verify.Upload, decider, (context, stated, evidence) =>
                {
                    Encryption.Verify(context, silo, stated, evidence);
                    return new SiloCommand.OpeningVerified(verify.Collection, verify.Opening.HashOf(verify.Collection), Encryption.OpeningId(context, stated));
                });
                return true;
            case WorkItem.ReleaseOpening release:
                FetchEvidence(
                    release.Id, release.Collection, release.Base, release.Epoch, release.Opening, release.Evidence, release.Upload, decider, (context, stated, evidence) => Share(release, context, stated, evidence),
                    isCheck: false);
                return true;
            case WorkItem.DropShares drop:
                RunOnce(item.Id, Lane, decider, _ => Drop(drop));
                return true;
            default:
                return false;
        }
    }

    private Admission<SiloCommand> AdmitEncryption(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.SignList sign => Admission<SiloCommand>.Accept(new SiloCommand.SignList(sign.Collection, sign.Members, sign.List)),
        ProtocolMessage.UploadInput upload => Admission<SiloCommand>.Accept(new SiloCommand.UploadInput(upload.Collection, upload.Base, upload.List, SignedBy(upload))),
        ProtocolMessage.ReprotectInput reprotect => Signed(reprotect.Contributions, () => new SiloCommand.ReprotectInput(reprotect.Collection, reprotect.Origin, reprotect.Contributions)),
        ProtocolMessage.PrepareOpening prepare => Signed(
            prepare.Opening.Contributions,
            () => Prepared(prepare)),
        ProtocolMessage.EvaluateSum evaluate => Signed(evaluate.Opening.Contributions, () => new SiloCommand.EvaluateSum(evaluate.Collection, evaluate.Opening, evaluate.Nonces)),
        ProtocolMessage.VerifyOpening verify => Signed(verify.Opening.Contributions, () => new SiloCommand.VerifyOpening(verify.Collection, verify.Opening, verify.Evidence)),
        ProtocolMessage.ReleaseOpening release => Signed(
            release.Opening.Contributions, () => new SiloCommand.ReleaseOpening(release.Collection, release.Opening, release.Evidence, release.ReadyFor, ReadyBy(release))),
        _ => Admission<SiloCommand>.Unexpected(from, message),
    };

    /// <summary>Who confirmed the list of contributors, and what each of them has heard of this site.</summary>
    private SiloCommand.PrepareOpening Prepared(ProtocolMessage.PrepareOpening prepare)
    {
        ImmutableArray<UpdateManifest> contributions = prepare.Opening.Contributions;
        ImmutableArray<Confirmation> good = contributions.IsEmpty
            ? []
            : [.. Good(new ConfirmedSum(prepare.Collection, contributions[0].Base, CeremonyId.OfList(prepare.Collection, contributions), prepare.Confirmations))];
        return new SiloCommand.PrepareOpening(prepare.Collection, prepare.Opening, [.. good.Select(static known => known.Silo)])
        {
            Own = good.FirstOrDefault(known => known.Silo == silo)?.Epoch,
            Heard = good.Where(known => known.Silo != silo).ToImmutableSortedDictionary(static known => known.Silo, known => EpochMemory.Told(known.Heard, Plan!.Silos, silo)),
        };
    }

    /// <summary>By sum of a round that is over, the epochs of those whose words for it are good.</summary>
    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>> WordsOf(ProtocolMessage.CloseRound close)
    {
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>> words = new SiloCommand.CloseRound(close.Round, close.Committed, close.Contributors, close.Head).Confirmed;
        if (Plan?.Ckks is null || close.Confirmed.Length > Plan.SumsOf(close.Round).Length) return words;
        foreach (ConfirmedSum sum in close.Confirmed.Where(sum => sum.Collection.Round == close.Round))
            words = words.SetItem(sum.Collection.Sum, Good(sum).ToImmutableSortedDictionary(static known => known.Silo, static known => known.Epoch));
        return words;
    }

    private Admission<SiloCommand> Signed(ImmutableArray<UpdateManifest> contributions, Func<SiloCommand> command) =>
        Unsigned(contributions) is { } refusal ? Admission<SiloCommand>.Refuse(refusal) : Admission<SiloCommand>.Accept(command());

    /// <summary>Those whose signature over this very list of commitments is good.</summary>
    private ImmutableSortedSet<SiloId> SignedBy(ProtocolMessage.UploadInput upload)
    {
        if (Plan is not { } plan || upload.Signatures.Length > plan.Roster.Length) return [];
        byte[] payload = StepAnswer.SignatureOf(upload.List);
        return
        [
            .. upload.Signatures
                .Where(known => Services.IsSigned(plan, new StepAnswer(known.Silo, plan.Job, upload.Collection, CeremonyStep.SignList, PlanHash, upload.Base, payload, known.Signature)))
                .Select(static known => known.Silo),
        ];
    }

    /// <summary>Those whose signature that they are ready for this very opening is good.</summary>
    private ImmutableSortedSet<SiloId> ReadyBy(ProtocolMessage.ReleaseOpening release)
    {
        if (Plan is not { } plan || release.Opening.Contributions.IsEmpty || release.Readies.Length > plan.Roster.Length) return [];
        Digest based = release.Opening.Contributions[0].Base;
        byte[] payload = OpeningAnswer.Write(release.Opening.HashOf(release.Collection), release.ReadyFor);
        return
        [
            .. release.Readies
                .Where(known => Services.IsSigned(plan, new StepAnswer(known.Silo, plan.Job, release.Collection, CeremonyStep.Ready, PlanHash, based, payload, known.Signature)))
                .Select(static known => known.Silo),
        ];
    }

    private SiloCommand? Encrypt(WorkItem.EncryptInput encrypt)
    {
        CollectionId id = encrypt.Collection;
        if (encrypt is { Epoch: { } under, Commitment: { } made, Upload: { } stored })
        {
            return Services.Blobs.Contains(stored)
                ? new SiloCommand.InputEncrypted(id, under, Services.Blobs.ReadAll(made), made, stored, Services.Blobs.Length(stored), encrypt.Fixed)
                : new SiloCommand.StepImpossible(id, "the ciphertexts of this attempt are lost");
        }

        int epoch = _keys.Keys.LastOrDefault();
        if (KeyPart(epoch) is not { } part) return new SiloCommand.StepImpossible(id, "this site's part of the key is not in the secret store");
        EncryptionContext context = ContextOf(id, encrypt.Base, epoch);
        using Stream vector = Services.Blobs.OpenRead(encrypt.Contribution);
        using IBlobWriter output = Services.Blobs.Create();
        byte[] commitment;
        try
        {
            commitment = Encryption.Protect(context, silo, part, vector, output);
        }
        catch (CeremonyException e)
        {
            return new SiloCommand.StepImpossible(id, e.Message);   // a part that is damaged is as good as none
        }
        finally
        {
            CryptographicOperations.ZeroMemory(part);
        }

        Digest upload = output.Commit();
        return new SiloCommand.InputEncrypted(id, epoch, commitment, Services.Blobs.Store(commitment), upload, Services.Blobs.Length(upload), encrypt.Fixed);
    }

    private SiloCommand? Approve(WorkItem.ApproveList approve, byte[] published)
    {
        CollectionId id = approve.Collection;
        try
        {
            EncryptionContext context = ContextOf(id, approve.Base, approve.Epoch);
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list = CeremonyFrames.Read(published, CeremonyLimits.AnswerBytesMax);
            if (!list.Keys.SequenceEqual(approve.Members)) return Refused(id, new CeremonyException("the list of commitments is not that of its members"));
            if (Digest.Of(list[silo].Span) != approve.Commitment) return Refused(id, new CeremonyException("the list has another commitment for this site than it sent"));
            Services.RequireApprovedKeys(Plan!, list.Keys);
            foreach ((SiloId member, ReadOnlyMemory<byte> commitment) in list)
            {
                int? attempt = Encryption.CommittedIn(context, member, commitment);
                if (attempt != id.Attempt && !(approve.IsFixed && attempt < id.Attempt)) return Refused(id, new CeremonyException($"the commitment of '{member}' is not to this sum, or not signed by it"));
            }

            Encryption.Approve(context, silo, list);
            return new SiloCommand.ListApproved(id, approve.Members, approve.List);
        }
        catch (CeremonyException e)
        {
            return Refused(id, e);
        }
    }

    /// <summary>Where something is assigned to the site it needs just that of the others' uploads; where nothing is, nothing of them is fetched.</summary>
    private SiloCommand? TryEvaluate(WorkItem.EvaluateSum evaluate, StatedSum stated, IReadOnlyDictionary<Digest, byte[]> blobs, IActorRef<SiloCommand> decider)
    {
        EncryptionContext context = ContextOf(evaluate.Collection, evaluate.Base, evaluate.Epoch);
        if (Encryption.AssignedParts(context, silo, stated, evaluate.Nonces) is not { } parts) return Evaluate(evaluate, context, stated, blobs, parts: null);
        IEnumerable<WantedBlob> others = UploadsOf(evaluate.Opening, evaluate.Opening.Contributors().Remove(silo), parts);
        FetchStated(evaluate.Id + "/assigned", evaluate.Collection, evaluate.Opening, others, decider, (again, all) => Evaluate(evaluate, context, again, all, parts));
        return null;
    }

    private SiloCommand.SumEvaluated Evaluate(WorkItem.EvaluateSum evaluate, EncryptionContext context, StatedSum stated, IReadOnlyDictionary<Digest, byte[]> blobs, BlobParts? parts)
    {
        byte[] answer = Encryption.Answer(context, silo, stated, evaluate.Nonces, Reader(context, evaluate.Opening, blobs, evaluate.Upload, parts));
        return new SiloCommand.SumEvaluated(evaluate.Collection, evaluate.Opening.HashOf(evaluate.Collection), answer);
    }

    private SiloCommand? Share(WorkItem.ReleaseOpening release, EncryptionContext context, StatedSum stated, SumEvidence evidence)
    {
        if (KeyPart(release.Epoch) is not { } part) return new SiloCommand.StepImpossible(release.Collection, "this site's part of the key is not in the secret store");
        using IBlobWriter output = Services.Blobs.Create();
        try
        {
            Encryption.Share(context with { SharesOnRecord = release.OnRecord }, silo, part, stated, evidence, Secrets, output);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(part);
        }

        return new SiloCommand.ShareMade(release.Collection, release.Opening.HashOf(release.Collection), output.Commit());
    }

    private SiloCommand? Drop(WorkItem.DropShares drop)
    {
        _held = null;
        foreach (Digest upload in _lent.Keys)
        {
            Services.Blobs.Delete(upload);
            _lent.TryRemove(upload, out _);
        }

        Encryption.DropShares(Plan!.Job, drop.SettledRound, Secrets);
        return null;
    }

    /// <summary>Fetches what a stated sum is made of, and more, and works on it. What cannot be fetched now is asked for again.</summary>
    private void FetchStated(
        string id, CollectionId collection, StatedOpening opening, IEnumerable<WantedBlob> more, IActorRef<SiloCommand> decider, Func<StatedSum, IReadOnlyDictionary<Digest, byte[]>, SiloCommand?> work,
        bool isCheck = true) =>
        FetchAll(id, collection, [new(NodeAddress.Coordinator, opening.List), new(NodeAddress.Coordinator, opening.Statement), .. more], decider, blobs =>
            RunOnce(id, Lane, decider, _ => Refusing(collection, () => work(StatedOf(opening, blobs), blobs), isCheck ? opening.HashOf(collection) : null), cause => LostBlob(collection, cause)));

    /// <summary>The same with the sum, and the ciphertexts of those who are gone or, where the plan says so, of all.</summary>
    private void FetchEvidence(
        string id, CollectionId collection, Digest based, int epoch, StatedOpening opening, Digest evidence, Digest upload, IActorRef<SiloCommand> decider,
        Func<EncryptionContext, StatedSum, SumEvidence, SiloCommand?> work, bool isCheck = true) => FetchAll(id, collection, [new(NodeAddress.Coordinator, evidence)], decider, published =>
        {
            if (Evidence(collection, published[evidence]) is not { } read) return;
            (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers) = read;
            ImmutableSortedSet<SiloId> contributors = opening.Contributors(), gone = Plan!.Ckks!.Verification == SumCheckLevel.Fingerprint ? contributors.Except(answers.Keys) : [];
            IEnumerable<SiloId> needed = (Plan.Ckks.Verification == SumCheckLevel.Full ? contributors : gone).Remove(silo);
            FetchStated(id + "/work", collection, opening, [new(NodeAddress.Aggregator, opening.Sum), .. UploadsOf(opening, needed, parts: null)], decider, (stated, blobs) =>
            {
                _held = new Dictionary<Digest, byte[]>(blobs) { [evidence] = published[evidence] };   // shares are asked for next, of the same sum
                EncryptionContext context = ContextOf(collection, based, epoch);
                using MemoryStream sum = new(blobs[opening.Sum], writable: false);
                return work(context, stated, new SumEvidence(nonces, answers, gone, sum, Reader(context, opening, blobs, upload, parts: null)));
            }, isCheck);
        });

    private void FetchAll(string id, CollectionId collection, IEnumerable<WantedBlob> wanted, IActorRef<SiloCommand> decider, Action<IReadOnlyDictionary<Digest, byte[]>> work)
    {
        if (_held is { } held && wanted.All(blob => held.ContainsKey(blob.Hash)))
        {
            work(held);
            return;
        }

        string fetch = id + "/fetch";
        if (!Begin(fetch)) return;
        BlobBatch.Fetch(Services.Bulk, wanted, (blobs, failure) =>
        {
            Finish(fetch, decider, null);
            if (blobs is not null) work(blobs);
            else Services.Observer.Refused(Self, $"what {collection} needs could not be fetched: {failure}");
        });
    }

    private (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Answers)? Evidence(CollectionId id, byte[] bytes)
    {
        try
        {
            return EvidenceFrames.Read(bytes);
        }
        catch (CeremonyException e)
        {
            Refused(id, e);
            return null;
        }
    }

    /// <summary>What does not hold is refused and, where it is the sum of an opening that nobody has released yet, doubted: the coordinator hears why.</summary>
    private SiloCommand? Refusing(CollectionId id, Func<SiloCommand?> work, Digest? opening = null)
    {
        try
        {
            return work();
        }
        catch (CeremonyException e)
        {
            Refused(id, e);
            return opening is { } doubted && !e.IsIncomplete ? new SiloCommand.OpeningDoubted(id, doubted, e.Message) : null;
        }
    }

    private StatedSum StatedOf(StatedOpening opening, IReadOnlyDictionary<Digest, byte[]> blobs)
    {
        StatedSum stated = new(CeremonyFrames.Read(blobs[opening.List], CeremonyLimits.AnswerBytesMax), opening.Contributors(), blobs[opening.Statement], opening.Openers);
        Services.RequireApprovedKeys(Plan!, stated.List.Keys.Union(stated.Openers));
        return stated;
    }

    /// <summary>Parts of uploads are held in memory; whole ones, of which there are many, lie in the store until the round is settled, and one ciphertext of them is read at a time.</summary>
    private IEnumerable<WantedBlob> UploadsOf(StatedOpening opening, IEnumerable<SiloId> silos, BlobParts? parts)
    {
        WantedBlob[] uploads = [.. silos.Select(of => new WantedBlob(AggregatorTree.For(Plan!, of), opening.Contributions.First(m => m.Silo == of).Hash, parts, parts is null ? Services.Blobs : null))];
        if (parts is null) foreach (WantedBlob upload in uploads) _lent.TryAdd(upload.Hash, upload.From);
        return uploads;
    }

    /// <summary>Reads ciphertexts of fetched uploads, or the parts of them that were fetched, and the site's own from its outbox.</summary>
    private CiphertextReader Reader(EncryptionContext context, StatedOpening opening, IReadOnlyDictionary<Digest, byte[]> blobs, Digest own, BlobParts? parts)
    {
        int bytes = Encryption.CiphertextBytes(context), count = Encryption.CiphertextsOf(context.Terms);
        BlobParts part = parts ?? new BlobParts(bytes, 0, bytes);
        return (of, index) =>
        {
            Digest hash = of == silo ? own : opening.Contributions.FirstOrDefault(m => m.Silo == of)?.Hash ?? default;
            if (of == silo || (_lent.ContainsKey(hash) && Services.Blobs.Contains(hash))) return ReadStored(of, hash, index == count ? null : part.Length, (index * (long)part.Every) + (index == count ? 0 : part.Offset));
            if (blobs.GetValueOrDefault(hash) is not { } upload) throw new CeremonyException($"the upload of '{of}' is not here") { Site = of };
            if (index == count) return part.Tail <= upload.Length ? upload.AsMemory(upload.Length - part.Tail) : throw CutOff(of);
            return part.PlaceOf(index) is { } at && at + part.Length <= upload.Length - part.Tail ? upload.AsMemory(at, part.Length) : throw CutOff(of);
        };
    }

    /// <summary>So many bytes of a stored upload, or all that are left.</summary>
    private byte[] ReadStored(SiloId of, Digest hash, int? length, long at)
    {
        using Stream upload = Services.Blobs.OpenRead(hash);
        long left = upload.Length - at;
        if (left < (length ?? 0)) throw CutOff(of);
        byte[] bytes = new byte[length ?? left];
        upload.Position = at;
        upload.ReadExactly(bytes);
        return bytes;
    }

    private static CeremonyException CutOff(SiloId of) => new($"the upload of '{of}' is cut off") { Site = of };

    private EncryptionContext ContextOf(CollectionId id, Digest based, int epoch)
    {
        CollectiveKey key = _keys.GetValueOrDefault(epoch) ?? throw new CeremonyException($"this site holds no key of epoch {epoch}") { IsIncomplete = true };
        return EncryptionContext.Of(Plan!, PlanHash, id, based, key, Services.Blobs.ReadAll(key.PublicKey));
    }

    private static SiloCommand.StepImpossible? LostBlob(CollectionId id, Exception cause) => cause is BlobMissingException ? new(id, cause.Message) : null;
}
