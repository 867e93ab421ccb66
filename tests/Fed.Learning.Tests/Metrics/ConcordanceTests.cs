using System.Globalization;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Metrics;

public sealed class ConcordanceTests
{
    [Fact]
    public void Pairs_are_counted_as_their_definition_says() =>
        Prop.ForAll<(byte Time, bool Event, byte Risk)[]>(static rows =>
        {
            double[] risks = [.. rows.Select(static row => row.Risk % 5 / 4.0)], targets = [.. rows.SelectMany(static row => new double[] { row.Time % 7, row.Event ? 1 : 0 })];
            Assert.Equal(Slowly(risks, targets), Concordance.Of(risks, targets));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_equal_times_only_an_event_and_a_censored_row_are_a_pair()
    {
        Assert.Equal(new Concordance(1, 0, 0), Concordance.Of([2, 1], [5, 1, 5, 0]));
        Assert.Equal(new Concordance(0, 1, 0), Concordance.Of([1, 2], [5, 1, 5, 0]));
        Assert.Equal(default, Concordance.Of([2, 1], [5, 1, 5, 1]));
        Assert.Equal(default, Concordance.Of([2, 1], [5, 0, 5, 0]));
        Assert.Null(Concordance.Of([2, 1], [4, 0, 5, 1]).Index);
        Assert.Equal(0.5, Concordance.Of([3, 3], [4, 1, 5, 1]).Index);
        Assert.Equal(default, Concordance.Of([], []));
    }

    /// <summary>Coefficients and figures of R's coxph and concordance, survival 3.5-3 (source in each folder's README).</summary>
    [Theory]
    [InlineData("lung", "age sex ph_ecog", "0.0110667645600735 -0.552612395703631 0.463728475370428", false, 0.637135493000455)]
    [InlineData("lung", "age sex ph_ecog", "0.00956134169655791 -0.547356676848954 0.597253244680412", true, 0.666452442159383)]
    [InlineData("lung", "age sex", "0.0170453318454113 -0.513218517108384", false, 0.602853002897971)]
    [InlineData("rotterdam_gbsg", Cohorts, "0.00096367431670304 0.140931315391036 0.402366577702814 0.682962443943318 0.0667594105933314 -0.15905261925763", false, 0.661235718587143)]
    [InlineData("rotterdam_gbsg", Cohorts, "0.000933649857879154 0.141312590511494 0.401559235248751 0.678585956123833 0.0674234015222969 -0.166572526433685", true, 0.65881246540309)]
    [InlineData("rotterdam_gbsg", Cohorts, Rotterdam, false, 0.649843693639534, "gbsg")]
    [InlineData("rotterdam_gbsg", Cohorts, Rotterdam, false, 0.659540137864975, "rotterdam")]
    public void Figures_of_published_coefficients_are_those_of_r(string folder, string columns, string coefficients, bool isBySite, double expected, string? site = null)
    {
        double[] weights = [.. coefficients.Split(' ').Select(static text => double.Parse(text, CultureInfo.InvariantCulture))];
        string[] names = columns.Split(' ');
        Concordance sum = default;
        foreach (IGrouping<string, Dictionary<string, string>> part in Rows(folder).GroupBy(row => isBySite ? row[SiteColumn] : ""))
        {
            Dictionary<string, string>[] rows = [.. part.Where(row => names.All(name => Cell(row, name) is not null) && (!isBySite || part.Key.Length > 0) && (site is null || row[SiteColumn] == site))];
            double[] risks = [.. rows.Select(row => names.Zip(weights, (name, weight) => weight * Cell(row, name)!.Value).Sum())];
            sum += Concordance.Of(risks, [.. rows.SelectMany(static row => new[] { Cell(row, "time")!.Value, Cell(row, "status")!.Value })]);
        }
        Assert.Equal(expected, sum.Index!.Value, 1e-12);
    }

    [Fact]
    public void Higher_hazards_in_any_interval_are_a_higher_risk()
    {
        double[] calm = [-3, -2, -1];
        for (int j = 0; j < calm.Length; j++)
        {
            double[] worse = [.. calm];
            worse[j] += 0.5;
            Assert.True(ModelTask.Hazard.RiskOf(worse) > ModelTask.Hazard.RiskOf(calm));
        }
        Assert.Equal(-(0.5 + 0.25), ModelTask.Hazard.RiskOf([0, 0]), 1e-15);
        Assert.Equal(1.5, ModelTask.Risk.RiskOf([1.5]));
    }

    private const string Cohorts = "age meno size_m size_l nodes hormon";
    private const string Rotterdam = "0.00240617434691638 0.108533542439052 0.385389472108125 0.698633464706271 0.0744932655838215 -0.109759581212709";
    private const string SiteColumn = "site";

    // Pair by pair.
    private static Concordance Slowly(double[] risks, double[] targets)
    {
        long concordant = 0, discordant = 0, tied = 0;
        for (int i = 0; i < risks.Length; i++)
            for (int j = 0; j < risks.Length; j++)
            {
                bool isFirst = targets[2 * i + 1] == 1 && (targets[2 * i] < targets[2 * j] || (targets[2 * i] == targets[2 * j] && targets[2 * j + 1] == 0));
                if (!isFirst) continue;
                if (risks[i] > risks[j]) concordant++;
                else if (risks[i] < risks[j]) discordant++;
                else tied++;
            }
        return new Concordance(concordant, discordant, tied);
    }

    private static IEnumerable<Dictionary<string, string>> Rows(string folder)
    {
        string[] lines = File.ReadAllLines(RepositoryFiles.Find("examples", "data", folder, "data.csv")), header = lines[0].Split(',');
        foreach (string line in lines[1..])
        {
            Dictionary<string, string> row = header.Zip(line.Split(',')).ToDictionary(static pair => pair.First, static pair => pair.Second, StringComparer.Ordinal);
            row[SiteColumn] = row.GetValueOrDefault("inst") ?? row["cohort"];
            if (row.TryGetValue("size_cat", out string? size)) (row["size_m"], row["size_l"]) = (size == "20-50" ? "1" : "0", size == ">50" ? "1" : "0");
            yield return row;
        }
    }

    private static double? Cell(Dictionary<string, string> row, string name) => row[name].Length > 0 ? double.Parse(row[name], CultureInfo.InvariantCulture) : null;
}
