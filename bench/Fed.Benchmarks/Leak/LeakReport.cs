using System.Globalization;
using Fed.Crypto.Tests.Attacks;

namespace Fed.Benchmarks.Leak;

/// <summary>
/// The leak that no protection of contributions closes: what the opened sum itself tells of a row. Softmax regression on the images of `data/digits`, one training row a site, the attack of <see cref="RowReconstruction"/>
/// on the sum of 1 to 30 sites' updates.
/// </summary>
internal static class LeakReport
{
    private const int Classes = 10, Trials = 200;

    /// <summary>Prints the table.</summary>
    public static void Run(TextWriter output)
    {
        (double[] Row, int Label)[] data = Read(Path.Combine(Root(), "data", "digits", "data.csv"));
        double[] mean = [.. Enumerable.Range(0, data[0].Row.Length).Select(j => data.Average(d => d.Row[j]))];
        output.WriteLine($"rows out of an opened sum: softmax regression, data/digits ({data[0].Row.Length} pixels, {Classes} classes), one row a site, one step from zero weights, {Trials} draws");
        output.WriteLine($"{"sites in the sum",-20}{"best correlation",18}{"by guessing",14}{"rows at > 0.99",16}{"label is there",16}");
        foreach (int sites in new[] { 1, 2, 3, 5, 10, 30 }) output.WriteLine(Measure(data, mean, sites));
        output.WriteLine("best correlation: of the attack's row with the nearest row in the sum, 1 being that row up to scale; by guessing: the same for the data's mean row, which needs no sum.");
        output.WriteLine("A masked or encrypted contribution gives the attack nothing: tests/Fed.Crypto.Tests/Attacks/RowReconstructionTests.cs.");
    }

    private static string Measure((double[] Row, int Label)[] data, double[] mean, int sites)
    {
        Random random = new(sites);
        double best = 0, guessed = 0;
        int whole = 0, labels = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            (double[] Row, int Label)[] drawn = random.GetItems(data, sites);
            int features = drawn[0].Row.Length;
            double[] weights = new double[(Classes * features) + Classes], sum = new double[weights.Length];
            foreach ((double[] row, int label) in drawn)
            {
                double[] update = RowReconstruction.Update(weights, row, label, Classes);
                for (int i = 0; i < sum.Length; i++) sum[i] += update[i];
            }
            (int found, double[] estimate) = RowReconstruction.Solve(sum, features, Classes);
            double nearest = drawn.Max(d => RowReconstruction.Correlation(estimate, d.Row));
            best += nearest / Trials;
            guessed += drawn.Max(d => RowReconstruction.Correlation(mean, d.Row)) / Trials;
            if (nearest > 0.99) whole++;
            if (drawn.Any(d => d.Label == found)) labels++;
        }
        return $"{sites,-20}{best,18:F3}{guessed,14:F3}{(double)whole / Trials,16:P0}{(double)labels / Trials,16:P0}";
    }

    private static (double[] Row, int Label)[] Read(string path) =>
        [.. File.ReadLines(path).Skip(1).Select(static line => line.Split(',').Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()).Select(static cells => (cells[..^1].Select(static p => p / 16).ToArray(), (int)cells[^1]))];

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FedActors.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no FedActors.sln above the benchmarks' binaries");
    }
}
