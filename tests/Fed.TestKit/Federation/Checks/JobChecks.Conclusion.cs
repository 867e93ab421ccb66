using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;

namespace Fed.TestKit.Federation.Checks;

/// <content>The last look.</content>
internal sealed partial class JobChecks
{
    /// <summary>Every chain from its first byte, every round from its updates, every site's receipts, and what is left on the disks.</summary>
    public JobResult Conclude()
    {
        HashSet<string> left = [.. _job.Trainers.Where(trainer => _job.HasLeft(trainer.Silo)).Select(trainer => FederationLogs.Of(Id, NodeAddress.Silo(trainer.Silo.Value)))];
        foreach ((string id, LogBook log) in _logs) log.Verify(mayBeAhead: left.Contains(id));
        (bool isCompleted, string reason) = End switch
        {
            JobEvent.JobFailed failed => (false, failed.Reason),
            JobEvent.JobCancelled cancelled => (false, $"cancelled by {cancelled.Request}"),
            _ => (true, ((JobEvent.JobCompleted)End!).Reason),
        };
        _checks.Require(FederationCheck.Liveness, reason.Length > 0, $"the job ended without a reason");
        _checks.Require(FederationCheck.Status, !isCompleted || _rounds.All.Count == _job.Plan.Rounds + 1, $"the job completed with {_rounds.All.Count} rounds");
        foreach (SimulatedTrainer trainer in _job.Trainers.Where(trainer => !_job.HasLeft(trainer.Silo)))
        {
            _checks.Require(FederationCheck.Liveness, HasModels(trainer.Silo), $"'{trainer.Silo}' never got the models of the job");
            _checks.Require(FederationCheck.Liveness, _settled.GetValueOrDefault(trainer.Silo, -1) >= _lastRound, $"'{trainer.Silo}' never learned of the end of round {_lastRound}");
        }

        CheckStatus();
        _rounds.Replay(_lastRound);
        CheckBlobs();
        CheckSecrets();
        return new JobResult(Id, EndedAfter, isCompleted, reason, _rounds.State, _rounds.All.Count, Opened, [.. Failures]);
    }

    /// <summary>True for a site that keeps the models of the job, and whose word the coordinator has; where no model is left, or a job failed between two rounds, nothing is owed.</summary>
    private bool HasModels(SiloId silo) => _rounds.All.Count <= 1 || !_isOver || (_models.ContainsKey(silo) && _modelsTaken.Contains(silo));

    /// <summary>A site keeps the model of the last round, and of the best one, as the coordinator committed them, after the last one.</summary>
    private void RequireModels(SiloId silo, JobModels models)
    {
        IReadOnlyList<RoundEvent.RoundCommitted> committed = _rounds.All;
        _checks.Require(FederationCheck.Status, models.Last.Round == committed.Count - 1 && models.Last.State == committed[^1].Step.State, $"'{silo}' keeps round {models.Last.Round} as the last model, and round {committed.Count - 1} is");
        RoundEvent.RoundCommitted best = committed.Skip(1).MinBy(static round => round.Step.Score)!;
        _checks.Require(FederationCheck.Status, models.Best?.Round == best.Round && models.Best.State == best.Step.State, $"'{silo}' keeps round {models.Best?.Round} as the best model, and round {best.Round} is");
        _models[silo] = models;
    }

    /// <summary>Compares what a person would be shown now.</summary>
    public void CheckStatus() => _status.Check(_rounds.All);

    /// <summary>Nothing is left on a disk but what retained events name, and nothing that they name is missing.</summary>
    private void CheckBlobs()
    {
        foreach (SimulatedTrainer trainer in _job.Trainers.Where(trainer => !_job.HasLeft(trainer.Silo))) RequireBlobs(NodeAddress.Silo(trainer.Silo.Value));
        RequireBlobs(NodeAddress.Aggregator);
        for (int part = 1; part <= _job.PartBlobs.Length; part++) RequireBlobs(NodeAddress.SubAggregator(part));
        RequireBlobs(NodeAddress.Coordinator);
    }

    private void RequireBlobs(NodeAddress owner)
    {
        IBlobStore blobs = BlobsOf(owner);
        SortedSet<Digest> named = NamedBy(owner);
        foreach (Digest missing in named.Where(hash => !blobs.Contains(hash)))
            _checks.Require(FederationCheck.Leak, isKept: false, $"{owner} has lost blob {missing} of {Id}, which a retained event names");
        ImmutableArray<Digest> left = [.. blobs.List().Where(hash => !named.Contains(hash) && !_orphans.Contains((owner, hash)))];
        _checks.Require(FederationCheck.Leak, left.IsEmpty, $"{owner} keeps {left.Length} blobs of {Id} that no retained event names and no process left behind when it died, {(left.IsEmpty ? default : left[0])} first");
    }

    /// <summary>A process has read its log: each blob that an event names is on its disk, whole.</summary>
    private void LookAtBlobs(NodeAddress owner)
    {
        if (owner == NodeAddress.Job || (owner.Value.StartsWith("silo/", StringComparison.Ordinal) && _older.Contains(SiloOf(owner)))) return;
        SortedSet<Digest> named = NamedBy(owner);
        IBlobStore blobs = BlobsOf(owner);
        foreach (Digest hash in named)
            _checks.Require(FederationCheck.BlobsKept, blobs.Contains(hash) && IsWhole(blobs, hash), $"{owner} starts, and blob {hash} of {Id}, which an event names, is not on its disk as it was written");
        NoteOrphans(owner, blobs, named);
    }

