namespace Fed.Learning.Data;

/// <summary>What one feature of a site's training rows looks like.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="Present">Cells with a value.</param>
/// <param name="Missing">Cells without, which the federated mean will fill.</param>
/// <param name="Min">Least value; NaN where none is present.</param>
/// <param name="Mean">Mean value; of one-hot features the share of rows.</param>
/// <param name="Max">Greatest value.</param>
public sealed record FeatureSummary(string Feature, int Present, int Missing, double Min, double Mean, double Max);

/// <summary>What a site reads: for the people at the site. Never part of a message.</summary>
/// <param name="Site">Its name.</param>
/// <param name="Train">Training rows.</param>
/// <param name="Validation">Validation rows.</param>
/// <param name="Test">Test rows.</param>
/// <param name="Classes">Training rows of each class; empty where the target is no class.</param>
/// <param name="Target">The targets of the training rows, as a feature; null where they are classes.</param>
/// <param name="Features">The features, in order.</param>
public sealed record DataReport(string Site, int Train, int Validation, int Test, ImmutableArray<long> Classes, FeatureSummary? Target, ImmutableArray<FeatureSummary> Features)
{
    /// <summary>Looks at a site's rows.</summary>
    /// <param name="site">The site.</param>
    /// <param name="classes">Number of classes, 0 for regression and survival.</param>
    public static DataReport Of(SiteData site, int classes)
    {
        Matrix rows = site.Train;
        long[] counts = new long[classes];
        for (int r = 0; classes > 0 && r < rows.Rows; r++) counts[(int)rows.Target(r)[0]]++;
        return new DataReport(
            site.Site, rows.Rows, site.Validation.Rows, site.Test.Rows, [.. counts],
            classes > 0 ? null : Summary("target", rows.Rows, r => rows.Target(r)[0]),
            [.. site.Features.Select((name, column) => Summary(name, rows.Rows, r => rows.Row(r)[column]))]);
    }

    private static FeatureSummary Summary(string name, int rows, Func<int, double> value)
    {
        int present = 0;
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0;
        for (int r = 0; r < rows; r++)
        {
            double x = value(r);
            if (double.IsNaN(x)) continue;
            present++;
            sum += x;
            min = Math.Min(min, x);
            max = Math.Max(max, x);
        }
        return present == 0 ? new FeatureSummary(name, 0, rows, double.NaN, double.NaN, double.NaN) : new FeatureSummary(name, present, rows - present, min, sum / present, max);
    }
}
