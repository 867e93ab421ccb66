using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <content>Secure aggregation at the coordinator: holds what sites answer, publishes lists of it, and takes the masks off a sealed sum.</content>
internal sealed partial class CoordinatorShell
{
    private readonly AnswerBox _answers = new();

    /// <summary>Starts a step's work; false for work of another kind.</summary>
    private bool StartCeremonyWork(WorkItem item, IActorRef<RoundCommand> decider)
    {
        switch (item)
        {
            case WorkItem.HoldAnswer hold:
                _answers.Hold(hold.Answer);
                decider.Tell(Held(hold.Answer.Collection, hold.Answer.Step, AnswerBox.OpeningOf(hold.Answer)));
                return true;
            case WorkItem.HoldDecline hold:
                _answers.HoldDecline(hold.Collection, hold.Step, hold.Silo);
                decider.Tell(Held(hold.Collection, hold.Step, default));
                return true;
            case WorkItem.PublishNonceCommitments:
                RunOnce(item.Id, Lane, decider, _ => PublishNonceCommitments());
                return true;
            case WorkItem.PublishNonces publish:
                RunOnce(item.Id, Lane, decider, _ => Publish(publish), static cause => cause is CeremonyException ? new RoundCommand.GraphFailed(cause.Message) : null);
                return true;
            case WorkItem.PublishKeys publish:
                RunOnce(item.Id, Lane, decider, _ => Publish(publish));
                return true;
            case WorkItem.PublishShares publish:
                RunOnce(item.Id, Lane, decider, _ => Publish(publish));
                return true;
            case WorkItem.UnmaskSum unmask:
                Unmask(unmask, decider);
                return true;
            case WorkItem.DropCeremony drop:
                _answers.Forget(drop.Collection);
                if (!drop.Blobs.IsEmpty) RunOnce(item.Id, Lane, decider, _ => Delete(drop.Blobs));
                return true;
            case WorkItem.DropPublished drop:
                RunOnce(item.Id, Lane, decider, _ => Delete(drop.Blobs));
                return true;
            default:
                return false;
        }
    }

    private Admission<RoundCommand> AdmitAnswer(StepAnswer answer)
    {
        if (Plan is not { } plan) return Admission<RoundCommand>.Refuse($"an answer of '{answer.Silo}', and no plan is adopted");
        if (answer.Job != plan.Job || answer.Payload.Length > CeremonyLimits.AnswerBytesMax) return Admission<RoundCommand>.Refuse($"an answer of '{answer.Silo}' to another job, or too long");
        return Services.IsSigned(plan, answer)
            ? Admission<RoundCommand>.Accept(new RoundCommand.StepAnswered(answer))
            : Admission<RoundCommand>.Refuse($"an answer that '{answer.Silo}' has not signed");
    }

    private RoundCommand.KeysPublished Publish(WorkItem.PublishKeys publish)
    {
        ImmutableArray<StepAnswer> good =
        [
            .. _answers.Answers(publish.Collection, CeremonyStep.AdvertiseKeys).Values
                .Where(answer => answer.Payload.Length <= CeremonyLimits.AdvertBytesMax && Aggregation.IsAdvert(ContextOf(answer.Collection, answer.Base), answer.Silo, answer.Payload.Span)),
        ];
        ImmutableSortedSet<SiloId> members = [.. good.Select(static answer => answer.Silo)];
        return new RoundCommand.KeysPublished(publish.Collection, members, Services.Blobs.Store(AdvertList.Write(good))) { Lists = Graph is null || good.IsEmpty ? null : ListsOf(good, members) };
    }

    /// <summary>For each member the keys of its neighbours and its own.</summary>
    private ImmutableSortedDictionary<SiloId, Digest> ListsOf(ImmutableArray<StepAnswer> good, ImmutableSortedSet<SiloId> members)
    {
        CeremonyContext context = ContextOf(good[0].Collection, good[0].Base);
        return members.ToImmutableSortedDictionary(static silo => silo, silo =>
        {
            ImmutableSortedSet<SiloId> needed = Aggregation.HoldersOf(context, silo).Add(silo);
            return Services.Blobs.Store(AdvertList.Write(good.Where(answer => needed.Contains(answer.Silo))));
        });
    }

