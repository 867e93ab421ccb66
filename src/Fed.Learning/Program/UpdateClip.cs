using Fed.Learning.Algorithms;
using Fed.Learning.Numerics;

namespace Fed.Learning.Program;

/// <summary>
/// Cuts a site's update to a Euclidean norm: all its segments together, by one factor, in the units of the plan, before weight, steps and grid. Whether it was cut is an entry of the summed vector.
/// </summary>
internal static class UpdateClip
{
    /// <summary>The count segment in which a site that was cut writes 1.</summary>
    public const string CutSegment = "cut";

    /// <summary>Cuts where needed.</summary>
    /// <param name="vector">The site's vector.</param>
    /// <param name="group">The segments that are cut together.</param>
    /// <param name="bound">The norm, above 0.</param>
    /// <remarks>Sums squares in a fixed order, so that the same update is cut by the same factor on every machine.</remarks>
    public static void Apply(LocalVector vector, ImmutableArray<string> group, double bound)
    {
        double squares = 0;
        foreach (string segment in group)
        {
            double norm = FixedOrder.Norm(vector[segment]);
            squares += norm * norm;
        }

        double whole = Math.Sqrt(squares);
        if (!(whole > bound)) return;
        double factor = bound / whole;
        foreach (string segment in group)
            foreach (ref double entry in vector[segment]) entry *= factor;
        vector[CutSegment][0] = 1;
    }
}