    private static bool IsWhole(IBlobStore blobs, Digest hash)
    {
        using Stream blob = blobs.OpenRead(hash);
        byte[] bytes = new byte[blob.Length];
        blob.ReadExactly(bytes);
        return Digest.Of(bytes) == hash;
    }

    /// <summary>
    /// What a process finds on its disk when it starts, and no event names, the one before it wrote and had not journaled yet, or had not deleted yet: the collector takes it, which runs with
    /// the program and not in here. Nobody has to delete it; once an event names it, somebody has.
    /// </summary>
    private void NoteOrphans(NodeAddress owner, IBlobStore blobs, SortedSet<Digest> named)
    {
        foreach (Digest hash in blobs.List())
        {
            if (!named.Contains(hash)) _orphans.Add((owner, hash));
        }
    }

    private IBlobStore BlobsOf(NodeAddress owner) => FederationLogs.PartOf(owner) is { } part ? _job.PartBlobs[part - 1] :
        owner == NodeAddress.Coordinator ? _job.CoordinatorBlobs : owner == NodeAddress.Aggregator ? _job.AggregatorBlobs : _job.SiloBlobs(SiloOf(owner));

    private SortedSet<Digest> NamedBy(NodeAddress owner) => FederationLogs.PartOf(owner) is not null ? NamedByPart(owner) :
        owner == NodeAddress.Coordinator ? NamedByCoordinator() : owner == NodeAddress.Aggregator ? NamedByAggregator() : NamedBySilo(SiloOf(owner));

    /// <summary>Its own state, and what its outbox holds.</summary>
    private SortedSet<Digest> NamedBySilo(SiloId silo)
    {
        SortedSet<Digest> named = [];
        if (_rounds.StateOf(silo, _settled.GetValueOrDefault(silo, -1)) is { } state) named.Add(Digest.Of(state));
        foreach ((int round, Digest hash) in _outboxes.GetValueOrDefault(silo) ?? [])
        {
            if (round > _settled.GetValueOrDefault(silo, -1)) named.Add(hash);
        }

        if (_models.TryGetValue(silo, out JobModels? models)) named.UnionWith(models.Blobs());
        named.UnionWith(_keyBlobs.GetValueOrDefault(silo) ?? []);
        return named;
    }

    private SortedSet<Digest> NamedByAggregator()
    {
        if (Ckks is not null) return NamedByAdder();
        SortedSet<Digest> named = [.. _sealed.Values.Select(static done => done.Sum)];
        int retain = _job.Plan.RetainContributions;
        foreach (AggregationEvent.SumSealed done in _sealed.Values)
        {
            if (!HasParts && retain > 0 && (retain > ReleasedThrough || done.Collection.Round > ReleasedThrough - retain)) named.UnionWith(Accepted(done.Collection).Values);
        }

        return named;
    }

    /// <summary>Of rounds that are not released: sums, those that were encrypted anew among them, and the ciphertexts in them, which openers may have to look at. Of the others nothing.</summary>
    private SortedSet<Digest> NamedByAdder()
    {
        AggregationState state = _job.ReadLog(FederationLogs.Of(Id, NodeAddress.Aggregator), 0)
            .Aggregate(AggregationDecider.Initial, static (folded, stored) => AggregationDecider.Evolve(folded, (AggregationEvent)FederationLogs.Read(NodeAddress.Aggregator, stored)));
        return [.. state.Collections.Values.SelectMany(static c => c.Phase == CollectionPhase.Sealed ? c.Superseded.Add(c.Sum) : c.Superseded), .. state.Retained.Values.SelectMany(static round => round)];
    }

    private SortedSet<Digest> NamedByCoordinator()
    {
        SortedSet<Digest> named = [Digest.Of(_job.Program.InitialState())];
        SortedSet<Digest> published = [];   // of the attempt under way
        RoundState state = RoundDecider.Initial;
        foreach (JournalEvent stored in _job.ReadLog(FederationLogs.Of(Id, NodeAddress.Coordinator), 0))
        {
            object happened = FederationLogs.Read(NodeAddress.Coordinator, stored);
            if (Ckks is not null) state = RoundDecider.Evolve(state, (RoundEvent)happened);
            switch (happened)
            {
                case RoundEvent.NoncesCommitted committed:
                    named.Add(committed.Commitments);
                    break;
                case RoundEvent.GraphDrawn drawn:
                    named.Add(drawn.Nonces);
                    break;
                case RoundEvent.CollectionRequested requested:
                    named.Add(requested.Broadcast);
                    break;
                case RoundEvent.KeysClosed closed:
                    published.Add(closed.Adverts);
                    published.UnionWith(closed.Lists?.Values ?? []);
                    break;
                case RoundEvent.SharesClosed closed:
                    published.UnionWith(closed.Shares.Values);
                    break;
                case RoundEvent.AttemptFailed or RoundEvent.RoundFailed or RoundEvent.RoundStopped:
                    published.Clear();
                    break;
                case RoundEvent.SumOpened opened:
                    published.Clear();
                    named.Add(opened.Opened);
                    break;
                case RoundEvent.SumApplied applied:
                    named.Add(applied.Step.State);
                    break;
                case RoundEvent.RoundCommitted committed:
                    named.Add(committed.Step.State);
                    break;
            }
        }

        named.UnionWith(published);
        bool isUnderWay = state.Phase is RoundPhase.Committing or RoundPhase.Signing or RoundPhase.Collecting or RoundPhase.Opening || (state.Phase == RoundPhase.BackingOff && state.Encryption.IsFixed);
        if (isUnderWay) named.UnionWith(state.Encryption.Published);
        return named;
    }
}
