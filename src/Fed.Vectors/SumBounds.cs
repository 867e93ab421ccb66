namespace Fed.Vectors;

/// <summary>Checks an opened sum against what honest contributions can reach, before anything is published. Under every protection the same check.</summary>
public static class SumBounds
{
    /// <summary>The first violation as a sentence, or null: every entry within contributors x what one site can contribute to it, counts not negative.</summary>
    /// <param name="schema">The sum's schema.</param>
    /// <param name="opened">Shape <c>[schema.Length]</c>.</param>
    /// <param name="contributors">How many silos are in the sum, at least 1.</param>
    /// <exception cref="ArgumentException">The sum has another length than the schema.</exception>
    /// <remarks>Decided in 128-bit integers: the widest segment over <see cref="int.MaxValue"/> contributors reaches below 2^94.</remarks>
    public static string? Check(VectorSchema schema, ReadOnlySpan<long> opened, int contributors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 1);
        if (opened.Length != schema.Length) throw new ArgumentException($"the sum has {opened.Length} entries, the schema {schema.Length}", nameof(opened));
        for (int s = 0; s < schema.Segments.Length; s++)
        {
            (Int128 low, Int128 high) = OfSum(schema, s, contributors);
            ReadOnlySpan<long> part = opened.Slice(schema.Offsets[s], schema.Segments[s].Length);
            if (FirstOutside(part, low, high) is var i and >= 0)
                return $"entry {i} of segment '{schema.Segments[s].Name}' is {part[i]}, outside [{low}, {high}] that {contributors} contributors can reach.";
        }

        return null;
    }

    /// <summary>The least and the largest integer that one honest site contributes to an entry of a segment, both included.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="segment">Position of the segment.</param>
    /// <remarks>A site that clips counts at most every training entry of the vector, which is less than the count's bits could hold.</remarks>
    public static (long Low, long High) OfSite(VectorSchema schema, int segment)
    {
        Segment known = schema.Segments[segment];
        if (known.Name == VectorSchema.ClippedSegment) return (0, schema.Segments.Where(static s => s.Kind == SegmentKind.Training).Sum(static s => (long)s.Length));
        return (known.Kind == SegmentKind.Count ? 0 : -known.Limit, known.Limit);
    }

    /// <summary>The least and the largest integer that so many honest sites reach together.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="segment">Position of the segment.</param>
    /// <param name="contributors">How many silos are in the sum, at least 1.</param>
    public static (Int128 Low, Int128 High) OfSum(VectorSchema schema, int segment, int contributors)
    {
        (long low, long high) = OfSite(schema, segment);
        return ((Int128)low * contributors, (Int128)high * contributors);
    }

    private static int FirstOutside(ReadOnlySpan<long> part, Int128 low, Int128 high)
    {
        long least = (long)Int128.Max(low, long.MinValue), most = (long)Int128.Min(high, long.MaxValue);
        for (int i = 0; i < part.Length; i++)
            if (part[i] < least || part[i] > most) return i;
        return -1;
    }
}
