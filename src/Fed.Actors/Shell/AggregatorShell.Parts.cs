using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Shell;

/// <content>Partial sums: a part signs its own; the root verifies them with every update that is said to be in them, fetches, and adds them up when all are in.</content>
internal sealed partial class AggregatorShell
{
    protected override ProtocolMessage Complete(ProtocolMessage message, EffectContext<AggregationCommand> context) => message is ProtocolMessage.PartSealed done
        ? done with { Manifest = done.Manifest with { Signature = Services.Signer.Sign(PartManifest.Purpose, done.Manifest.SignedContent()) } }
        : message;

    private Admission<AggregationCommand> AdmitPart(ProtocolMessage.PartSealed done)
    {
        PartManifest manifest = done.Manifest;
        if (manifest.Job != done.Job) return Admission<AggregationCommand>.Refuse($"a partial sum of part {manifest.Part} for another job");
        bool isSigned = Services.AnyKey(NodeAddress.SubAggregator(manifest.Part), key => Services.Signer.Verify(PartManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span, key.Span));
        if (!isSigned) return Admission<AggregationCommand>.Refuse($"a partial sum that part {manifest.Part} has not signed");
        return done.Contributions.FirstOrDefault(update => !IsSigned(update)) is { } forged
            ? Admission<AggregationCommand>.Refuse($"a partial sum of part {manifest.Part} over an update that '{forged.Silo}' has not signed")
            : Admission<AggregationCommand>.Accept(new AggregationCommand.OfferPart(manifest, done.Contributions));
    }

    private void Fetch(WorkItem.FetchPart fetch, IActorRef<AggregationCommand> decider)
    {
        if (!Begin(fetch.Id)) return;
        FetchPart(fetch.Manifest, failure =>
        {
            // What could not be fetched now is said again by its part, when the coordinator asks it again.
            if (failure is not null) Services.Observer.Refused(Self, $"the partial sum of part {fetch.Manifest.Part} could not be fetched: {failure}");
            Finish(fetch.Id, decider, failure is null ? new AggregationCommand.PartArrived(fetch.Manifest, fetch.Contributions) : null);
        });
    }

    private AggregationCommand? Seal(WorkItem.SealParts seal, IActorRef<AggregationCommand> decider)
    {
        ImmutableArray<PartManifest> missing = [.. seal.Parts.Select(static part => part.Manifest).Where(manifest => !Has(manifest))];
        if (!missing.IsEmpty)
        {
            Refetch(seal, missing, decider);
            return null;
        }

        ISumAccumulator sum = Accumulator(seal.Shape);
        foreach ((PartManifest manifest, int updates) in seal.Parts)
        {
            using Stream entry = inbox.OpenRead(EntryId(manifest), manifest.Sum, manifest.Length) ?? throw new IOException($"the received partial sum of part {manifest.Part} is gone");
            try
            {
                sum.AddPart(entry, updates);
            }
            catch (InvalidDataException e)
            {
                return new AggregationCommand.SumLost(seal.Collection, $"the partial sum of part {manifest.Part} is none of {updates} updates: {e.Message}");
            }
        }

        using IBlobWriter writer = Services.Blobs.Create();
        sum.WriteTo(writer);
        return new AggregationCommand.SumStored(seal.Collection, writer.Commit());
    }

    /// <summary>After a crash the inbox may lack what was accepted: parts keep it until the round is released.</summary>
    private void Refetch(WorkItem.SealParts seal, ImmutableArray<PartManifest> missing, IActorRef<AggregationCommand> decider)
    {
        int left = missing.Length;
        string? firstFailure = null;
        foreach (PartManifest manifest in missing)
        {
            FetchPart(manifest, failure =>
            {
                if (failure is not null) Interlocked.CompareExchange(ref firstFailure, $"the accepted partial sum of part {manifest.Part} could not be fetched again: {failure}", null);
                if (Interlocked.Decrement(ref left) > 0) return;
                if (firstFailure is { } reason) decider.Tell(new AggregationCommand.SumLost(seal.Collection, reason));
                else RunOnce(seal.Id + "/again", Lane, decider, _ => Seal(seal, decider));
            });
        }
    }

    private void FetchPart(PartManifest manifest, Action<string?> done) =>
        Receive(NodeAddress.SubAggregator(manifest.Part), manifest.Sum, manifest.Length, manifest.Collection.Round, EntryId(manifest), done);

    private bool Has(PartManifest manifest)
    {
        using Stream? entry = inbox.OpenRead(EntryId(manifest), manifest.Sum, manifest.Length);
        return entry is not null;
    }

    private static string EntryId(PartManifest manifest) => $"r{manifest.Collection.Round}.{manifest.Collection.Sum}.part-{manifest.Part}";
}
