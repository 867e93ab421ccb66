using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Fed.Vectors;

namespace Fed.Crypto.Packing;

/// <summary>
/// Where each value of a vector lies in the coefficients of its ciphertexts. A function of profile, schema and job alone; two sites mean the same places exactly when their hashes agree.
/// </summary>
/// <remarks>Neighbouring segments of equal bits share coefficients; where the bits change a new coefficient begins. A value is never split. Immutable, safe for all threads.</remarks>
public sealed class PackingLayout
{
    // The opened integers are read as 64-bit two's complement.
    private static readonly BigInteger BoundMax = long.MaxValue;

    private PackingLayout(PackingProfile profile, VectorSchema schema, CapacityProof proof, ImmutableArray<PackingRun> runs)
    {
        Profile = profile;
        Schema = schema;
        Proof = proof;
        Runs = runs;
        Coefficients = runs[^1].FirstCoefficient + runs[^1].Coefficients;
        Hash = [.. SHA256.HashData(Encoding.UTF8.GetBytes(ToString()))];
    }

    /// <summary>The parameters of the ciphertexts.</summary>
    public PackingProfile Profile { get; }

    /// <summary>The vector.</summary>
    public VectorSchema Schema { get; }

    /// <summary>Why every sum of the job fits.</summary>
    public CapacityProof Proof { get; }

    /// <summary>The runs, in the order of their values.</summary>
    public ImmutableArray<PackingRun> Runs { get; }

    /// <summary>Coefficients in use, over all ciphertexts.</summary>
    public int Coefficients { get; }

    /// <summary>Ciphertexts of one vector, at least 1.</summary>
    public int Ciphertexts => (Coefficients + Profile.N - 1) / Profile.N;

    /// <summary>What sums of such vectors are: one polynomial where sites encrypt with their own parts of a secret, two under a key.</summary>
    public PackedForm SumForm => Profile.IsThreshold && !Proof.Job.UnderPublicKey ? PackedForm.Masked : PackedForm.Ciphertext;

    /// <summary>SHA-256 of <see cref="ToString"/>, 32 bytes.</summary>
    public ImmutableArray<byte> Hash { get; }

    /// <summary>Lays a vector out.</summary>
    /// <param name="profile">Parameters of the ciphertexts.</param>
    /// <param name="schema">The vector.</param>
    /// <param name="job">How many vectors are summed, by how many key holders, how often.</param>
    /// <exception cref="InvalidParametersException">The job itself is impossible.</exception>
    /// <exception cref="CapacityExceededException">A segment's sums do not fit; the message names the widest grid and the most summands that do.</exception>
    public static PackingLayout Create(PackingProfile profile, VectorSchema schema, PackingJob job)
    {
        // The width of B depends on how many coefficients are opened, and that on the fields that fit beside B. One field a coefficient is the worst case; the second pass can only need
        // fewer coefficients than the first one placed.
        CapacityProof worst = CapacityProof.Of(profile, job, (long)schema.Length + profile.N);
        CapacityProof proof = CapacityProof.Of(profile, job, new PackingLayout(profile, schema, worst, Place(profile, schema, worst)).Ciphertexts * (long)profile.N);
        return new PackingLayout(profile, schema, proof, Place(profile, schema, proof));
    }

