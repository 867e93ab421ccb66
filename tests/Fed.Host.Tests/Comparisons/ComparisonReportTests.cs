using System.Collections.Immutable;
using System.Text.Json;
using System.Xml.Linq;
using Fed.Host.Comparisons;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Fed.Host.Tests.Presentation;
using Xunit;

namespace Fed.Host.Tests.Comparisons;

/// <summary>What a comparison says, from made-up runs with fixed numbers.</summary>
public sealed class ComparisonReportTests
{
    private static readonly ComparisonReport Report = new(
        ComparisonReport.CurrentFormat, "hocon/x.conf", "sample", [1, 2], 0.9, new TuningReport(2, 5, 0, 5), [Run("fedavg", 0.91, 0.95), Run("pooled", 0.5, 0.7) with { Notice = "no federation: <rows>", Trials = [] }],
        SampleReports.Small.Environment);

    [Fact]
    public void Spreads_are_means_with_sample_deviations_over_the_seeds_that_have_the_figure()
    {
        Spread spread = Spread.Of([1, 2, null, 6, double.NaN])!;
        Assert.Equal((3.0, Math.Sqrt(7), 1.0, 6.0, 3), (spread.Mean, spread.Deviation, spread.Lowest, spread.Highest, spread.Count));
        Assert.Null(Spread.Of([4])!.Deviation);
        Assert.Null(Spread.Of([null]));
    }

    [Fact]
    public void The_shape_of_compare_json_is_this()
    {
        using JsonDocument json = JsonDocument.Parse(ComparisonJson.Write(Report));
        JsonElement root = json.RootElement, run = root.GetProperty("runs")[0], seed = run.GetProperty("seeds")[0];
        Assert.Equal(["format", "file", "name", "seeds", "targetAccuracy", "tuning", "runs", "environment"], Names(root));
        Assert.Equal(["name", "algorithm", "model", "protection", "settings", "notice", "modelSha256", "summary", "seeds", "trials"], Names(run));
        Assert.Equal(["accuracy", "auc", "rmse", "loss", "roundsToTarget", "bytesUp", "bytesDown", "seconds", "cpuSeconds", "peakMemoryBytes"], Names(run.GetProperty("summary")));
        Assert.Equal(["mean", "deviation", "lowest", "highest", "count"], Names(run.GetProperty("summary").GetProperty("accuracy")));
        Assert.Equal(
            ["seed", "modelSha256", "roundsToTarget", "failure", "seconds", "cpuSeconds", "peakMemoryBytes", "bytesUp", "bytesDown", "folder", "wasKnown", "final", "rounds", "alone"], Names(seed));
        Assert.Equal(seed.GetProperty("modelSha256").GetString(), run.GetProperty("modelSha256").GetString());
        Assert.Equal(["settings", "score", "isChosen", "failure"], Names(run.GetProperty("trials")[0]));
    }

    [Fact]
    public void An_outcome_is_read_back_and_garbage_is_none()
    {
        RunOutcome outcome = new() { Report = SampleReports.Small, Seconds = 1.5, CpuSeconds = 2, PeakMemoryBytes = 3 };
        Assert.Equal(ComparisonJson.Write(outcome), ComparisonJson.Write(ComparisonJson.ReadOutcome(ComparisonJson.Write(outcome))!));
        Assert.Null(ComparisonJson.ReadOutcome("{ \"seconds\": "));
    }

    [Fact]
    public void The_page_is_well_formed_has_a_curve_a_run_in_tones_of_their_own_and_encodes_what_it_is_given()
    {
        XElement page = XDocument.Parse(ComparisonPage.Render(Report).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Root!;
        string[] tones = [.. page.Descendants().Where(static e => e.Name.LocalName == "path" && e.Parent!.Name.LocalName == "svg" && e.Attribute("class")!.Value.StartsWith("line", StringComparison.Ordinal) && e.Parent.Attribute("role") is not null).Select(static e => e.Attribute("class")!.Value)];
        Assert.Contains("line k0", tones);
        Assert.Contains("line k1", tones);
        Assert.Contains("no federation: <rows>", page.Value, StringComparison.Ordinal);
        Assert.Contains("0.9300 +- 0.0283", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(page.DescendantsAndSelf(), static element => element.Name.LocalName == "script");
    }

    [Fact]
    public void The_terminal_shows_quality_cost_choice_and_all_curves()
    {
        string text = string.Join('\n', ComparisonView.Lines(Report, "out", TerminalProfile.Plain(hasUnicode: false)));
        Assert.Contains("| fedavg | 0.9300 +- 0.0283 | 0.9500 +- 0.0000 | 0.1000 +- 0.0000 |     1.5 (1-2) |", text, StringComparison.Ordinal);
        Assert.Contains("| pooled | 0.6000 +- 0.1414 | 0.9500 +- 0.0000 | 0.1000 +- 0.0000 |             - |", text, StringComparison.Ordinal);
        Assert.Contains("0.9000 | learning-rate 0.3 |", text, StringComparison.Ordinal);
        Assert.Contains("pooled: no federation", text, StringComparison.Ordinal);
        Assert.Contains("a fedavg   b pooled", text, StringComparison.Ordinal);
        Assert.All(text, static c => Assert.True(c == '\n' || c is >= ' ' and <= '~', $"'{c}' is not ASCII"));
    }

    [Fact]
    public void Curves_in_letters_keep_to_their_places()
    {
        LetterPlot plot = new() { Title = "t", Curves = [new LetterCurve("up", [(1, 0), (3, 1)]), new LetterCurve("flat", [(1, 0.5), (3, 0.5)])] };
        string[] lines = [.. plot.Draw(40, 5, hasUnicode: false)];
        Assert.EndsWith("a", lines[1], StringComparison.Ordinal);                        // the rising curve ends at the top right
        Assert.Equal(lines[3].Count(static c => c == 'b'), lines[3].Length - lines[3].IndexOf('b', StringComparison.Ordinal));   // the flat one goes all along the middle
        Assert.Equal(["t: nothing to plot"], new LetterPlot { Title = "t", Curves = [new LetterCurve("a", [(1, double.NaN)])] }.Draw(40, 5, hasUnicode: false));
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(static property => property.Name)];

    private static ComparedRun Run(string name, double first, double second)
    {
        ImmutableArray<ComparedSeed> seeds = [Seed(1, first, 1), Seed(2, second, second >= 0.9 ? 2 : null)];
        seeds = first >= 0.9 ? seeds : [seeds[0] with { RoundsToTarget = null }, seeds[1]];
        return new ComparedRun(
            name, name, "softmax", "plain", ImmutableSortedDictionary<string, string>.Empty.Add("job.algorithm", name), null, SampleReports.Sha(1), RunSummary.Of(seeds), seeds,
            [new TrialReport(ImmutableSortedDictionary<string, string>.Empty.Add("job.fedavg.learning-rate", "0.1"), 0.8, false, null), new TrialReport(ImmutableSortedDictionary<string, string>.Empty.Add("job.fedavg.learning-rate", "0.3"), 0.9, true, null)]);
    }

    private static ComparedSeed Seed(long seed, double accuracy, int? reached) => new(
        seed, SampleReports.Sha((int)seed), reached, null, 1, 2, 1 << 20, 4096, 8192, "f", false,
        new FinalReport { Accuracy = accuracy, Auc = 0.95, Loss = 0.1, ModelSha256 = SampleReports.Sha((int)seed), Rounds = 2, StoppedBy = "rounds" },
        [SampleReports.Round(1, 0.3, accuracy - 0.1, 0.9, "a"), SampleReports.Round(2, 0.1, accuracy, 0.95, "a")], []);
}
