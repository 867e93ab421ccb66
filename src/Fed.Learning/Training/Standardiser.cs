using Fed.Learning.Data;

namespace Fed.Learning.Training;

/// <summary>Fills missing values with means and, where asked, centres and scales: <c>(x - mean) / deviation</c>.</summary>
/// <param name="Means">Shape <c>[features]</c>.</param>
/// <param name="Deviations">Population standard deviations (ddof 0), above 0, shape <c>[features]</c>.</param>
/// <param name="IsScaling">False only fills.</param>
public sealed record Standardiser(double[] Means, double[] Deviations, bool IsScaling)
{
    /// <summary>A new matrix with the same targets.</summary>
    public Matrix Apply(Matrix raw)
    {
        double[] values = new double[raw.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int feature = i % raw.Columns;
            double x = double.IsNaN(raw.Values[i]) ? Means[feature] : raw.Values[i];
            values[i] = IsScaling ? (x - Means[feature]) / Deviations[feature] : x;
        }
        return new Matrix(raw.Columns, values, raw.Targets, raw.TargetColumns);
    }

    /// <summary>Means and deviations of a matrix by two passes; a constant column gets the deviation 1, a column without values the mean 0.</summary>
    public static Standardiser Of(Matrix raw, bool isScaling)
    {
        double[] means = new double[raw.Columns], deviations = new double[raw.Columns];
        for (int c = 0; c < raw.Columns; c++)
        {
            (long count, double sum) = Moment(raw, c, 0, power: 1);
            means[c] = count == 0 ? 0 : sum / count;
            (_, double squares) = Moment(raw, c, means[c], power: 2);
            deviations[c] = IsConstant(squares, count, means[c]) ? 1 : Math.Sqrt(squares / count);
        }
        return new Standardiser(means, deviations, isScaling);
    }

    /// <summary>Count of a column's values and the sum of their distances to a centre, or of the squares of those; missing ones left out.</summary>
    internal static (long Count, double Sum) Moment(Matrix raw, int column, double centre, int power)
    {
        long count = 0;
        double sum = 0;
        for (int r = 0; r < raw.Rows; r++)
        {
            double x = raw.Row(r)[column] - centre;
            if (double.IsNaN(x)) continue;
            count++;
            sum += power == 1 ? x : x * x;
        }
        return (count, sum);
    }

    /// <summary>True when what varies is rounding only: a deviation below 1e-12 of the mean.</summary>
    internal static bool IsConstant(double squares, long count, double mean) => !(squares > count * mean * mean * 1e-24);
}
