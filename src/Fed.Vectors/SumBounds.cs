using System.Numerics;

namespace Fed.Vectors;

/// <summary>Checks an opened sum against what honest contributions can reach, before anything is published.</summary>
public static class SumBounds
{
    /// <summary>The first violation as a sentence, or null: every |entry| within contributors x limit, counts not negative.</summary>
    /// <param name="schema">The sum's schema.</param>
    /// <param name="opened">Shape <c>[schema.Length]</c>.</param>
    /// <param name="contributors">How many silos are in the sum, at least 1.</param>
    /// <exception cref="ArgumentException">The sum has another length than the schema.</exception>
    public static string? Check(VectorSchema schema, ReadOnlySpan<long> opened, int contributors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contributors, 1);
        if (opened.Length != schema.Length) throw new ArgumentException($"the sum has {opened.Length} entries, the schema {schema.Length}", nameof(opened));
        for (int s = 0; s < schema.Segments.Length; s++)
        {
            Segment segment = schema.Segments[s];
            BigInteger reach = (BigInteger)segment.Limit * contributors;
            long high = reach > long.MaxValue ? long.MaxValue : (long)reach;
            long low = segment.Kind == SegmentKind.Count ? 0 : -high;
            ReadOnlySpan<long> part = opened.Slice(schema.Offsets[s], segment.Length);
            for (int i = 0; i < part.Length; i++)
                if (part[i] < low || part[i] > high)
                    return $"entry {i} of segment '{segment.Name}' is {part[i]}, outside [{low}, {high}] that {contributors} contributors can reach.";
        }
        return null;
    }
}
