using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Shell;

/// <content>
/// Ciphertexts at an aggregator: each upload is compared with what its site committed to, before it counts, and added as a whole. What it needs to know for that it fetches from the coordinator; it
/// believes nothing of it, since sites verify the sum.
/// </content>
internal sealed partial class AggregatorShell
{
    private (Digest Hash, EncryptionContext Context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Commitments)? _terms;

    private ICollectiveEncryption Encryption => Services.CollectiveEncryption ?? throw new InvalidOperationException("this aggregator cannot add ciphertexts");

    /// <summary>Runs a job once what it needs to know of the ciphertexts is here; at once where contributions are ring words.</summary>
    /// <param name="id">Of the work.</param>
    /// <param name="shape">The sum.</param>
    /// <param name="decider">Hears what came of it.</param>
    /// <param name="job">The work.</param>
    /// <param name="failed">Hears that the terms could not be fetched; null for work that is asked for again, with the next offer or before the sum is sealed.</param>
    private void RunWithTerms(string id, SumShape shape, IActorRef<AggregationCommand> decider, Func<AggregationCommand?> job, Action<string>? failed = null)
    {
        if (shape.Terms is not { } terms || _terms?.Hash == terms)
        {
            RunOnce(id, Lane, decider, _ => job());
            return;
        }

        string fetch = id + "/terms";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Coordinator, terms, (bytes, failure) =>
        {
            Finish(fetch, decider, null);
            string cause = $"the terms of a sum of ciphertexts could not be fetched: {failure}";
            if (bytes is null && failed is not null) failed(cause);
            else if (bytes is null) Services.Observer.Refused(Self, cause);
            else RunOnce(id, Lane, decider, _ => Learn(terms, bytes) ? job() : null);
        });
    }

    private bool Learn(Digest terms, byte[] bytes)
    {
        EncryptionTicket ticket = EncryptionTicket.Read(bytes);
        _terms = (terms, ticket.ToContext(), ticket.Commitments);
        return true;
    }

    private AggregationCommand Check(WorkItem.FetchUpdate fetch)
    {
        UpdateManifest manifest = fetch.Manifest;
        (_, EncryptionContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments) = _terms!.Value;
        using Stream? upload = inbox.OpenRead(EntryId(manifest), manifest.Hash, manifest.Length);
        bool isCommitted = upload is not null && commitments.TryGetValue(manifest.Silo, out ReadOnlyMemory<byte> commitment) && Encryption.IsCommitted(context, manifest.Silo, commitment, upload);
        return isCommitted
            ? new AggregationCommand.UpdateArrived(fetch.Collection, manifest, fetch.Head)
            : new AggregationCommand.UpdateUnfit(fetch.Collection, manifest, "the upload is not what its site committed to");
    }

    private ISumAccumulator Accumulator(SumShape shape) => shape.Terms is null ? Services.Protection.CreateAccumulator(shape) : Encryption.CreateAccumulator(_terms!.Value.Context);

    /// <summary>A contribution where it lies: received or, where it was sealed before, kept.</summary>
    private Stream? Open(UpdateManifest manifest) =>
        inbox.OpenRead(EntryId(manifest), manifest.Hash, manifest.Length) ?? (Services.Blobs.Contains(manifest.Hash) ? Services.Blobs.OpenRead(manifest.Hash) : null);
}
