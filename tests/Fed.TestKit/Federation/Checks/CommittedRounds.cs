using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;

namespace Fed.TestKit.Federation.Checks;

/// <summary>The model of a job and the state of its sites, recomputed from what the sites computed, round by round.</summary>
internal sealed class CommittedRounds
{
    private readonly JobView _job;
    private readonly CheckContext _checks;
    private readonly Dictionary<SiloId, SimulatedTrainer> _trainers;
    private readonly Dictionary<(SiloId Silo, int Round), byte[]?> _siloStates = [];
    private readonly List<RoundEvent.RoundCommitted> _committed = [];
    private readonly Func<UpdateManifest, Digest> _resultOf;
    private byte[] _state;

    /// <summary>An empty history.</summary>
    /// <param name="job">What the checks may look at.</param>
    /// <param name="checks">Where violations go.</param>
    /// <param name="resultOf">The site's result behind an update, which under masks is another blob.</param>
    public CommittedRounds(JobView job, CheckContext checks, Func<UpdateManifest, Digest> resultOf)
    {
        (_job, _checks, _resultOf) = (job, checks, resultOf);
        _trainers = job.Trainers.ToDictionary(static trainer => trainer.Silo);
        _state = job.Program.InitialState();
    }

    /// <summary>Committed rounds, start-up included.</summary>
    public IReadOnlyList<RoundEvent.RoundCommitted> All => _committed;

    /// <summary>Server state after the last one.</summary>
    public Digest State => Digest.Of(_state);

    public bool IsCommitted(int round) => round < _committed.Count;

    /// <summary>Server state after a round; null where it is not committed.</summary>
    public Digest? StateAfter(int round) => IsCommitted(round) ? _committed[round].Step.State : null;

    /// <summary>The state of a committed round is recomputed from its accepted updates, and they from their seeds.</summary>
    public void Commit(RoundEvent.RoundCommitted committed)
    {
        _checks.Require(FederationCheck.Order, committed.Round == _committed.Count, $"round {committed.Round} is committed behind {_committed.Count} rounds");
        Dictionary<SiloId, byte[]> promoted = [];
        foreach (SumRecord record in committed.Sums)
        {
            CollectionId id = record.Collection;
            _checks.Require(FederationCheck.ExactSum, record.Base == Digest.Of(_state), $"{id} starts from another state than the sum before it gave");
            long[] sum = new long[_job.Plan.SumsOf(id.Round).First(plan => plan.Name == id.Sum).ToSchema().Length];
            foreach (UpdateManifest manifest in record.Contributions)
            {
                long[] vector = VectorOf(manifest);
                for (int i = 0; i < sum.Length; i++) sum[i] += vector[i];
                if (id.Sum == SumProgram.Training) promoted[manifest.Silo] = SimulatedTrainer.NextState(StateOf(manifest.Silo, id.Round - 1), vector);
            }

            long[] added = _job.Added(id) ?? [];   // what a lying aggregator adds nobody can tell from what sites do
            for (int i = 0; i < added.Length; i++) sum[i] += added[i];
            long[] opened = OpenedSum.FromBytes(_job.Plan.Ring, _job.CoordinatorBlobs.ReadAll(record.Opened));
            _checks.Require(FederationCheck.ExactSum, opened.AsSpan().SequenceEqual(sum), $"the opened sum of {id} is not the sum of its {record.Contributions.Length} accepted updates");
            _state = SumProgram.Next(_state, id.Round, id.Sum, sum);
            _checks.Require(FederationCheck.ExactSum, record.Step.State == Digest.Of(_state), $"the state behind {id} is not the one that its sum gives");
        }

        foreach (SiloId silo in _trainers.Keys) _siloStates[(silo, committed.Round)] = promoted.GetValueOrDefault(silo) ?? StateOf(silo, committed.Round - 1);
        _committed.Add(committed);
    }

    /// <summary>A site settles a round: as it ended, and with the state that committed rounds which list the site give.</summary>
    public void Settle(SiloId silo, SiloEvent.RoundSettled settled)
    {
        _checks.Require(FederationCheck.Status, settled.Committed == IsCommitted(settled.Round), $"'{silo}' settles round {settled.Round} as {(settled.Committed ? "" : "not ")}committed, and it is not so");
        Digest? expected = StateOf(silo, settled.Round) is { } state ? Digest.Of(state) : null;
        _checks.Require(FederationCheck.SiloState, settled.State == expected, $"'{silo}' promoted another state in round {settled.Round} than the committed rounds that list it give");
    }

    /// <summary>Every committed round again, from what is retained of it.</summary>
    /// <param name="lastRound">The newest round that began: what is retained counts from it.</param>
    public void Replay(int lastRound)
    {
        int retain = _job.Plan.RetainContributions;
        ReplayBlobs blobs = new(_job.CoordinatorBlobs, _job.PartBlobs.Aggregate(_job.AggregatorBlobs, static (read, part) => new ReplayBlobs(read, part)));
        foreach (RoundEvent.RoundCommitted committed in _committed)
        {
            bool isRetained = retain > lastRound || committed.Round > lastRound - retain;
            int latest = isRetained ? committed.Round : committed.Round + retain;
            foreach (SumReplay replay in RoundReplay.Run(_job.Plan, committed, latest, blobs, new PlainProtection(), _job.Program))
            {
                bool isGood = replay.Verdict == ReplayVerdict.BitIdentical || (!isRetained && replay.Verdict == ReplayVerdict.StepIdentical);
                _checks.Require(FederationCheck.Replay, isGood, $"the replay of {replay.Record.Collection} says {replay.Verdict}: {replay.Finding}");
            }
        }
    }

    /// <summary>A site's own state after a round, as committed rounds alone give it; a round that failed changes nothing.</summary>
    public byte[]? StateOf(SiloId silo, int round) => _siloStates.GetValueOrDefault((silo, Math.Min(round, _committed.Count - 1)));

    /// <summary>What a contribution is: as the site computed it and, but for noisy sites, as anybody who knows the seed would.</summary>
    private long[] VectorOf(UpdateManifest manifest)
    {
        SimulatedTrainer trainer = _trainers[manifest.Silo];
        _checks.Require(FederationCheck.ExactSum, trainer.Computed.TryGetValue(_resultOf(manifest), out long[]? vector), $"the sum holds an update that '{manifest.Silo}' never computed");
        if (trainer.Behaviour == SiteBehaviour.Noisy) return vector!;
        byte[] seed = SimulatedTrainer.SeedOf(_job.Plan.Seed, manifest.Round, manifest.Silo, manifest.Sum);
        long[] expected = SimulatedTrainer.Vector(seed, _job.CoordinatorBlobs.ReadAll(manifest.Base), StateOf(manifest.Silo, manifest.Round - 1), vector!.Length);
        _checks.Require(
            FederationCheck.ExactSum, vector.AsSpan().SequenceEqual(expected), $"'{manifest.Silo}' computed round {manifest.Round} {manifest.Sum} from another seed, broadcast or state than it should");
        return vector;
    }
}
