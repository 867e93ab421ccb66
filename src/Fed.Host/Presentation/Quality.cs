using System.Collections.Immutable;

namespace Fed.Host.Presentation;

/// <summary>Which figures beside the loss say how good a run's models are.</summary>
/// <param name="Headings">Their names.</param>
/// <param name="Cells">Of a model, as text, in the headings' order.</param>
internal sealed record Quality(ImmutableArray<string> Headings, Func<BaselineReport, ImmutableArray<string>> Cells)
{
    private static readonly Quality Classes = new(["Accuracy", "AUC"], static model => [Figures.Share(model.Accuracy), Figures.Share(model.Auc)]);
    private static readonly Quality Number = new(["RMSE"], static model => [Figures.Loss(model.Rmse)]);
    private static readonly Quality Survival = new(["Concordance"], static model => [Figures.Share(model.Concordance)]);

    /// <summary>Beneath a table of concordances.</summary>
    public const string PairsNote = "Concordance and loss compare rows of one site only, for all models alike.";

    /// <summary>Those of a run, by what its final model has.</summary>
    public static Quality Of(RunReport report) => report.Final.Rmse is not null ? Number : HasPairs(report) ? Survival : Classes;

    /// <summary>True of survival models.</summary>
    public static bool HasPairs(RunReport report) => report.Final.Concordance is not null;

    /// <summary>The figures of a round.</summary>
    public ImmutableArray<string> CellsOf(RoundReport round) =>
        Cells(new BaselineReport { Accuracy = round.Accuracy, Auc = round.Auc, Rmse = round.Rmse, Concordance = round.Concordance });
}
