using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;

namespace Fed.TestKit.Federation;

/// <content>Recomputes committed rounds, and the whole history at the end.</content>
internal sealed partial class FederationChecks
{
    private FederationViolationException? _violation;

    /// <summary>Throws what was found during the step.</summary>
    public void AfterStep()
    {
        if (_violation is { } violation) throw violation;
    }

    /// <summary>The last look: every chain from its first byte, every round from its updates, every site's receipts.</summary>
    public JobResult Conclude()
    {
        foreach (SimulatedIdentity node in _federation.Identities) VerifyChain(node);
        foreach (SimulatedTrainer trainer in _trainers)
        {
            int last = _committed.Count - 1;
            if (JobEnd is JobEvent.JobCompleted) Require(_settled.GetValueOrDefault(trainer.Silo, -1) >= last, $"'{trainer.Silo}' never learned of the end of round {last}");
        }

        foreach (RoundEvent.RoundCommitted committed in _committed) Replay(committed);
        (bool isCompleted, string reason) = JobEnd is JobEvent.JobFailed failed ? (false, failed.Reason) : (true, ((JobEvent.JobCompleted)JobEnd!).Reason);
        Require(reason.Length > 0, "the job ended without a reason");
        Require(!isCompleted || _committed.Count == _job.Plan.Rounds + 1, $"the job completed with {_committed.Count} rounds");
        return new JobResult(_job.Id, JobEndedAfter, isCompleted, reason, Digest.Of(_state), _committed.Count);
    }

    private void Guard(Action check)
    {
        try
        {
            check();
        }
        catch (FederationViolationException violation)
        {
            _violation ??= violation;
        }
    }

    /// <summary>The state of a committed round is recomputed from what its sites computed.</summary>
    private void Commit(RoundEvent.RoundCommitted committed)
    {
        Require(committed.Round == _committed.Count, $"round {committed.Round} is committed behind {_committed.Count} rounds");
        Dictionary<SiloId, byte[]> promoted = [];
        foreach (SumRecord record in committed.Sums)
        {
            CollectionId id = record.Collection;
            RequireSealed(id, record.Contributions, record.Sealed);
            Require(record.Base == Digest.Of(_state), $"{id} starts from another state than the sum before it gave");
            long[] sum = new long[_job.Plan.SumsOf(id.Round).First(plan => plan.Name == id.Sum).ToSchema().Length];
            foreach (UpdateManifest manifest in record.Contributions)
            {
                long[] vector = VectorOf(manifest);
                for (int i = 0; i < sum.Length; i++) sum[i] += vector[i];
                if (id.Sum == SumProgram.Training) promoted[manifest.Silo] = SimulatedTrainer.NextState(StateOf(manifest.Silo, id.Round - 1), vector);
            }

            long[] opened = OpenedSum.FromBytes(_job.Plan.Ring, _federation.Coordinator.Blobs(_job.Id).ReadAll(record.Opened));
            Require(opened.AsSpan().SequenceEqual(sum), $"the opened sum of {id} is not the sum of its {record.Contributions.Length} accepted updates");
            _state = SumProgram.Next(_state, id.Round, id.Sum, sum);
            Require(record.Step.State == Digest.Of(_state), $"the state behind {id} is not the one that its sum gives");
        }

        foreach (SimulatedTrainer trainer in _trainers) _siloStates[(trainer.Silo, committed.Round)] = promoted.GetValueOrDefault(trainer.Silo) ?? StateOf(trainer.Silo, committed.Round - 1);
        _committed.Add(committed);
    }

    /// <summary>What a contribution is: as the site computed it and, but for noisy sites, as anybody who knows the seed would.</summary>
    private long[] VectorOf(UpdateManifest manifest)
    {
        SimulatedTrainer trainer = _trainers[IndexOf(manifest.Silo)];
        Require(_results.TryGetValue((manifest.Silo, manifest.Round, manifest.Sum), out Digest? kept) && kept == manifest.Hash, $"the sum holds an update of '{manifest.Silo}' that is not in its outbox");
        Require(trainer.Computed.TryGetValue(manifest.Hash, out long[]? vector), $"the sum holds an update that '{manifest.Silo}' never computed");
        if (trainer.Behaviour == SiteBehaviour.Noisy) return vector!;
        byte[] seed = SimulatedTrainer.SeedOf(_job.Plan.Seed, manifest.Round, manifest.Silo, manifest.Sum);
        long[] expected = SimulatedTrainer.Vector(seed, _federation.Coordinator.Blobs(_job.Id).ReadAll(manifest.Base), StateOf(manifest.Silo, manifest.Round - 1), vector!.Length);
        Require(vector.AsSpan().SequenceEqual(expected), $"'{manifest.Silo}' computed round {manifest.Round} {manifest.Sum} from another seed, broadcast or state than it should");
        return vector;
    }

    /// <summary>A site's own state after a round, as committed rounds alone give it; a round that failed changes nothing.</summary>
    private byte[]? StateOf(SiloId silo, int round) => _siloStates.GetValueOrDefault((silo, Math.Min(round, _committed.Count - 1)));

    private void VerifyChain(SimulatedIdentity node)
    {
        Digest head = ChainHash.Start(_job.LogOf(node));
        long sequence = 0;
        foreach (JournalEvent stored in node.Journal.Read(_job.LogOf(node)))
        {
            head = ChainHash.Next(head, ++sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, stored.Payload.Span);
            Require(stored.Sequence == sequence && stored.Hash == head, $"the hash chain of {node.Address} breaks at event {sequence}");
        }

        Require(_noted.GetValueOrDefault(node.Address).Sequence == sequence, $"{node.Address} has {sequence} events on disk and acknowledged {_noted.GetValueOrDefault(node.Address).Sequence}");
    }

    private void Replay(RoundEvent.RoundCommitted committed)
    {
        int retain = _job.Plan.RetainContributions;
        bool isRetained = retain > _committed.Count || committed.Round > _committed.Count - retain;   // one round less where the last one failed and was released too
        ReplayBlobs blobs = new(_federation.Coordinator.Blobs(_job.Id), _federation.Aggregator.Blobs(_job.Id));
        foreach (SumReplay replay in RoundReplay.Run(_job.Plan, committed, isRetained ? committed.Round : committed.Round + retain, blobs, new PlainProtection(), _job.Program))
        {
            bool isGood = replay.Verdict == ReplayVerdict.BitIdentical || (!isRetained && replay.Verdict == ReplayVerdict.StepIdentical);
            Require(isGood, $"the replay of {replay.Record.Collection} says {replay.Verdict}: {replay.Finding}");
        }
    }
}
