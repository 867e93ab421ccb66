using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Round;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <content>Sums under a common key at the coordinator: publishes the closed list and what openers verify by, says of which ciphertexts the sum is made, and combines shares. It holds no part of the key.</content>
internal sealed partial class CoordinatorShell
{
    private CollectiveKey? _key;

    private ICollectiveEncryption Encryption => Services.CollectiveEncryption ?? throw new InvalidOperationException("this node offers no sums under a common key");

    /// <summary>Starts a step's work; false for work of another kind.</summary>
    private bool StartEncryptionWork(WorkItem item, IActorRef<RoundCommand> decider)
    {
        switch (item)
        {
            case WorkItem.PublishCommitments publish:
                RunWithKey(item.Id, publish.Collection, decider, publicKey => Publish(publish, publicKey));
                return true;
            case WorkItem.StateSum state:
                RunWithSum(item.Id, state.Collection, state.SealedSum, decider, publicKey => State(state, publicKey));
                return true;
            case WorkItem.PublishEvidence publish:
                RunOnce(item.Id, Lane, decider, _ => Publish(publish));
                return true;
            case WorkItem.CountAnswers count:
                decider.Tell(Held(count.Collection, count.Step, count.Opening) with { IsLate = true });
                return true;
            case WorkItem.GatherAnswers gather:
                RunOnce(item.Id, Lane, decider, _ => Gather(gather));
                return true;
            case WorkItem.CombineShares combine:
                FetchShares(combine, decider);
                return true;
            default:
                return false;
        }
    }

    private RoundCommand.AnswersHeld Held(CollectionId id, CeremonyStep step, Digest opening) =>
        new(id, step, [.. _answers.Answers(id, step, opening).Keys], _answers.Declined(id, step)) { Opening = opening };

    /// <summary>Commitments that count: to this sum under this key, in this very attempt or, where S is fixed, as they were on the list of the one before.</summary>
    private RoundCommand.CommitmentsPublished Publish(WorkItem.PublishCommitments publish, byte[] publicKey)
    {
        CollectionId id = publish.Collection;
        EncryptionContext context = ContextOf(id, publish.Base, publicKey);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> fresh = _answers.Answers(id, CeremonyStep.Commit)
            .Where(pair => pair.Value.Base == publish.Base && Encryption.CommittedIn(context, pair.Key, pair.Value.Payload) == id.Attempt)
            .ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Payload);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list = fresh;
        if (publish.EarlierList is { } earlier)
        {
            foreach ((SiloId silo, ReadOnlyMemory<byte> commitment) in CeremonyFrames.Read(Services.Blobs.ReadAll(earlier), CeremonyLimits.AnswerBytesMax))
                if (publish.Fixed.Contains(silo) && !list.ContainsKey(silo)) list = list.Add(silo, commitment);
        }

