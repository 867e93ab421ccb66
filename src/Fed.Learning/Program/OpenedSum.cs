namespace Fed.Learning.Program;

/// <summary>An opened sum with what is needed to read means from it. All arithmetic is scalar, in a fixed order, with + - x / only.</summary>
/// <param name="schema">The sum's schema.</param>
/// <param name="opened">Its integers, shape <c>[schema.Length]</c>.</param>
/// <param name="weightCap">n_cap: the weight that counts as 1 before the grid.</param>
/// <param name="totalWeight">Sum of m_k over all sites of the federation, from the start-up sum.</param>
/// <param name="contributors">Silos in the sum.</param>
public sealed class OpenedSum(VectorSchema schema, ReadOnlyMemory<long> opened, double weightCap, long totalWeight, int contributors)
{
    /// <summary>The count segment that carries m_k = min(n_k, n_cap).</summary>
    public const string WeightSegment = "weight";

    /// <summary>Sum of m_k over the contributors.</summary>
    public long WeightSum => Integers(WeightSegment)[0];

    /// <summary>n_cap.</summary>
    public double WeightCap => weightCap;

    /// <summary>Sum of m_k over all sites of the federation; with it control variates stay true when sites are absent.</summary>
    public long TotalWeight => totalWeight;

    /// <summary>Where steps adapt, the blocks by which they do; else null.</summary>
    internal StepScale? Steps { get; init; }

    /// <summary>The powers of two of the round's steps.</summary>
    internal long[] Exponents { get; init; } = [];

    /// <summary>The float64 reference, shape <c>[schema.Length]</c>: weighted reals summed in the order of the sites' names, in the place of integers. Nothing that travels is summed so.</summary>
    internal ReadOnlyMemory<double> Reals { get; init; }

    /// <summary>Silos in the sum.</summary>
    public int Contributors => contributors;

    /// <summary>Training entries that silos had to clip.</summary>
    public long Clipped => schema.IndexOf(VectorSchema.ClippedSegment) < 0 ? 0 : Integers(VectorSchema.ClippedSegment)[0];

    /// <summary>A segment's integers.</summary>
    /// <exception cref="ArgumentException">No such segment.</exception>
    public ReadOnlySpan<long> Integers(string segment) => Reals.IsEmpty ? schema.Slice(opened.Span, segment) : Array.ConvertAll(schema.Slice(Reals.Span, segment).ToArray(), static value => (long)value);

    /// <summary>The weighted mean <c>sum m_k x_k / sum m_k = step * n_cap * sum q / sum m</c> (DESIGN: the weight was applied before the grid).</summary>
    /// <param name="segment">A weighted segment.</param>
    /// <exception cref="ProgramException">No contributor carries weight.</exception>
    public double[] Mean(string segment)
    {
        long weight = WeightSum;
        if (weight <= 0) throw new ProgramException("no contributor of this round has training rows, so there is no mean; check the quorum and the sites' data.");
        double[] mean = Total(segment);
        for (int i = 0; i < mean.Length; i++) mean[i] /= weight;
        return mean;
    }

    /// <summary>The weighted sum <c>sum m_k x_k = step * n_cap * sum q</c>, step being the round's.</summary>
    /// <param name="segment">A weighted segment.</param>
    public double[] Total(string segment)
    {
        if (!Reals.IsEmpty) return Array.ConvertAll(schema.Slice(Reals.Span, segment).ToArray(), value => value * weightCap);
        ReadOnlySpan<long> integers = Integers(segment);
        double factor = schema.Segments[schema.IndexOf(segment)].Step * weightCap;
        double[] total = new double[integers.Length];
        for (int i = 0; i < total.Length; i++) total[i] = integers[i] * factor;
        Steps?.Multiply(Exponents, schema.Offsets[schema.IndexOf(segment)], total);
        return total;
    }
}
