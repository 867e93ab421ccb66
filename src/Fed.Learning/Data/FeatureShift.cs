namespace Fed.Learning.Data;

/// <summary>Makes the numeric features of simulated sites differ, as those of other scanners, laboratories and regions do: each site turns, stretches, moves and blurs what it measures.</summary>
/// <remarks>
/// In deviations of each feature over all rows: z becomes <c>factor * turned(z) + offset + noise</c>, where factor = 1 + Scale * n and offset = Offset * n for each site and feature, noise = Noise * n for each
/// value, n standard normal; neighbouring features (the first and second, the third and fourth, ...) turn together by an angle that the site draws evenly from [-Rotation, Rotation]. Missing values stay missing.
/// </remarks>
/// <param name="Scale">At least 0.</param>
/// <param name="Offset">At least 0.</param>
/// <param name="Noise">At least 0.</param>
/// <param name="Rotation">In degrees, 0 to 180.</param>
/// <param name="Seed">Fixes the draws; each site has its own by its name.</param>
public sealed record FeatureShift(double Scale, double Offset, double Noise, double Rotation, long Seed)
{
    /// <summary>True when nothing is changed.</summary>
    public bool IsNone => Scale == 0 && Offset == 0 && Noise == 0 && Rotation == 0;

    /// <summary>The sites with shifted rows: training, validation and test rows alike.</summary>
    /// <param name="table">The table that was divided; gives the features' deviations, and which of them are numbers.</param>
    /// <param name="sites">Its sites.</param>
    public ImmutableArray<SiteData> Apply(DataTable table, ImmutableArray<SiteData> sites)
    {
        (double Mean, double Deviation)[] moments = [.. Enumerable.Range(0, table.All.Columns).Select(column => Moments(table.All, column))];
        // What is no number, or does not vary, stays as it is.
        int[] features = [.. Enumerable.Range(0, table.All.Columns).Where(f => moments[f].Deviation > 0 && (table.IsQuantity.IsEmpty || table.IsQuantity[f]))];
        return [.. sites.Select(site => Apply(site, features, moments))];
    }

    private SiteData Apply(SiteData site, int[] features, (double Mean, double Deviation)[] moments)
    {
        SeededDraws draws = new(Seed, $"shift/{site.Site}");
        double[] factor = [.. features.Select(_ => 1 + Scale * draws.Normal())], offset = [.. features.Select(_ => Offset * draws.Normal())];
        (double sine, double cosine) = Turn((2 * draws.Unit() - 1) * Rotation * Math.PI / 180);
        return site with { Train = Shifted(site.Train), Validation = Shifted(site.Validation), Test = Shifted(site.Test) };

        Matrix Shifted(Matrix rows)
        {
            double[] values = [.. rows.Values], z = new double[features.Length];
            for (int r = 0; r < rows.Rows; r++)
            {
                Span<double> row = values.AsSpan(r * rows.Columns, rows.Columns);
                for (int i = 0; i < z.Length; i++) z[i] = (row[features[i]] - moments[features[i]].Mean) / moments[features[i]].Deviation;
                for (int i = 0; Rotation > 0 && i + 1 < z.Length; i += 2)
                    if (!double.IsNaN(z[i] + z[i + 1])) (z[i], z[i + 1]) = (cosine * z[i] - sine * z[i + 1], sine * z[i] + cosine * z[i + 1]);
                for (int i = 0; i < z.Length; i++)
                {
                    double blurred = factor[i] * z[i] + offset[i] + (Noise > 0 ? Noise * draws.Normal() : 0);
                    row[features[i]] = moments[features[i]].Mean + moments[features[i]].Deviation * blurred;
                }
            }
            return new Matrix(rows.Columns, values, rows.Targets, rows.TargetColumns);
        }
    }

    private static (double Mean, double Deviation) Moments(Matrix all, int column)
    {
        double sum = 0, squares = 0;
        long count = 0;
        for (int r = 0; r < all.Rows; r++)
            if (all.Row(r)[column] is var x && !double.IsNaN(x)) (sum, count) = (sum + x, count + 1);
        double mean = count == 0 ? 0 : sum / count;
        for (int r = 0; r < all.Rows; r++)
            if (all.Row(r)[column] is var x && !double.IsNaN(x)) squares += (x - mean) * (x - mean);
        return (mean, count == 0 ? 0 : Math.Sqrt(squares / count));
    }

    // Sine and cosine by + - x / alone, so that a division is the same on every machine: a short series for a 32nd of the angle, doubled five times.
    private static (double Sine, double Cosine) Turn(double angle)
    {
        double x = angle / 32, q = x * x;
        double sine = x * (1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72)))), cosine = 1 - q / 2 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56)));
        for (int i = 0; i < 5; i++) (sine, cosine) = (2 * sine * cosine, 1 - 2 * sine * sine);
        return (sine, cosine);
    }
}
