using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.TestKit.Federation;

/// <summary>
/// What a federation promises, checked at each journaled event, each message sent and each computation, from notes of its own: the books are kept twice, and nothing is asked of the
/// deciders. <see cref="Conclude"/> then reads all journals from the disks and replays every committed round.
/// </summary>
internal sealed partial class FederationChecks
{
    private readonly SimulatedFederation _federation;
    private readonly SimulatedJob _job;
    private readonly ImmutableArray<SimulatedTrainer> _trainers;
    private readonly FederationTrace _trace;
    private readonly Dictionary<NodeAddress, JournalHead> _noted = [];
    private readonly Dictionary<CollectionId, SortedDictionary<SiloId, Digest>> _accepted = [];
    private readonly Dictionary<(int Round, string Sum), AggregationEvent.SumSealed> _sealed = [];
    private readonly Dictionary<(SiloId Silo, int Round, string Sum), Digest?> _results = [];   // null: declined
    private readonly Dictionary<(SiloId Silo, int Round, string Sum), int> _trainedInLife = [];
    private readonly Dictionary<(SiloId Silo, int Round), byte[]?> _siloStates = [];
    private readonly Dictionary<SiloId, int> _settled = [];
    private readonly HashSet<NodeAddress> _agreed = [];
    private readonly List<RoundEvent.RoundCommitted> _committed = [];
    private byte[] _state;

    public FederationChecks(SimulatedFederation federation, SimulatedJob job, FederationTrace trace)
    {
        (_federation, _job, _trainers, _trace) = (federation, job, job.Trainers, trace);
        _state = job.Program.InitialState();
        foreach (SimulatedTrainer trainer in _trainers) trainer.Computing = (round, sum) => Guard(() => Trained(trainer.Silo, round, sum));
    }

    /// <summary>How the job ended; null while it goes on.</summary>
    public JobEvent? JobEnd { get; private set; }

    /// <summary>When.</summary>
    public TimeSpan JobEndedAfter { get; private set; }

    public IFederationObserver ObserverOf(SimulatedProcess process) => new Observer(this, process);

    /// <summary>A process logged an error, which nothing that goes wrong here explains.</summary>
    public void Failed(SimulatedProcess process, string error) => Guard(() => Require(isKept: false, $"{process.Name} logs an error: {error}"));

    /// <summary>After a crash: the disk still holds, bit for bit, everything that was ever acknowledged.</summary>
    public void Crashed(SimulatedProcess process)
    {
        SimulatedIdentity node = process.Identity;
        if (!_noted.TryGetValue(node.Address, out JournalHead head) || head.Sequence == 0) return;
        JournalEvent kept = node.Journal.Read(_job.LogOf(node), head.Sequence - 1).FirstOrDefault();
        Require(kept.Sequence == head.Sequence && kept.Hash == head.Digest, $"{node.Address} forgot event {head.Sequence} in a crash, although its journal had said Appended");
    }

    /// <summary>Nobody is told what is not yet on disk, and no site ever says two different things about one key.</summary>
    public void Sent(NodeAddress from, ProtocolMessage message) => Guard(() => CheckSent(from, message));

    private void CheckSent(NodeAddress from, ProtocolMessage message)
    {
        switch (message)
        {
            case ProtocolMessage.PlanAdopted:
            case ProtocolMessage.PlanAnswer { Refusal: null }:
                Require(_agreed.Contains(from), $"{from} agreed to the plan before it was on disk");
                break;
            case ProtocolMessage.OfferUpdate offer:
                UpdateManifest manifest = offer.Manifest;
                bool isKept = _results.TryGetValue((manifest.Silo, manifest.Round, manifest.Sum), out Digest? kept);
                Require(isKept, $"{from} offers a contribution that its outbox does not hold");
                Require(kept == manifest.Hash, $"two different results of {from} for round {manifest.Round} {manifest.Sum}");
                break;
            case ProtocolMessage.UpdateAnswer { Refusal: null } answer:
                Require(Accepted(answer.Collection).TryGetValue(answer.Silo, out Digest hash) && hash == answer.Hash, $"'{answer.Silo}' is told that its update is in the sum before it is");
                break;
            case ProtocolMessage.CollectionSealed done:
                Require(_sealed.TryGetValue((done.Collection.Round, done.Collection.Sum), out var sealedSum) && sealedSum.Sum == done.Sum, $"{done.Collection} is reported sealed before it is");
                break;
            case ProtocolMessage.CloseRound { Committed: true } close:
                Require(_committed.Any(committed => committed.Round == close.Round), $"round {close.Round} is announced before it is committed");
                break;
        }
    }

