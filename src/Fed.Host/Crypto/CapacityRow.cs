using System.Collections.Immutable;
using System.Numerics;
using Fed.Crypto.Packing;
using Fed.Vectors;

namespace Fed.Host.Crypto;

/// <summary>What a profile carries for one width of grid and one number of sites: a row of the table that <c>fed crypto check</c> prints.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Summands">Sites whose vectors are summed; in a threshold profile at most 64 of them hold the key.</param>
/// <param name="Bits">Grid bits of a value.</param>
internal sealed record CapacityRow(PackingProfile Profile, int Summands, int Bits)
{
    private const int Values = 1_000_000, Rounds = 100, Attempts = 3;

    /// <summary>The rows that are shown.</summary>
    public static ImmutableArray<CapacityRow> All { get; } =
    [
        new(PackingProfile.SiloThreshold, 10, 16),
        new(PackingProfile.SiloThreshold, 64, 16),
        new(PackingProfile.SiloThreshold, 64, 27),
        new(PackingProfile.SiloThreshold, 63, 39),
        new(PackingProfile.SiloThreshold, 64, 56),
        new(PackingProfile.SiloThreshold, 1000, 16),
        new(PackingProfile.FastSymmetric, 64, 16),
    ];

    /// <summary>The job that the rows are computed for, in words.</summary>
    public static string Job => $"{Values:N0} values a sum, {Rounds} sums, up to {Attempts} attempts each, all sites (64 at most) holding the key";

    /// <summary>The layout of a vector of such values.</summary>
    public PackingLayout Layout { get; } = PackingLayout.Create(
        Profile,
        VectorSchema.Create(new Segment("values", [Values], SegmentKind.Statistic, Bits, 0, GridRounding.Nearest, Weighted: false)),
        new PackingJob(Summands, Math.Min(Summands, PackingJob.KeyHoldersMax), Rounds, Attempts));

    /// <summary>The one run.</summary>
    public PackingRun Run => Layout.Runs[0];

    /// <summary>Bytes that a site uploads for a value.</summary>
    public double BytesPerValue => PerValue(Profile.IsThreshold ? PackedForm.Masked : PackedForm.SeededCiphertext);

    /// <summary>Bytes of a decryption share for a value; null where one key is shared.</summary>
    public double? ShareBytesPerValue => Profile.IsThreshold ? PerValue(PackedForm.Share) : null;

    /// <summary>The capacity inequality with its numbers.</summary>
    public string Inequality => Layout.Proof.Inequality(Run.Bound, Run.Fields);

    /// <summary>log2 of the left side of the inequality.</summary>
    public double OccupiedLog2 => BigInteger.Log(Occupied, 2);

    /// <summary>log2 of what is left below Q.</summary>
    public double MarginLog2 => BigInteger.Log(Profile.Q - Occupied, 2);

    private BigInteger Occupied => Layout.Proof.Occupied(Run.Bound, Run.Fields);

    // Of a full ciphertext: the last one of a short vector costs more.
    private double PerValue(PackedForm form) => (double)new PackedFormat(Layout, new byte[32]).Bytes(form) / (Profile.N * Run.Fields);
}
