using System.Collections.Concurrent;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>The world of a coordinator: prepares what silos get, opens sums, steps the server state, and signs the heads that silos keep as receipts.</summary>
internal sealed partial class CoordinatorShell(NodeServices services, IActorRef<CourierMessage> courier, IServerProgram program, string persistenceId)
    : EffectShell<RoundCommand>(NodeAddress.Coordinator, services, courier, static id => new RoundCommand.TimerDue(id))
{
    private const string Lane = "coordinator";

    private readonly ConcurrentDictionary<long, Digest> _signed = [];   // heads of this life
    private SignedHead? _head;
    private long? _since;   // where the journal stood when this life began, with what recovery itself appended
    private (Digest Hash, long[] Integers)? _opened;
    private (Digest Hash, ReadOnlyMemory<byte> Bytes)? _state;

    /// <summary>The plan once it is adopted; set from the recovered or evolved state.</summary>
    public JobPlan? Plan { get; private set; }

    private Digest PlanHash { get; set; }

    private Digest? Graph { get; set; }

    /// <summary>Takes over what the shell needs of the state.</summary>
    public void Learn(RoundState state) => (Plan, PlanHash, Graph, _key) = (state.Plan, state.PlanHash, state.Graph, state.Key);

    protected override ProtocolMessage Complete(ProtocolMessage message, EffectContext<RoundCommand> context)
    {
        _since ??= context.Position.Sequence;
        return message is ProtocolMessage.CloseRound close ? close with { Head = HeadAt(context.Position) } : message;
    }

    protected override void StartWork(WorkItem item, EffectContext<RoundCommand> context)
    {
        IActorRef<RoundCommand> decider = context.Self;
        switch (item)
        {
            case WorkItem.PrepareBroadcast prepare:
                RunOnce(item.Id, Lane, decider, _ => Prepare(prepare));
                break;
            case WorkItem.OpenSum open:
                OpenSum(open, decider);
                break;
            case WorkItem.RunStep step:
                RunOnce(item.Id, Lane, decider, _ => Step(step), cause => cause is ServerStepException ? new RoundCommand.WorkFailed(step.Collection, cause.Message) : null);
                break;
            default:
                if (!StartCeremonyWork(item, decider) && !StartEncryptionWork(item, decider)) throw new InvalidOperationException($"a coordinator does no work such as {item.Id}");
                break;
        }
    }

    /// <summary>Who may tell a coordinator what.</summary>
    public Admission<RoundCommand> Admit(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.ProposePlan propose when from == NodeAddress.Job:
                return PlanCheck.Refusal(propose, Services) is { } refusal
                    ? Admission<RoundCommand>.Refuse(refusal)
                    : Admission<RoundCommand>.Accept(new RoundCommand.AdoptPlan(propose.Plan));
            case ProtocolMessage.StartRound start when from == NodeAddress.Job:
                return Admission<RoundCommand>.Accept(new RoundCommand.StartRound(start.Round, start.State, start.Key));
            case ProtocolMessage.CancelRound cancel when from == NodeAddress.Job:
                return Admission<RoundCommand>.Accept(new RoundCommand.CancelRound(cancel.Round));
            case ProtocolMessage.CollectionSealed done when from == NodeAddress.Aggregator:
                return Admission<RoundCommand>.Accept(new RoundCommand.CollectionSealed(done.Collection, done.Contributions, done.Sum));
            case ProtocolMessage.CollectionFailed failed when from == NodeAddress.Aggregator:
                return Admission<RoundCommand>.Accept(new RoundCommand.CollectionFailed(failed.Collection, failed.Reason));
            case ProtocolMessage.RoundReleased released when from == (released.Part is { } part ? NodeAddress.SubAggregator(part) : NodeAddress.Aggregator):
                return Admission<RoundCommand>.Accept(new RoundCommand.RoundReleased(released.Round, released.Part));
            case ProtocolMessage.RoundSettled settled when from == NodeAddress.Silo(settled.Silo.Value):
                return Admission<RoundCommand>.Accept(new RoundCommand.SiloSettled(settled.Silo, settled.Round) { IsBeyondJournal = settled.Head is { } head && IsBeyondJournal(head), Epoch = settled.Epoch });
            case ProtocolMessage.ModelsKept kept when from == NodeAddress.Silo(kept.Silo.Value):
                return Admission<RoundCommand>.Accept(new RoundCommand.ModelsKept(kept.Silo));
            case ProtocolMessage.AnswerStep step when from == NodeAddress.Silo(step.Answer.Silo.Value):
                return AdmitAnswer(step.Answer);
            case ProtocolMessage.AskRekeying asked when from == NodeAddress.Silo(asked.Silo.Value):
                return Admission<RoundCommand>.Accept(new RoundCommand.RekeyingAsked(asked.Silo, asked.Peer, asked.Heard, asked.Own) { Settled = asked.Settled });
            case ProtocolMessage.DeclineUpdate decline when from == NodeAddress.Silo(decline.Silo.Value):
                return Admission<RoundCommand>.Accept(new RoundCommand.StepDeclined(decline.Collection, decline.Silo));
            case ProtocolMessage.Beat beat when from == NodeAddress.Silo(beat.Silo.Value):
                Services.Observer.Progress(beat.Silo, beat.Collection, Math.Clamp(beat.Percent, 0, 100));
                return Admission<RoundCommand>.Noted;
            default:
                return Admission<RoundCommand>.Unexpected(from, message);
        }
    }

    private RoundCommand.BroadcastReady Prepare(WorkItem.PrepareBroadcast prepare)
    {
        byte[] broadcast = program.Broadcast(prepare.Collection.Round, prepare.Collection.Sum, StateOf(prepare.State));
        Digest hash = Digest.Of(broadcast);   // the model of a round's evaluation is that of the next round's training, as a rule: it is there
        if (!Services.Blobs.Contains(hash)) hash = Services.Blobs.Store(broadcast);
        return new RoundCommand.BroadcastReady(prepare.Collection, hash);
    }

    private void OpenSum(WorkItem.OpenSum open, IActorRef<RoundCommand> decider)
    {
        if (!Begin(open.Id + "/fetch")) return;
        Services.Bulk.FetchToStore(NodeAddress.Aggregator, open.SealedSum, Services.Blobs, failure =>
        {
            Finish(open.Id + "/fetch", decider, null);

            // A sum that cannot be fetched now is asked for again after the retry backoff, until the opening deadline.
            if (failure is null) RunOnce(open.Id, Lane, decider, _ => Open(open), cause => cause is InvalidDataException ? Inconsistent(open.Collection, cause.Message) : null);
            else decider.Tell(new RoundCommand.SumUnreachable(open.Collection, failure));
        });
    }

    private RoundCommand Open(WorkItem.OpenSum open)
    {
        VectorSchema schema = SchemaOf(open.Collection);
        (long[] integers, Digest? stored) = Services.Protection.Open(open.SealedSum, ShapeOf(schema), Services.Blobs);
        return Publish(open.Collection, schema, integers, open.Contributors, () => stored ?? Services.Blobs.Store(OpenedSum.ToBytes(Plan!.Ring, integers)));
    }

    /// <summary>Where every protection ends: opened integers that honest contributions can reach are stored and stepped with; of others nothing is published, and the job stops.</summary>
    private RoundCommand Publish(CollectionId collection, VectorSchema schema, long[] integers, int contributors, Func<Digest> store)
    {
        if (SumBounds.Check(schema, integers, contributors) is { } violation) return Inconsistent(collection, violation);
        Digest opened = store();
        _opened = (opened, integers);   // the step follows at once, on the same lane
        return new RoundCommand.OpeningFinished(collection, opened);
    }

    /// <summary>What was opened is no sum of honest contributions.</summary>
    private static RoundCommand.WorkFailed Inconsistent(CollectionId collection, string violation) => new(collection, $"{OpenedSum.Inconsistent}: {violation}");

    private RoundCommand.StepFinished Step(WorkItem.RunStep step)
    {
        VectorSchema schema = SchemaOf(step.Collection);
        StepRequest request = new(
            step.Collection.Round, step.Collection.Sum, StateOf(step.State), TakeOpened(step.OpenedSum), schema, step.Contributors);
        StepResult result = program.Step(request);
        Digest next = Services.Blobs.Store(result.State);
        _state = (next, result.State);
        return new RoundCommand.StepFinished(step.Collection, new StepSummary(next, result.ModelSha256, result.Metrics, result.Stop) { Score = result.Score });
    }

    /// <summary>A server state: the last one is at hand, as a rule.</summary>
    private ReadOnlyMemory<byte> StateOf(Digest hash)
    {
        if (_state is not { } known || known.Hash != hash) _state = known = (hash, Services.Blobs.ReadAll(hash));
        return known.Bytes;
    }

    private long[] TakeOpened(Digest hash)
    {
        (Digest Hash, long[] Integers)? known = _opened;
        _opened = null;
        return known is { } kept && kept.Hash == hash ? kept.Integers : OpenedSum.FromBytes(Plan!.Ring, Services.Blobs.ReadAll(hash));
    }

    private VectorSchema SchemaOf(CollectionId id) => Plan!.SumsOf(id.Round).First(sum => sum.Name == id.Sum).ToSchema();

    private SumShape ShapeOf(VectorSchema schema) => new(Plan!.Ring, schema.Length, schema.Hash);

    private SignedHead HeadAt(JournalHead position)
    {
        if (_head is null || _head.Sequence != position.Sequence) _head = SignedHead.Sign(Services.Signer, persistenceId, position.Sequence, position.Digest);
        _signed[position.Sequence] = position.Digest;
        return _head;
    }

    /// <summary>True for a head that this role has signed, at a place that the journal had not reached when this life began, and that this life did not sign: a longer journal was lost.</summary>
    private bool IsBeyondJournal(SignedHead head) =>
        head.PersistenceId == persistenceId && head.Sequence >= _since && !(_signed.TryGetValue(head.Sequence, out Digest own) && own == head.Hash)
        && Services.AnyKey(NodeAddress.Coordinator, key => head.IsSignedBy(Services.Signer, key.Span));
}
