namespace Fed.Learning.Tests.Models;

/// <summary>Compares a gradient with central differences of step 1e-5 at up to fifty coordinates: relative error below 1e-6.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;

    public static void Holds(Func<double[], double> function, double[] at, ReadOnlySpan<double> gradient, string what)
    {
        int[] coordinates = [.. Enumerable.Range(0, at.Length)];
        new Random(11).Shuffle(coordinates);
        double largest = 0;
        foreach (double g in gradient) largest = Math.Max(largest, Math.Abs(g));
        foreach (int i in coordinates.Take(50))
        {
            double[] high = [.. at], low = [.. at];
            high[i] += Step;
            low[i] -= Step;
            double difference = (function(high) - function(low)) / (2 * Step);
            // Relative to the entry, but to no less than a thousandth of the largest: below that the difference itself has no six digits.
            double size = Math.Max(Math.Max(Math.Abs(difference), Math.Abs(gradient[i])), Math.Max(1e-3 * largest, 1e-6));
            Assert.True(Math.Abs(difference - gradient[i]) / size < 1e-6, $"{what}, coordinate {i}: gradient {gradient[i]:r}, central difference {difference:r}");
        }
    }
}
