using Fed.Learning.Data;

namespace Fed.Learning.Tests.Data;

/// <summary>What makes the features of simulated sites differ.</summary>
public sealed class FeatureShiftTests
{
    private const int Rows = 400;

    [Fact]
    public void Offset_moves_each_feature_of_a_site_by_one_amount_in_its_deviations()
    {
        SiteData[] shifted = Shift(new FeatureShift(0, 0.5, 0, 0, 1));
        double[][] moves = [.. shifted.Select((site, s) => Enumerable.Range(0, 2).Select(f => site.Train.Row(0)[f] - Site(s).Train.Row(0)[f]).ToArray())];
        for (int s = 0; s < shifted.Length; s++)
            for (int r = 0; r < shifted[s].Train.Rows; r++)
                for (int f = 0; f < 2; f++)
                    if (!double.IsNaN(Site(s).Train.Row(r)[f])) Assert.Equal(moves[s][f], shifted[s].Train.Row(r)[f] - Site(s).Train.Row(r)[f], 9);
        Assert.NotEqual(moves[0][0], moves[1][0]);
        Assert.NotEqual(moves[0][0], moves[0][1]);
        Assert.Equal(moves[0][0], shifted[0].Test.Row(0)[0] - Site(0).Test.Row(0)[0], 9);   // test rows come from the same scanner
    }

    [Fact]
    public void Rotation_keeps_distances_from_the_mean_in_deviations()
    {
        DataTable table = Table();
        (double mean, double deviation)[] moments = [.. Enumerable.Range(0, 2).Select(f => Moments(table, f))];
        double distance(ReadOnlySpan<double> row) => Math.Sqrt(Math.Pow((row[0] - moments[0].mean) / moments[0].deviation, 2) + Math.Pow((row[1] - moments[1].mean) / moments[1].deviation, 2));
        SiteData[] shifted = Shift(new FeatureShift(0, 0, 0, 90, 1));
        for (int r = 0; r < shifted[0].Train.Rows; r++) Assert.Equal(distance(Site(0).Train.Row(r)), distance(shifted[0].Train.Row(r)), 9);
        Assert.NotEqual(Site(0).Train.Row(0)[0], shifted[0].Train.Row(0)[0], 3);
    }

    [Fact]
    public void Categories_targets_and_missing_values_stay()
    {
        SiteData[] shifted = Shift(new FeatureShift(0.3, 0.3, 0.3, 30, 1));
        for (int s = 0; s < shifted.Length; s++)
        {
            Assert.Equal(Site(s).Train.Targets, shifted[s].Train.Targets);
            for (int r = 0; r < shifted[s].Train.Rows; r++) Assert.Equal(Site(s).Train.Row(r)[2], shifted[s].Train.Row(r)[2]);
        }
        Assert.Contains(Enumerable.Range(0, shifted[0].Train.Rows), r => double.IsNaN(shifted[0].Train.Row(r)[1]) && double.IsNaN(Site(0).Train.Row(r)[1]));
    }

    [Fact]
    public void Seed_and_site_decide()
    {
        Assert.Equal(Shift(new FeatureShift(0.3, 0.3, 0.3, 30, 1))[0].Train.Values, Shift(new FeatureShift(0.3, 0.3, 0.3, 30, 1))[0].Train.Values);
        Assert.NotEqual(Shift(new FeatureShift(0.3, 0.3, 0.3, 30, 1))[0].Train.Values, Shift(new FeatureShift(0.3, 0.3, 0.3, 30, 2))[0].Train.Values);
    }

    private static SiteData[] Shift(FeatureShift shift) => [.. shift.Apply(Table(), Sites())];

    private static ImmutableArray<SiteData> Sites() => Partitioner.Divide(Table(), new PartitionSource.Iid(2, 3), 2);

    private static SiteData Site(int index) => Sites()[index];

    private static (double Mean, double Deviation) Moments(DataTable table, int feature)
    {
        double[] values = [.. Enumerable.Range(0, Rows).Select(r => table.All.Row(r)[feature]).Where(static x => !double.IsNaN(x))];
        return (values.Average(), Math.Sqrt(values.Average(x => Math.Pow(x - values.Average(), 2))));
    }

    // Two numbers and a category; the second number is missing here and there.
    private static DataTable Table()
    {
        double[] values = [.. Enumerable.Range(0, Rows).SelectMany(static r => new[] { r * 0.37 % 5, r % 50 == 7 ? double.NaN : 100 + r * 1.7 % 30, r % 2 })];
        return new DataTable(
            "t.csv", ["a", "b", "c=x"], new Matrix(3, values, [.. Enumerable.Range(0, Rows).Select(static r => (double)(r % 2))]), [.. Enumerable.Range(0, Rows)],
            [.. Enumerable.Range(0, Rows).Select(static r => r % 5 == 4 ? RowRole.Test : RowRole.Train)], ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty, Rows)
        {
            IsQuantity = [true, true, false],
        };
    }
}