    private void Trained(SiloId silo, int round, string sum)
    {
        _trace.Line($"{NodeAddress.Silo(silo.Value)} computes {round}.{sum}");
        int life = Process(silo).Crashes;
        bool isAgain = _trainedInLife.TryGetValue((silo, round, sum), out int before) && before == life;
        Require(!isAgain, $"'{silo}' computes round {round} {sum} twice without a crash in between");
        Require(!_results.ContainsKey((silo, round, sum)), $"'{silo}' computes round {round} {sum} again, although its outbox holds the result");
        Require(_settled.GetValueOrDefault(silo, -1) < round, $"'{silo}' computes round {round} {sum} after it had settled it");
        _trainedInLife[(silo, round, sum)] = life;
    }

    private void Journaled(SimulatedIdentity node, JournalHead head, object happened)
    {
        _trace.Line($"{node.Address} {happened.GetType().Name} {head.Sequence} {head.Digest.ToString()[..16]}");
        _noted[node.Address] = head;
        Note(node, happened);
    }

    /// <summary>A crash may fall between an append and its outcome: what the disk then holds is noted now.</summary>
    private void Recovered(SimulatedIdentity node, JournalHead head)
    {
        _trace.Line($"{node.Address} recovered {head.Sequence} {head.Digest.ToString()[..16]}");
        JournalHead known = _noted.GetValueOrDefault(node.Address);
        Require(head.Sequence >= known.Sequence, $"{node.Address} recovered {head.Sequence} events and had acknowledged {known.Sequence}");
        foreach (JournalEvent stored in node.Journal.Read(_job.LogOf(node), known.Sequence)) Note(node, Read(node, stored));
        if (head.Sequence > known.Sequence) _noted[node.Address] = head;
    }

    private void Note(SimulatedIdentity node, object happened)
    {
        switch (happened)
        {
            case SiloEvent.PlanApproved or RoundEvent.PlanAdopted:
                _agreed.Add(node.Address);
                break;
            case SiloEvent.ContributionStored stored:
                Keep(SiloOf(node), stored.Collection, stored.Contribution.Hash);
                break;
            case SiloEvent.ContributionDeclined declined:
                Keep(SiloOf(node), declined.Collection, null);
                break;
            case SiloEvent.RoundSettled settled:
                Settle(SiloOf(node), settled);
                break;
            case AggregationEvent.UpdateAccepted accepted:
                Require(Accepted(accepted.Collection).TryAdd(accepted.Manifest.Silo, accepted.Manifest.Hash), $"{accepted.Collection} counts '{accepted.Manifest.Silo}' twice");
                break;
            case AggregationEvent.CollectionClosed closed:
                RequireSet(closed.Collection, closed.Contributors, "closed");
                break;
            case AggregationEvent.SumSealed done:
                RequireSet(done.Collection, done.Contributors, "sealed");
                Require(_sealed.TryAdd((done.Collection.Round, done.Collection.Sum), done), $"round {done.Collection.Round} {done.Collection.Sum} is sealed a second time");
                break;
            case RoundEvent.SumSealed done:
                RequireSealed(done.Collection, done.Contributions, done.Sum);
                break;
            case RoundEvent.RoundCommitted committed:
                Commit(committed);
                break;
            case JobEvent.RoundRecorded recorded:
                Require(_committed.Any(c => c.Round == recorded.Round && c.Step.State == recorded.State), $"the job records round {recorded.Round} otherwise than the coordinator committed it");
                break;
            case JobEvent.JobCompleted or JobEvent.JobFailed:
                Require(JobEnd is null, "the job ends twice");
                (JobEnd, JobEndedAfter) = ((JobEvent)happened, _trace.Elapsed);
                break;
        }
    }

