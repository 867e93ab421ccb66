namespace Fed.Vectors;

/// <summary>
/// A place between grid and outbox: sees every block of grid integers after weight and rounding, and may change them before they become ring words. For discrete noise, and for checks of what rounding
/// made of a clipped vector.
/// </summary>
/// <remarks>What it leaves is what is contributed: de-quantised for the silo's own state, stored once, protected for each attempt. The plan's ring must have room for what it adds (<see cref="Capacity"/>).</remarks>
public interface IGridStage
{
    /// <summary>Changes a block in place. Called for all entries once, in order of the schema, the clip count last.</summary>
    /// <param name="segment">Whose entries they are.</param>
    /// <param name="start">Index of the first within the segment.</param>
    /// <param name="grid">The integers; the same number of them must stay.</param>
    void Apply(Segment segment, int start, Span<long> grid);
}

/// <summary>Stages of the library.</summary>
public static class GridStage
{
    /// <summary>Changes nothing: of plans without noise.</summary>
    public static IGridStage Identity { get; } = new IdentityStage();

    private sealed class IdentityStage : IGridStage
    {
        public void Apply(Segment segment, int start, Span<long> grid)
        {
        }
    }
}
