using System.Text.Json.Serialization;

namespace Fed.Vectors;

/// <summary>A named part of a summed vector: its shape and the grid on which its entries lie.</summary>
/// <param name="Name">Unique within the schema, <c>[a-z0-9.-]+</c>.</param>
/// <param name="Shape">Row-major dimensions; the length is their product.</param>
/// <param name="Kind">What happens to a value that does not fit.</param>
/// <param name="Bits">b: a grid integer lies in +-(2^(b-1) - 1), 2 to 63.</param>
/// <param name="FractionBits">f: the grid step is 2^-f; 0 for counts.</param>
/// <param name="Rounding">How reals become grid integers.</param>
/// <param name="Weighted">True when the entries are multiplied by the silo's weight min(n, n_cap) / n_cap before the grid.</param>
public sealed record Segment(string Name, ImmutableArray<int> Shape, SegmentKind Kind, int Bits, int FractionBits, GridRounding Rounding, bool Weighted)
{
    /// <summary>Whose entries a sum of this segment may hold; not in JSON, nor in the schema's hash, where it is everybody's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public SegmentCohort Cohort { get; init; }

    /// <summary>Number of entries.</summary>
    public int Length => Shape.Aggregate(1, static (product, dimension) => checked(product * dimension));

    /// <summary>The grid step 2^-f.</summary>
    public double Step => Math.ScaleB(1, -FractionBits);

    /// <summary>The largest grid integer, 2^(b-1) - 1.</summary>
    public long Limit => (1L << (Bits - 1)) - 1;
}
