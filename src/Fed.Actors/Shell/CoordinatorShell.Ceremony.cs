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
                .Where(answer => answer.Payload.Length <= CeremonyLimits.AdvertBytesMax && Aggregation.IsAdvert(CeremonyContext.Of(Plan!, PlanHash, answer.Collection, answer.Base), answer.Silo, answer.Payload.Span)),
        ];
        return new RoundCommand.KeysPublished(publish.Collection, [.. good.Select(static answer => answer.Silo)], Services.Blobs.Store(AdvertList.Write(good)));
    }

    private RoundCommand.SharesPublished Publish(WorkItem.PublishShares publish)
    {
        SortedDictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = [];
        foreach ((SiloId silo, StepAnswer answer) in _answers.Answers(publish.Collection, CeremonyStep.ShareKeys))
        {
            if (Shares(answer.Payload) is { } shares && shares.Keys.SequenceEqual(publish.Members.Remove(silo))) dealt[silo] = shares;
        }

        return new RoundCommand.SharesPublished(publish.Collection, dealt.Keys.ToImmutableSortedDictionary(
            static silo => silo,
            silo => Services.Blobs.Store(CeremonyFrames.Write(dealt.Where(pair => pair.Key != silo).Select(pair => KeyValuePair.Create(pair.Key, pair.Value[silo]))))));
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
        CeremonyContext context = CeremonyContext.Of(Plan!, PlanHash, unmask.Collection, unmask.Base);
        if (released.Count < context.Threshold) return null;   // a process of yesterday's work: what it held is asked for again
        UnmaskRequest request = new(
            context, AdvertList.Adverts(Services.Blobs.ReadAll(unmask.Adverts)), unmask.Maskers, unmask.Contributors, released);
        using MemoryStream input = new(masked, writable: false);
        using MemoryStream words = new(masked.Length);
        Aggregation.Unmask(request, input, words);
        long[] integers = OpenedSum.FromBytes(context.Ring, words.GetBuffer().AsSpan(0, (int)words.Length));
        return Publish(unmask.Collection, schema, integers, unmask.Contributors.Count, () => Services.Blobs.Store(words.GetBuffer().AsSpan(0, (int)words.Length)));
    }

    private RoundCommand? Delete(ImmutableArray<Digest> blobs)
    {
        foreach (Digest blob in blobs.Where(hash => !Services.IsNamedElsewhere(hash))) Services.Blobs.Delete(blob);
        return null;
    }

    private ISecureAggregation Aggregation => Services.SecureAggregation ?? throw new InvalidOperationException("this node offers no secure aggregation");
}
