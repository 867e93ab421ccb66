using System.Collections.Immutable;

namespace Fed.Host.Presentation;

/// <summary>The rows that compare the federated model with its baselines, in the order in which people read them.</summary>
/// <param name="Name">What the row is: a fixed phrase, or a site's name (free text).</param>
/// <param name="Kind">Which part of the table it belongs to.</param>
/// <param name="Model">Its metrics.</param>
internal sealed record Comparison(string Name, ComparisonKind Kind, BaselineReport Model)
{
    private static readonly ImmutableArray<(string Word, Func<IEnumerable<double>, double> Over)> Statistics =
        [("mean", Enumerable.Average), ("lowest", Enumerable.Min), ("highest", Enumerable.Max)];

    /// <summary>
    /// Federated, pooled, the spread of the sites alone (where there are two or more; each metric by itself, over the sites where it is defined), then each site.
    /// </summary>
    public static ImmutableArray<Comparison> Rows(RunReport report)
    {
        (FinalReport final, ImmutableArray<BaselineReport> alone) = (report.Final, report.Baselines.Alone);
        return
        [
            .. report.WithoutFederation is null ? [new("federated", ComparisonKind.Federated, new() { Accuracy = final.Accuracy, Auc = final.Auc, Loss = final.Loss, Rmse = final.Rmse, Concordance = final.Concordance })] : Array.Empty<Comparison>(),
            .. report.WithoutFederation == "local-only" || report.Baselines.IsEmpty ? [] : new Comparison[] { new("all data pooled", ComparisonKind.Pooled, report.Baselines.Pooled) },
            .. alone.Length < 2 ? [] : Statistics.Select(statistic => new Comparison($"one site alone, {statistic.Word}", ComparisonKind.Spread, Over(alone, statistic.Over))),
            .. alone.Select(site => new Comparison(site.Site ?? "", ComparisonKind.Site, site)),
        ];
    }

    /// <summary>The row's figures as text: those of its quality, then the loss.</summary>
    public ImmutableArray<string> Cells(Quality quality) => [.. quality.Cells(Model), Figures.Loss(Model.Loss)];

    /// <summary>A statistic of one metric over the sites where it is defined and finite; null where it is nowhere.</summary>
    public static double? Over(ImmutableArray<BaselineReport> sites, Func<BaselineReport, double?> metric, Func<IEnumerable<double>, double> statistic)
    {
        double[] values = [.. sites.Select(metric).OfType<double>().Where(double.IsFinite)];
        return values.Length == 0 ? null : statistic(values);
    }

    /// <summary>The mean of each metric over the sites where it is defined.</summary>
    public static BaselineReport Mean(ImmutableArray<BaselineReport> sites) => Over(sites, Enumerable.Average);

    private static BaselineReport Over(ImmutableArray<BaselineReport> sites, Func<IEnumerable<double>, double> statistic) => new()
    {
        Accuracy = Over(sites, site => site.Accuracy, statistic),
        Auc = Over(sites, site => site.Auc, statistic),
        Loss = Over(sites, site => site.Loss, statistic),
        TrainLoss = Over(sites, site => site.TrainLoss, statistic),
        Rmse = Over(sites, site => site.Rmse, statistic),
        Concordance = Over(sites, site => site.Concordance, statistic),
    };
}

/// <summary>The parts of the comparison.</summary>
internal enum ComparisonKind
{
    /// <summary>The result.</summary>
    Federated,

    /// <summary>All training rows in one place.</summary>
    Pooled,

    /// <summary>Mean and extremes over the sites alone.</summary>
    Spread,

    /// <summary>One site by itself.</summary>
    Site,
}