    private void Keep(SiloId silo, CollectionId collection, Digest? hash) =>
        Require(_results.TryAdd((silo, collection.Round, collection.Sum), hash), $"'{silo}' stores a second result for round {collection.Round} {collection.Sum}");

    private void Settle(SiloId silo, SiloEvent.RoundSettled settled)
    {
        Require(settled.Committed == _committed.Any(committed => committed.Round == settled.Round), $"'{silo}' settles round {settled.Round} as {(settled.Committed ? "" : "not ")}committed, and it is not so");
        Digest? expected = StateOf(silo, settled.Round) is { } state ? Digest.Of(state) : null;
        Require(settled.State == expected, $"'{silo}' promoted another state in round {settled.Round} than the committed rounds that list it give");
        _settled[silo] = settled.Round;
    }

    private void RequireSet(CollectionId collection, ImmutableSortedSet<SiloId> contributors, string word) =>
        Require(Accepted(collection).Keys.SequenceEqual(contributors), $"{collection} is {word} over {contributors.Count} sites and had accepted {Accepted(collection).Count}");

    private void RequireSealed(CollectionId collection, ImmutableArray<UpdateManifest> contributions, Digest sum)
    {
        Require(_sealed.TryGetValue((collection.Round, collection.Sum), out AggregationEvent.SumSealed? done) && done.Collection == collection, $"{collection} was never sealed by the aggregator");
        Require(done!.Sum == sum && done.Contributors.SequenceEqual(contributions.Select(static m => m.Silo)), $"the coordinator has another sum or set for {collection} than was sealed");
    }

    private SortedDictionary<SiloId, Digest> Accepted(CollectionId collection)
    {
        if (!_accepted.TryGetValue(collection, out SortedDictionary<SiloId, Digest>? accepted)) _accepted[collection] = accepted = [];
        return accepted;
    }

    private SimulatedProcess Process(SiloId silo) => _federation.Silos[IndexOf(silo)].Leader;

    private int IndexOf(SiloId silo) => _trainers.IndexOf(_trainers.First(trainer => trainer.Silo == silo));

    private SiloId SiloOf(SimulatedIdentity node) => _trainers[node.Site].Silo;

    private void Require(bool isKept, string violation)
    {
        if (!isKept) throw _federation.Violation(violation);
    }

    private object Read(SimulatedIdentity node, JournalEvent stored)
    {
        if (node == _federation.Job) return ProtocolSerializers.Job.Read(stored.Tag, stored.Version, stored.Payload.Span);
        if (node == _federation.Coordinator) return ProtocolSerializers.Round.Read(stored.Tag, stored.Version, stored.Payload.Span);
        if (node == _federation.Aggregator) return ProtocolSerializers.Aggregation.Read(stored.Tag, stored.Version, stored.Payload.Span);
        return ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span);
    }

    /// <summary>Passes a process's news on. What a broken promise throws inside an actor's turn would be taken for the actor's failure, so it is kept and thrown behind the step.</summary>
    private sealed class Observer(FederationChecks checks, SimulatedProcess process) : IFederationObserver
    {
        private JournalHead _batch;   // the end of the append whose events come now
        private bool _isNews;         // false where somebody who took over has read them already

        public void Recovered(NodeAddress address, JournalHead head, object state) => checks.Guard(() => checks.Recovered(process.Identity, head));

        public void Journaled(NodeAddress address, JournalHead head, object happened)
        {
            if (head != _batch) (_batch, _isNews) = (head, head.Sequence > checks._noted.GetValueOrDefault(address).Sequence);
            if (_isNews) checks.Guard(() => checks.Journaled(process.Identity, head, happened));
        }

        public void Progress(SiloId silo, CollectionId collection, int percent) => checks._trace.Line($"{silo} {collection} {percent} %");

        public void Refused(NodeAddress address, string reason) => checks._trace.Line($"{process.Name} refuses: {reason}");

        public void Fault(NodeAddress address, Exception cause)
        {
            process.Fault = cause;
            bool isExpected = cause is IOException or AppendFailedException or RecoveryFailedException;
            checks.Guard(() => checks.Require(isExpected, $"{process.Name} failed for another reason than its disks: {cause}"));
        }
    }
}
