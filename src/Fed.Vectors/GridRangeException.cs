namespace Fed.Vectors;

/// <summary>A value does not fit its segment's grid. The message names segment and entry, never the value: it is shown at the site only, but may be logged there.</summary>
public sealed class GridRangeException(string segment, int index, string reason)
    : Exception($"entry {index} of segment '{segment}' {reason}; check the site's data, or give the plan a wider grid for this segment")
{
    /// <summary>Name of the segment.</summary>
    public string Segment { get; } = segment;

    /// <summary>Position within the segment.</summary>
    public int Index { get; } = index;
}