    /// <summary>The values of a ciphertext: neighbours in the vector, since runs follow each other.</summary>
    /// <param name="ciphertext">Its index, from 0.</param>
    /// <returns>Position of the first value, and how many there are.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vector has no such ciphertext.</exception>
    public (int First, int Count) ValuesOf(int ciphertext)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ciphertext);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ciphertext, Ciphertexts);
        int first = valuesBefore(ciphertext);
        return (first, valuesBefore(ciphertext + 1) - first);

        // How many values lie in front of a ciphertext.
        int valuesBefore(int at)
        {
            long coefficient = Math.Min((long)at * Profile.N, Coefficients);
            PackingRun? run = Runs.LastOrDefault(r => r.FirstCoefficient < coefficient);
            return run is null ? 0 : run.FirstValue + (int)Math.Min(run.Length, (coefficient - run.FirstCoefficient) * run.Fields);
        }
    }

    /// <summary>The pieces of a ciphertext, from coefficient 0 to N.</summary>
    internal ImmutableArray<PackingPiece> PiecesOf(int ciphertext)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ciphertext);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ciphertext, Ciphertexts);
        ImmutableArray<PackingPiece>.Builder pieces = ImmutableArray.CreateBuilder<PackingPiece>();
        int begin = ciphertext * Profile.N, end = begin + Profile.N, at = begin;
        foreach (PackingRun run in Runs)
        {
            int last = Math.Min(end, run.FirstCoefficient + run.Coefficients);
            if (run.FirstCoefficient > at || last <= at) continue;
            int skipped = (at - run.FirstCoefficient) * run.Fields;
            pieces.Add(new PackingPiece(run, at - begin, last - at, run.FirstValue + skipped, Math.Min(run.Length - skipped, (last - at) * run.Fields)));
            at = last;
        }
        if (at < end) pieces.Add(new PackingPiece(null, at - begin, end - at, Schema.Length, 0));
        return pieces.ToImmutable();
    }

    private static ImmutableArray<PackingRun> Place(PackingProfile profile, VectorSchema schema, CapacityProof proof)
    {
        ImmutableArray<PackingRun>.Builder runs = ImmutableArray.CreateBuilder<PackingRun>();
        for (int s = 0; s < schema.Segments.Length; s++)
        {
            Segment segment = schema.Segments[s];
            if (runs.Count > 0 && runs[^1].Bits == segment.Bits)
            {
                runs[^1] = runs[^1] with { Length = runs[^1].Length + segment.Length };
                continue;
            }
            BigInteger bound = proof.FieldBound(segment.Bits);
            int fields = bound > BoundMax ? 0 : proof.FieldsOf(bound);
            if (fields == 0) throw new CapacityExceededException(Refusal(profile, segment, proof));
            int first = runs.Count == 0 ? 0 : checked(runs[^1].FirstCoefficient + runs[^1].Coefficients);
            runs.Add(new PackingRun(schema.Offsets[s], segment.Length, segment.Bits, bound, CapacityProof.FieldWidth(bound), fields, first));
        }
        return runs.ToImmutable();
    }

    private static string Refusal(PackingProfile profile, Segment segment, CapacityProof proof)
    {
        int bits = segment.Bits - 1;
        while (bits >= 2 && !Fits(proof, bits)) bits--;
        // Fewer summands also mean a smaller error, so the proof is made anew for each number tried.
        int fitting = 0, failing = proof.Job.Summands;
        while (failing - fitting > 1)
        {
            int middle = fitting + (failing - fitting) / 2;
            if (Fits(CapacityProof.Of(profile, proof.Job with { Summands = middle }, proof.Coefficients), segment.Bits)) fitting = middle;
            else failing = middle;
        }
        string widest = bits < 2 ? "no grid fits" : $"the widest grid that fits has {bits} bits";
        string most = fitting == 0 ? "no number of summands fits" : $"the most summands that fit are {fitting}";
        return $"segment '{segment.Name}' of {segment.Bits} bits does not fit profile {profile.Name} over {proof.Job.Summands} summands: {widest}; at {segment.Bits} bits {most}";
    }

    private static bool Fits(CapacityProof proof, int bits) => proof.FieldBound(bits) <= BoundMax && proof.FieldsOf(proof.FieldBound(bits)) > 0;

    /// <summary>The canonical text that is hashed: profile, schema, step, bound and runs.</summary>
    public override string ToString()
    {
        StringBuilder text = new("fedactors/packing/1\n");
        text.Append(CultureInfo.InvariantCulture, $"profile {Convert.ToHexStringLower(Profile.Hash.AsSpan())}\nschema {Schema.Hash}\n");
        text.Append(CultureInfo.InvariantCulture, $"summands {Proof.Job.Summands} holders {Proof.Job.KeyHolders} delta {Proof.StepLog2} bound {Proof.ErrorBound} smudging {Proof.SmudgingSigma}{(Proof.Job.UnderPublicKey ? " public-key" : "")}\n");
        foreach (PackingRun run in Runs)
            text.Append(CultureInfo.InvariantCulture, $"values {run.FirstValue}+{run.Length} fields {run.Fields}x{run.Width} |sum|<={run.Bound} coefficients {run.FirstCoefficient}+{run.Coefficients}\n");
        return text.ToString();
    }
}
