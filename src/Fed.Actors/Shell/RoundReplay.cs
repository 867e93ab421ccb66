using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>What replaying one sum showed.</summary>
public enum ReplayVerdict
{
    /// <summary>The sum was added up again from the stored updates, and sum, opened integers, next state and model are the same to the last bit.</summary>
    BitIdentical,

    /// <summary>The server step was done again from the stored opened sum, and gives the same; the updates are no longer retained, so the sum itself was not recomputed.</summary>
    StepIdentical,

    /// <summary>Something differs.</summary>
    Differs,
}

/// <summary>The replay of one sum.</summary>
/// <param name="Record">What the journal says.</param>
/// <param name="Verdict">What was found.</param>
/// <param name="Finding">A sentence for a person.</param>
public sealed record SumReplay(SumRecord Record, ReplayVerdict Verdict, string Finding);

/// <summary>Recomputes a committed round from what is stored and compares hashes. Says what it did, and never `bit-identical` of what it did not recompute.</summary>
public static class RoundReplay
{
    /// <summary>Replays every sum of a committed round.</summary>
    /// <param name="plan">The job's plan.</param>
    /// <param name="committed">The round.</param>
    /// <param name="lastRound">The job's last round that began, from which the plan counts what it retains.</param>
    /// <param name="blobs">The coordinator's and aggregator's blobs.</param>
    /// <param name="protection">The plan's protection.</param>
    /// <param name="program">The plan's server program.</param>
    public static ImmutableArray<SumReplay> Run(JobPlan plan, RoundEvent.RoundCommitted committed, int lastRound, IBlobStore blobs, IProtection protection, IServerProgram program)
    {
        bool mustRetain = plan.RetainContributions == int.MaxValue || committed.Round > lastRound - plan.RetainContributions;
        ImmutableArray<SumReplay> sums = [.. committed.Sums.Select(record => Replay(plan, record, mustRetain, blobs, protection, program))];
        bool isSame = committed.ModelSha256 == sums[^1].Record.Step.ModelSha256 && committed.Step.State == sums[^1].Record.Step.State;
        return isSame ? sums : sums.SetItem(sums.Length - 1, sums[^1] with { Verdict = ReplayVerdict.Differs, Finding = $"the round was committed with model {committed.ModelSha256}, its last sum gives {sums[^1].Record.Step.ModelSha256}" });
    }

    private static SumReplay Replay(JobPlan plan, SumRecord record, bool mustRetain, IBlobStore blobs, IProtection protection, IServerProgram program)
    {
        VectorSchema schema = plan.SumsOf(record.Collection.Round).First(sum => sum.Name == record.Collection.Sum).ToSchema();
        SumShape shape = new(plan.Ring, schema.Length, schema.Hash);
        bool isRetained = plan.RetainContributions > 0 && record.Contributions.All(m => blobs.Contains(m.Hash));   // else what lies here is of a round that is not released yet, and protected
        if (mustRetain && record.Contributions.FirstOrDefault(m => !blobs.Contains(m.Hash)) is { } missing)
            return new(record, ReplayVerdict.Differs, $"the stored update of site '{missing.Silo}' is missing, though the plan retains it");
        if (isRetained && Resum(record, shape, blobs, protection) is { } finding) return new(record, ReplayVerdict.Differs, finding);

        byte[] openedBytes = blobs.ReadAll(record.Opened);
        if (Digest.Of(openedBytes) != record.Opened) return new(record, ReplayVerdict.Differs, $"the stored opened sum {record.Opened} is damaged");
        long[] opened = OpenedSum.FromBytes(plan.Ring, openedBytes);
        if (isRetained && !opened.AsSpan().SequenceEqual(protection.Open(record.Sealed, shape, blobs).Integers))
            return new(record, ReplayVerdict.Differs, "opening the sealed sum gives other integers than the journal names");
        byte[] state = blobs.ReadAll(record.Base);
        if (Digest.Of(state) != record.Base) return new(record, ReplayVerdict.Differs, $"the stored server state {record.Base} is damaged");
        StepResult step = program.Step(new StepRequest(record.Collection.Round, record.Collection.Sum, state, opened, schema, record.Contributions.Length));
        Digest next = Digest.Of(step.State);
        if (next != record.Step.State) return new(record, ReplayVerdict.Differs, $"the server step gives state {next}, the journal names {record.Step.State}");
        if (step.ModelSha256 != record.Step.ModelSha256) return new(record, ReplayVerdict.Differs, $"the server step gives model {step.ModelSha256}, the journal names {record.Step.ModelSha256}");
        return isRetained
            ? new(record, ReplayVerdict.BitIdentical, $"sum of {record.Contributions.Length} stored updates and server step recomputed")
            : new(record, ReplayVerdict.StepIdentical, "server step recomputed from the stored sum; the updates are no longer retained");
    }

    /// <summary>Adds the stored updates up again; null when the sum is the same, else what is not.</summary>
    private static string? Resum(SumRecord record, SumShape shape, IBlobStore blobs, IProtection protection)
    {
        ISumAccumulator sum = protection.CreateAccumulator(shape);
        foreach (UpdateManifest manifest in record.Contributions)
        {
            using (Stream input = blobs.OpenRead(manifest.Hash))
            {
                if (Digest.Of(input) != manifest.Hash) return $"the stored update of site '{manifest.Silo}' is damaged: its bytes no longer have the hash {manifest.Hash}";
            }

            using Stream contribution = blobs.OpenRead(manifest.Hash);
            sum.Add(contribution);
        }

        HashingWriter writer = new();
        sum.WriteTo(writer);
        Digest again = writer.Commit();
        return again == record.Sealed ? null : $"the stored updates add up to {again}, the journal names {record.Sealed}";
    }

    private sealed class HashingWriter : IBlobWriter
    {
        private readonly System.Security.Cryptography.IncrementalHash _hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);

        public void Write(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public Digest Commit() => new(_hash.GetHashAndReset());

        public void Dispose() => _hash.Dispose();
    }
}