        Digest listBlob = Services.Blobs.Store(CeremonyFrames.Write(list));
        Digest terms = Services.Blobs.Store(EncryptionTicket.Of(context, Plan!.SumsOf(id.Round).First(sum => sum.Name == id.Sum), list).Write());
        return new(id, [.. list.Keys], [.. fresh.Keys], listBlob, terms, Encryption.UploadBytes(context)) { SumBytes = Encryption.SumBytes(context) };
    }

    private RoundCommand.StatementReady State(WorkItem.StateSum state, byte[] publicKey)
    {
        using Stream sum = Services.Blobs.OpenRead(state.SealedSum);
        return new(state.Collection, Services.Blobs.Store(Encryption.State(ContextOf(state.Collection, state.Base, publicKey), sum)));
    }

    private RoundCommand.EvidencePublished Publish(WorkItem.PublishEvidence publish)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = _answers.Answers(publish.Collection, CeremonyStep.Evaluate, publish.Opening)
            .Where(pair => publish.Contributors.Contains(pair.Key))
            .ToImmutableSortedDictionary(static pair => pair.Key, static pair => OpeningAnswer.AnswerOf(pair.Value.Payload));
        return new(publish.Collection, publish.Opening, Services.Blobs.Store(EvidenceFrames.Write(publish.Nonces, answers)));
    }

    /// <summary>Null where a process of yesterday asked: what it held is asked for again.</summary>
    private RoundCommand? Gather(WorkItem.GatherAnswers gather)
    {
        ImmutableSortedDictionary<SiloId, StepAnswer> answers = _answers.Answers(gather.Collection, gather.Step, gather.Opening);
        if (gather.Step == CeremonyStep.Challenge)
            return new RoundCommand.NoncesHeld(gather.Collection, gather.Opening, answers.ToImmutableSortedDictionary(static pair => pair.Key, static pair => OpeningAnswer.AnswerOf(pair.Value.Payload)));
        if (gather.Step == CeremonyStep.SignList)
            return new RoundCommand.SignaturesHeld(gather.Collection, [.. answers.Values.Select(static answer => new Confirmation(answer.Silo, answer.Signature))]);
        if (answers.IsEmpty) return null;
        IGrouping<Digest, StepAnswer> most = answers.Values.GroupBy(static answer => OpeningAnswer.DigestOf(answer.Payload)).OrderByDescending(static same => same.Count()).ThenBy(static same => same.Key).First();
        return new RoundCommand.ReadiesHeld(gather.Collection, gather.Opening, most.Key, [.. most.Select(static answer => new Confirmation(answer.Silo, answer.Signature))]);
    }

    /// <summary>Shares are worked on in memory and never stored here; of what they open only the integers are.</summary>
    private void FetchShares(WorkItem.CombineShares combine, IActorRef<RoundCommand> decider)
    {
        Digest opening = combine.Opening.HashOf(combine.Collection);
        ImmutableSortedDictionary<SiloId, Digest> shares = _answers.Answers(combine.Collection, CeremonyStep.Share, opening)
            .ToImmutableSortedDictionary(static pair => pair.Key, static pair => OpeningAnswer.DigestOf(pair.Value.Payload));
        if (!combine.Opening.Openers.IsSubsetOf(shares.Keys) || !Begin(combine.Id + "/fetch")) return;
        BlobBatch.Fetch(Services.Bulk, combine.Opening.Openers.Select(silo => new WantedBlob(NodeAddress.Silo(silo.Value), shares[silo])), (blobs, failure) =>
        {
            Finish(combine.Id + "/fetch", decider, null);
            if (blobs is null) decider.Tell(new RoundCommand.SumUnreachable(combine.Collection, failure!));
            else RunWithSum(combine.Id, combine.Collection, combine.Opening.Sum, decider, publicKey => Combine(combine, shares, blobs, publicKey));
        });
    }

    private RoundCommand Combine(WorkItem.CombineShares combine, ImmutableSortedDictionary<SiloId, Digest> shares, IReadOnlyDictionary<Digest, byte[]> blobs, byte[] publicKey)
    {
        CollectionId id = combine.Collection;
        VectorSchema schema = SchemaOf(id);
        StatedSum stated = new(
            CeremonyFrames.Read(Services.Blobs.ReadAll(combine.Opening.List), CeremonyLimits.AnswerBytesMax), combine.Opening.Contributors(), Services.Blobs.ReadAll(combine.Opening.Statement), combine.Opening.Openers);
        using Stream sum = Services.Blobs.OpenRead(combine.Opening.Sum);
        long[] integers = Encryption.Combine(
            ContextOf(id, combine.Base, publicKey), stated, sum, combine.Opening.Openers.ToImmutableSortedDictionary(static silo => silo, Stream (silo) => new MemoryStream(blobs[shares[silo]], writable: false)));
        return Publish(id, schema, integers, stated.Contributors.Count, () => Services.Blobs.Store(OpenedSum.ToBytes(Plan!.Ring, integers)));
    }

    /// <summary>Runs a job with the public key, which the job actor published. One that cannot be fetched now is asked for again after the retry backoff.</summary>
    private void RunWithKey(string id, CollectionId collection, IActorRef<RoundCommand> decider, Func<byte[], RoundCommand?> job, Func<Exception, RoundCommand?>? failed = null)
    {
        Digest publicKey = Key.PublicKey;
        if (Services.Blobs.Contains(publicKey))
        {
            RunOnce(id, Lane, decider, _ => job(Services.Blobs.ReadAll(publicKey)), failed);
            return;
        }

        string fetch = id + "/key";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Job, publicKey, (bytes, failure) =>
        {
            Finish(fetch, decider, null);
            if (bytes is null) decider.Tell(new RoundCommand.SumUnreachable(collection, $"the public key: {failure}"));
            else RunOnce(id, Lane, decider, _ => job(bytes), failed);
        });
    }

    /// <summary>Runs a job with the sealed sum in the store. A sum that cannot be fetched now is asked for again after the retry backoff, until the opening deadline.</summary>
    private void RunWithSum(string id, CollectionId collection, Digest sum, IActorRef<RoundCommand> decider, Func<byte[], RoundCommand?> job)
    {
        string fetch = id + "/sum";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToStore(NodeAddress.Aggregator, sum, Services.Blobs, failure =>
        {
            Finish(fetch, decider, null);
            if (failure is not null) decider.Tell(new RoundCommand.SumUnreachable(collection, failure));
            else RunWithKey(id, collection, decider, job, cause => cause is CeremonyException or InconsistentOpeningException or InvalidDataException ? Inconsistent(collection, cause.Message) : Dropped(collection, cause));
        });
    }

    /// <summary>What the work needs was dropped meanwhile: the sum is open, or its attempt over. Where it is not, the work is asked for again until the opening deadline.</summary>
    private static RoundCommand.SumUnreachable? Dropped(CollectionId collection, Exception cause) => cause is BlobMissingException ? new(collection, cause.Message) : null;

    private CollectiveKey Key => _key ?? throw new InvalidOperationException("a sum under a common key, and there is no key");

    private EncryptionContext ContextOf(CollectionId id, Digest based, byte[] publicKey) => EncryptionContext.Of(Plan!, PlanHash, id, based, Key, publicKey);
}
