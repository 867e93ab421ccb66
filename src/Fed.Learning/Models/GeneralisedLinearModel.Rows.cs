using Fed.Learning.Data;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models;

public sealed partial class GeneralisedLinearModel
{
    // Rows whose slopes are kept between the two passes over them: 1 MiB of 30 features, which the second pass finds in a cache.
    private const int BlockRows = 4096;

    // Rows that one thread scores at a time.
    private const int PartRows = 256;

    // Numbers read below which a block is scored on one thread.
    private const long ForkedFrom = 1 << 16;

    /// <summary>Sum of rows' losses; their gradients are added to the gradient. Block by block: scores and slopes, on several threads, then the coefficients' sums, each first row first.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="batch">Indices of those that count; empty for the first <paramref name="rows"/>.</param>
    /// <param name="rows">How many count.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Added to; empty when not wanted.</param>
    /// <param name="w">For blocks.</param>
    private double AddRows(Matrix data, ReadOnlySpan<int> batch, int rows, ReadOnlySpan<double> parameters, Span<double> gradient, Workspace w)
    {
        double loss = 0;
        for (int start = 0; start < rows; start += w.Losses.Length)
        {
            int length = Math.Min(w.Losses.Length, rows - start);
            ReadOnlySpan<int> chosen = batch.IsEmpty ? [] : batch.Slice(start, length);
            RowSet<double> block = chosen.IsEmpty ? new(data.Values.AsSpan(start * Features, length * Features), Features) : new(data.Values, Features, chosen);
            Scoring scoring = new(this, block, chosen.IsEmpty ? data.Targets.AsSpan(start, length) : data.Targets, chosen, parameters, w);
            if ((long)length * Parameters >= ForkedFrom) ForkJoin.Run(scoring);
            else
                for (int part = 0; part < scoring.Parts; part++) scoring.Run(part);
            foreach (double each in w.Losses.AsSpan(0, length)) loss += each;
            if (!gradient.IsEmpty) AddSlopes(block, w.Slopes, gradient);
        }
        return loss;
    }

    private void AddSlopes(RowSet<double> block, ReadOnlySpan<double> slopes, Span<double> gradient)
    {
        for (int o = 0; o < Outputs; o++)
        {
            RowProducts<double, Twice>.AddWeighted(block, slopes[o..], gradient.Slice(o * Features, Features), Outputs);
            double intercept = gradient[Coefficients + o];
            for (int r = 0; r < block.Count; r++) intercept += slopes[r * Outputs + o];
            gradient[Coefficients + o] = intercept;
        }
    }

    // All rows' scores, shape [rows, Outputs].
    private void Score(RowSet<double> rows, ReadOnlySpan<double> parameters, Span<double> scores)
    {
        Elementwise.SetRows(parameters[Coefficients..], scores[..(rows.Count * Outputs)]);
        for (int o = 0; o < Outputs; o++) RowProducts<double, Twice>.AddDots(rows, parameters.Slice(o * Features, Features), scores[o..], Outputs);
    }

    /// <summary>Scores, losses and slopes of a block of rows, part by part.</summary>
    private readonly ref struct Scoring(GeneralisedLinearModel model, RowSet<double> block, ReadOnlySpan<double> targets, ReadOnlySpan<int> chosen, ReadOnlySpan<double> parameters, Workspace w) : IParts
    {
        private readonly RowSet<double> _block = block;
        private readonly ReadOnlySpan<double> _targets = targets;
        private readonly ReadOnlySpan<int> _chosen = chosen;
        private readonly ReadOnlySpan<double> _parameters = parameters;

        public int Parts => (_block.Count + PartRows - 1) / PartRows;

        public void Run(int part)
        {
            int start = part * PartRows, length = Math.Min(PartRows, _block.Count - start);
            Span<double> slopes = w.Slopes.AsSpan(start * model.Outputs, length * model.Outputs), known = w.Targets.AsSpan(start, length);
            if (_chosen.IsEmpty) _targets.Slice(start, length).CopyTo(known);
            else
                for (int i = 0; i < length; i++) known[i] = _targets[_chosen[start + i]];
            model.Score(_block.Slice(start, length), _parameters, slopes);
            model._loss.Evaluate(slopes, known, slopes, w.Losses.AsSpan(start, length));
        }
    }

    private sealed class Workspace(int rowsMax, int outputs) : ModelWorkspace<double>(rowsMax)
    {
        public double[] Losses { get; } = new double[Math.Min(rowsMax, BlockRows)];

        public double[] Targets { get; } = new double[Math.Min(rowsMax, BlockRows)];

        public double[] Slopes { get; } = new double[Math.Min(rowsMax, BlockRows) * outputs];
    }
}
