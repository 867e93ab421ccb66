using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <content>
/// From data to outbox, in this order and in no other: compute, which ends with clipping the declared group as a whole; weight; clip each entry to its range; round to the grid; the stage between grid and
/// outbox; outbox. What leaves the site is made of the outbox, anew for each attempt, by the plan's protection. Every figure that the server is to know is an entry of the vector.
/// </content>
internal sealed partial class SiloShell
{
    private const string BlindPurpose = "fedactors/blind/1";

    private StoredContribution Contribute(WorkItem.ComputeContribution compute, byte[] broadcast, Action<int> progressPercent, CancellationToken cancel)
    {
        JobPlan plan = Plan!;
        SumPlan sum = plan.SumsOf(compute.Collection.Round).First(s => s.Name == compute.Collection.Sum);
        VectorSchema schema = sum.ToSchema();
        ReadOnlyMemory<byte>? state = compute.SiloState is { } promoted ? Services.Blobs.ReadAll(promoted) : null;
        LocalRequest request = new(compute.Collection.Round, sum.Name, broadcast, state, SeedOf(plan, compute.Collection, "compute"), schema);
        LocalResult result = computation.Compute(request, progressPercent, cancel);

        using IBlobWriter outbox = Services.Blobs.Create();
        double[] contributed = computation.KeepsSiloState ? new double[schema.Length] : [];
        GridOutcome outcome = GridEncoder.Encode(
            schema, plan.Ring, result.Values, result.Weight, SeedOf(plan, compute.Collection, "round").Span, outbox.Write, contributed, Services.BeforeOutbox);
        Digest vector = Services.Protection.Protect(outbox.Commit(), Services.Blobs);

        Digest? next = computation.KeepsSiloState && computation.NextSiloState(request, result, contributed) is { } bytes ? Services.Blobs.Store(bytes) : null;
        return new StoredContribution(vector, Services.Blobs.Length(vector), outcome.Clipped, next, plan.Protection == ProtectionRules.Plain ? null : Blind(vector));
    }

    /// <summary>
    /// What nobody else can guess, journaled beside the vector's hash: heads of this journal leave the site as receipts, and a vector of few possible values could else be found by trying.
    /// A signature is such a thing, and needs no randomness of its own.
    /// </summary>
    private Digest Blind(Digest vector)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        vector.CopyTo(hash);
        return Digest.Of(Services.Signer.Sign(BlindPurpose, hash).Span);
    }

    /// <summary>Seeds derive only from (job seed, round, site name, purpose): never from job id, plan, protection, roster or attempt.</summary>
    private ReadOnlyMemory<byte> SeedOf(JobPlan plan, CollectionId collection, string purpose) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/seed/1\n{plan.Seed}\n{collection.Round}\n{silo}\n{collection.Sum}/{purpose}"));
}
