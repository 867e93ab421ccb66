using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Shell;

/// <summary>The world of an aggregator: fetches contributions into the inbox, adds the accepted ones up, and makes the sum durable.</summary>
internal sealed partial class AggregatorShell(NodeServices services, IActorRef<CourierMessage> courier, IInbox inbox, int? part)
    : EffectShell<AggregationCommand>(part is { } number ? NodeAddress.SubAggregator(number) : NodeAddress.Aggregator, services, courier, static id => new AggregationCommand.TimerDue(id))
{
    private string Lane => Self.Value;   // one lane: the running sum has one user at a time

    private RunningSum? _running;
    private int _discardedBelow;

    protected override void StartWork(WorkItem item, EffectContext<AggregationCommand> context)
    {
        IActorRef<AggregationCommand> decider = context.Self;
        switch (item)
        {
            case WorkItem.FetchUpdate fetch:
                Fetch(fetch, decider);
                break;
            case WorkItem.AddToSum add:
                RunWithTerms(item.Id, add.Shape, decider, () => Add(add, decider));
                break;
            case WorkItem.SealSum seal:
                RunWithTerms(item.Id, seal.Shape, decider, () => Seal(seal, decider), failure => decider.Tell(new AggregationCommand.SumLost(seal.Collection, failure)));
                break;
            case WorkItem.FetchPart fetch:
                Fetch(fetch, decider);
                break;
            case WorkItem.SealParts seal:
                RunWithTerms(item.Id, seal.Shape, decider, () => Seal(seal, decider), failure => decider.Tell(new AggregationCommand.SumLost(seal.Collection, failure)));
                break;
            case WorkItem.DiscardRound discard:
                RunOnce(item.Id, Lane, decider, _ => Discard(discard));
                break;
            case WorkItem.DropSum drop:
                RunOnce(item.Id, Lane, decider, _ => Delete(drop.Sum));
                break;
            default:
                throw new InvalidOperationException($"an aggregator does no work such as {item.Id}");
        }
    }

    /// <summary>
    /// Empties the inbox before anything else is done: what this process received when it led before may belong to rounds that were released while another led, of which nobody would ever tell it.
    /// </summary>
    public void ForgetReceived() => Services.Workers.Run(
        Lane,
        _ =>
        {
            inbox.Discard("");
            return true;
        },
        static _ => { },
        cause => Services.Observer.Fault(Self, cause));

    /// <summary>Who may tell an aggregator what. A contribution's manifest must be signed by its silo.</summary>
    public Admission<AggregationCommand> Admit(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.OpenCollection open when from == NodeAddress.Coordinator && open.Request.Part == part => Admission<AggregationCommand>.Accept(new AggregationCommand.OpenCollection(open.Request)),
        ProtocolMessage.ReleaseRound release when from == NodeAddress.Coordinator && release.Part == part
            => Admission<AggregationCommand>.Accept(new AggregationCommand.ReleaseRound(release.Job, release.Round, release.RetainFrom, release.Part)),
        ProtocolMessage.PartSealed done when part is null && from == NodeAddress.SubAggregator(done.Manifest.Part) => AdmitPart(done),
        ProtocolMessage.DeclineUpdate decline when from == NodeAddress.Silo(decline.Silo.Value)
            => Admission<AggregationCommand>.Accept(new AggregationCommand.DeclineUpdate(decline.Collection, decline.Silo)),
        ProtocolMessage.OfferUpdate offer when from == NodeAddress.Silo(offer.Manifest.Silo.Value) => AdmitOffer(offer),
        _ => Admission<AggregationCommand>.Unexpected(from, message),
    };

    private Admission<AggregationCommand> AdmitOffer(ProtocolMessage.OfferUpdate offer)
    {
        UpdateManifest manifest = offer.Manifest;
        if (manifest.Job != offer.Job) return Admission<AggregationCommand>.Refuse($"a manifest of '{manifest.Silo}' for another job");
        return IsSigned(manifest)
            ? Admission<AggregationCommand>.Accept(new AggregationCommand.OfferUpdate(offer.Collection, manifest, offer.Head))
            : Admission<AggregationCommand>.Refuse($"a manifest that '{manifest.Silo}' has not signed");
    }

    private bool IsSigned(UpdateManifest manifest) =>
        Services.AnyKey(NodeAddress.Silo(manifest.Silo.Value), key => Services.Signer.Verify(UpdateManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span, key.Span));

    private void Fetch(WorkItem.FetchUpdate fetch, IActorRef<AggregationCommand> decider)
    {
        if (!Begin(fetch.Id)) return;
        UpdateManifest manifest = fetch.Manifest;
        Receive(manifest, failure =>
        {
            // What could not be fetched now is offered again by its silo: the offer is the silo's obligation until it is answered.
            if (failure is not null) Services.Observer.Refused(Self, $"the update of '{manifest.Silo}' could not be fetched: {failure}");
            Finish(fetch.Id, decider, failure is null && fetch.Shape.Terms is null ? new AggregationCommand.UpdateArrived(fetch.Collection, manifest, fetch.Head) : null);
            if (failure is null && fetch.Shape.Terms is not null) RunWithTerms(fetch.Id + "/check", fetch.Shape, decider, () => Check(fetch));
        });
    }

    private void Receive(UpdateManifest manifest, Action<string?> done) =>
        Receive(NodeAddress.Silo(manifest.Silo.Value), manifest.Hash, manifest.Length, manifest.Round, EntryId(manifest), done);

    /// <summary>Fetches into the inbox. What comes when its round has been discarded, as whoever sent it had not heard of that yet, goes at once: nobody would ever tell this aggregator of it again.</summary>
    private void Receive(NodeAddress from, Digest hash, long length, int round, string entry, Action<string?> done) => Services.Bulk.FetchToInbox(from, hash, length, inbox, entry, failure =>
    {
        if (round < Volatile.Read(ref _discardedBelow)) inbox.Discard($"r{round}.");
        done(failure);
    });

    private AggregationCommand? Add(WorkItem.AddToSum add, IActorRef<AggregationCommand> decider)
    {
        RunningSum running = Running(add.Collection, add.Shape);
        UpdateManifest manifest = add.Manifest;
        if (running.Members.ContainsKey(manifest.Silo)) return null;
        using Stream? entry = Open(manifest);
        if (entry is not null) running.Add(manifest, entry);
        else
        {
            // Lost with a crash, or accepted by a leader on another machine: its silo still has it. What cannot be fetched now is tried once more before the sum is sealed.
            Receive(manifest, failure =>
            {
                if (failure is null) RunOnce(add.Id + "/fetched", Lane, decider, _ => AddFetched(add));
            });
        }

        return null;
    }

    private AggregationCommand? AddFetched(WorkItem.AddToSum add)
    {
        UpdateManifest manifest = add.Manifest;
        if (_running is not { } running || running.Collection != add.Collection || running.Members.ContainsKey(manifest.Silo)) return null;   // sealed meanwhile
        using Stream? entry = inbox.OpenRead(EntryId(manifest), manifest.Hash, manifest.Length);
        if (entry is not null) running.Add(manifest, entry);
        return null;
    }

    private AggregationCommand? Seal(WorkItem.SealSum seal, IActorRef<AggregationCommand> decider)
    {
        ImmutableArray<UpdateManifest> missing = [.. seal.Contributions.Where(m => !Has(m))];
        if (!missing.IsEmpty)
        {
            Refetch(seal, missing, decider);
            return null;
        }

        RunningSum running = Running(seal.Collection, seal.Shape);
        if (running.Members.Keys.Except(seal.Contributions.Select(static m => m.Silo)).Any()) running = Restart(seal.Collection, seal.Shape);
        foreach (UpdateManifest manifest in seal.Contributions)
        {
            if (running.Members.TryGetValue(manifest.Silo, out Digest added) && added == manifest.Hash) continue;
            using Stream entry = Open(manifest) ?? throw new IOException($"the received update of '{manifest.Silo}' is gone");
            running.Add(manifest, entry);
        }

        if (seal.Retain) foreach (UpdateManifest manifest in seal.Contributions) Retain(manifest);
        using IBlobWriter writer = Services.Blobs.Create();
        running.WriteTo(writer);
        Digest sum = writer.Commit();
        _running = null;
        return new AggregationCommand.SumStored(seal.Collection, sum) { IsPartial = Self != NodeAddress.Aggregator };
    }

    private bool Has(UpdateManifest manifest)
    {
        if (_running is { } running && running.Members.TryGetValue(manifest.Silo, out Digest added) && added == manifest.Hash && Services.Blobs.Contains(manifest.Hash)) return true;
        using Stream? entry = Open(manifest);
        return entry is not null;
    }

    /// <summary>After a crash the inbox may lack what was accepted: the silos keep it until the round is closed.</summary>
    private void Refetch(WorkItem.SealSum seal, ImmutableArray<UpdateManifest> missing, IActorRef<AggregationCommand> decider)
    {
        int left = missing.Length;
        string? firstFailure = null;
        foreach (UpdateManifest manifest in missing)
        {
            Receive(manifest, failure =>
            {
                if (failure is not null) Interlocked.CompareExchange(ref firstFailure, $"the accepted update of '{manifest.Silo}' could not be fetched again: {failure}", null);
                if (Interlocked.Decrement(ref left) > 0) return;
                if (firstFailure is { } reason) decider.Tell(new AggregationCommand.SumLost(seal.Collection, reason));
                else RunOnce(seal.Id + "/again", Lane, decider, _ => Seal(seal, decider));
            });
        }
    }

    private void Retain(UpdateManifest manifest)
    {
        if (Services.Blobs.Contains(manifest.Hash)) return;
        using Stream entry = inbox.OpenRead(EntryId(manifest), manifest.Hash, manifest.Length) ?? throw new IOException($"the received update of '{manifest.Silo}' is gone");
        using IBlobWriter writer = Services.Blobs.Create();
        BlobAccess.Copy(entry, writer);
        writer.Commit();
    }

    private AggregationCommand? Discard(WorkItem.DiscardRound discard)
    {
        for (int round = _discardedBelow; round <= discard.Round; round++)   // the release of a round before may have been lost, or overtaken
        {
            Volatile.Write(ref _discardedBelow, round + 1);
            inbox.Discard($"r{round}.");
        }

        foreach (Digest dropped in discard.Dropped.Where(hash => !Services.IsNamedElsewhere(hash))) Services.Blobs.Delete(dropped);
        return null;
    }

    private AggregationCommand? Delete(Digest sum)
    {
        if (!Services.IsNamedElsewhere(sum)) Services.Blobs.Delete(sum);
        return null;
    }

    private RunningSum Running(CollectionId collection, SumShape shape) =>
        _running is { } running && running.Collection == collection ? running : Restart(collection, shape);

    private RunningSum Restart(CollectionId collection, SumShape shape) => _running = new RunningSum(collection, Accumulator(shape));

    private static string EntryId(UpdateManifest manifest) => $"r{manifest.Round}.{manifest.Sum}.{manifest.Silo}";

    /// <summary>The sum so far and whose contributions are in it.</summary>
    private sealed class RunningSum(CollectionId collection, ISumAccumulator sum)
    {
        private readonly SortedDictionary<SiloId, Digest> _members = [];

        public CollectionId Collection => collection;

        public IReadOnlyDictionary<SiloId, Digest> Members => _members;

        public void Add(UpdateManifest manifest, Stream contribution)
        {
            sum.Add(contribution);
            _members.Add(manifest.Silo, manifest.Hash);
        }

        public void WriteTo(IBlobWriter writer) => sum.WriteTo(writer);
    }
}
