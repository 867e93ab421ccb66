using Fed.Learning.Algorithms;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.External;

/// <summary>A site's trainer behind the program: what comes from it is checked here, since nobody can afterwards.</summary>
internal sealed class ExternalWork(string site, ExternalModel model, int bins, IExternalTrainer trainer)
{
    /// <summary>As <see cref="LocalDescent.Run"/>.</summary>
    /// <exception cref="ProgramException">The trainer failed, or its parameters are not finite.</exception>
    public LocalReport Train(TrainerRows rows, int round, LocalWork work, Span<double> parameters)
    {
        LocalReport report;
        try
        {
            report = trainer.Train(rows, round, work, parameters);
        }
        catch (TrainerException e)
        {
            throw Failed($"could not train round {round}: {e.Message}", e);
        }
        if (report.Steps < 1) throw Failed($"says that it took {report.Steps} steps in round {round}; it must take at least one");
        int offset = 0;
        foreach (ParameterBlock block in model.Blocks)
        {
            for (int i = 0; i < block.Length; i++)
                if (!double.IsFinite(parameters[offset + i])) throw Failed($"gave {parameters[offset + i]} in entry {i} of tensor '{block.Name}' after round {round}; choose a smaller learning-rate, or check the data");
            offset += block.Length;
        }
        return report;
    }

    /// <summary>The sums over the site's rows, by the layout of an evaluation.</summary>
    /// <exception cref="ProgramException">The trainer failed, or its figures cannot be.</exception>
    public (Tally Test, Tally Train) Evaluate(TrainerRows rows, double[] parameters, LocalVector vector, Action<int> progressPercent, CancellationToken cancel)
    {
        TrainerSums sums;
        try
        {
            sums = trainer.Evaluate(rows, parameters, progressPercent, cancel);
        }
        catch (TrainerException e)
        {
            throw Failed($"could not evaluate: {e.Message}", e);
        }
        Check("test", sums.Test, rows.Test.Rows);
        Check("training", sums.Train, rows.Train.Rows);
        if (model.Task == ModelTask.TwoClasses)
        {
            if (sums.Scores.Length != 2 * bins || sums.Scores.Any(static count => count < 0) || sums.Scores.Sum() != rows.Test.Rows)
                throw Failed($"gave a histogram of {sums.Scores.Length} bins over {sums.Scores.Sum()} rows; it has {2 * bins} bins over {rows.Test.Rows} test rows");
            SumLayout.CountScores(vector, sums.Scores.AsSpan());
        }
        return (TallyOf(sums.Test), TallyOf(sums.Train));
    }

    private void Check(string part, TrainerTally tally, int rows)
    {
        if (tally.Rows != rows) throw Failed($"evaluated {tally.Rows} {part} rows of {rows}");
        if (tally.Correct < 0 || tally.Correct > rows) throw Failed($"predicted {tally.Correct} of {rows} {part} rows correctly");
        if (!double.IsFinite(tally.Loss)) throw Failed($"gave {tally.Loss} as the loss of the {part} rows; choose a smaller learning-rate, or check the data");
        if (!(tally.SquaredError >= 0 && tally.AbsoluteError >= 0 && double.IsFinite(tally.SquaredError) && double.IsFinite(tally.AbsoluteError)))
            throw Failed($"gave errors of {tally.SquaredError} and {tally.AbsoluteError} on the {part} rows; both are sums of at least 0");
    }

    private ProgramException Failed(string clause, Exception? inner = null) => new($"site {site}: trainer '{model.Trainer}' {clause}.", inner);

    private static Tally TallyOf(TrainerTally tally) => new(tally.Rows, tally.Loss, tally.Correct, tally.SquaredError, tally.AbsoluteError);
}