    private RoundCommand.SharesPublished Publish(WorkItem.PublishShares publish)
    {
        SortedDictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = [];
        foreach ((SiloId silo, StepAnswer answer) in _answers.Answers(publish.Collection, CeremonyStep.ShareKeys))
        {
            ImmutableSortedSet<SiloId> holders = Aggregation.HoldersOf(ContextOf(answer.Collection, answer.Base), silo);
            if (Shares(answer.Payload) is { } shares && shares.Keys.SequenceEqual(publish.Members.Intersect(holders))) dealt[silo] = shares;
        }

        return new RoundCommand.SharesPublished(publish.Collection, dealt.Keys.ToImmutableSortedDictionary(
            static silo => silo,
            silo => Services.Blobs.Store(CeremonyFrames.Write(dealt.Where(pair => pair.Value.ContainsKey(silo)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value[silo]))))));
    }

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>? Shares(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return CeremonyFrames.Read(payload, CeremonyLimits.SealedShareBytesMax);
        }
        catch (CeremonyException)
        {
            return null;   // a site that seals nothing readable has not shared its keys
        }
    }

    /// <summary>The masked sum is worked on in memory, and only the opened one is stored.</summary>
    private void Unmask(WorkItem.UnmaskSum unmask, IActorRef<RoundCommand> decider)
    {
        string fetch = unmask.Id + "/fetch";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Aggregator, unmask.SealedSum, (masked, failure) =>
        {
            Finish(fetch, decider, null);
            if (masked is not null) RunOnce(unmask.Id, Lane, decider, _ => Unmask(unmask, masked), cause => cause is CeremonyException ? Inconsistent(unmask.Collection, cause.Message) : null);
            else decider.Tell(new RoundCommand.SumUnreachable(unmask.Collection, failure!));
        });
    }

    private RoundCommand? Unmask(WorkItem.UnmaskSum unmask, byte[] masked)
    {
        VectorSchema schema = SchemaOf(unmask.Collection);
        if (masked.LongLength != ShapeOf(schema).Bytes) return Inconsistent(unmask.Collection, $"the sealed sum has {masked.Length} bytes, its schema {ShapeOf(schema).Bytes}");
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> released = _answers.Answers(unmask.Collection, CeremonyStep.ReleaseShares)
            .Where(pair => unmask.Contributors.Contains(pair.Key)).ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value.Payload);
        CeremonyContext context = ContextOf(unmask.Collection, unmask.Base);
        if (released.Count < context.Threshold) return null;   // a process of yesterday's work: what it held is asked for again
        UnmaskRequest request = new(
            context,
            AdvertList.Adverts(Services.Blobs.ReadAll(unmask.Adverts)),
            [.. unmask.Shares.Keys],
            unmask.Contributors,
            released.Keys.ToImmutableSortedDictionary(static silo => silo, silo => CeremonyFrames.Read(Services.Blobs.ReadAll(unmask.Shares[silo]), CeremonyLimits.SealedShareBytesMax)),
            released);
        using MemoryStream input = new(masked, writable: false);
        using MemoryStream words = new(masked.Length);
        UnmaskOutcome outcome = Aggregation.Unmask(request, input, words);
        if (!outcome.IsOpened) return new RoundCommand.SharesShort(unmask.Collection, outcome.Liars);
        long[] integers = OpenedSum.FromBytes(context.Ring, words.GetBuffer().AsSpan(0, (int)words.Length));
        RoundCommand published = Publish(unmask.Collection, schema, integers, unmask.Contributors.Count, () => Services.Blobs.Store(words.GetBuffer().AsSpan(0, (int)words.Length)));
        return published is RoundCommand.OpeningFinished finished ? finished with { Liars = outcome.Liars, OpenedBy = [.. released.Keys.Except(outcome.Liars)] } : published;
    }

    private RoundCommand.NonceCommitmentsPublished PublishNonceCommitments()
    {
        ImmutableSortedDictionary<SiloId, StepAnswer> committed = _answers.Answers(GraphCeremony.Id, CeremonyStep.CommitNonce);
        ImmutableArray<StepAnswer> small = [.. committed.Values.Where(static answer => answer.Payload.Length <= CeremonyLimits.AdvertBytesMax)];
        return new RoundCommand.NonceCommitmentsPublished([.. small.Select(static answer => answer.Silo)], Services.Blobs.Store(GraphLists.WriteCommitments(small)));
    }

    private RoundCommand.NoncesPublished Publish(WorkItem.PublishNonces publish)
    {
        byte[] lists = GraphLists.WriteNonces(Services.Blobs.ReadAll(publish.Commitments), _answers.Answers(GraphCeremony.Id, CeremonyStep.ShowNonce));
        (_, _, Digest seed) = GraphLists.ReadNonces(Services, Aggregation, Plan!, PlanHash, lists);
        return new RoundCommand.NoncesPublished(Services.Blobs.Store(lists), seed);
    }

    private CeremonyContext ContextOf(CollectionId id, Digest based) => CeremonyContext.Of(Plan!, PlanHash, id, based, Graph);

    private RoundCommand? Delete(ImmutableArray<Digest> blobs)
    {
        foreach (Digest blob in blobs.Where(hash => !Services.IsNamedElsewhere(hash))) Services.Blobs.Delete(blob);
        return null;
    }

    private ISecureAggregation Aggregation => Services.SecureAggregation ?? throw new InvalidOperationException("this node offers no secure aggregation");
}
