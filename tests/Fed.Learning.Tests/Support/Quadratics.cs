using Fed.Learning.Data;

namespace Fed.Learning.Tests.Support;

/// <summary>Heterogeneous linear regressions in closed form: <c>F_k(w) = 1/2 w'H_k w - c_k'w + const</c> with <c>H_k = mean (x,1)(x,1)'</c> and <c>c_k = mean y (x,1)</c>.</summary>
internal sealed class Quadratics
{
    public Quadratics(int sites, int columns, int seed, bool isIdentical = false)
        : this(Draw(sites, columns, seed, isIdentical))
    {
    }

    public Quadratics(ImmutableArray<Matrix> sites)
    {
        Sites = sites;
        Size = sites[0].Columns + 1;
        Hessians = [.. Sites.Select(Hessian)];
        Slopes = [.. Sites.Select(Slope)];
    }

    public ImmutableArray<Matrix> Sites { get; }

    public int Size { get; }

    public ImmutableArray<double[,]> Hessians { get; }

    public ImmutableArray<double[]> Slopes { get; }

    public double[] RowWeights => [.. Sites.Select(site => (double)site.Rows / Sites.Sum(static s => s.Rows))];

    public double[] Optimum(double[] p) => Solve(Mix(p, static h => h), Mix(p));

    /// <summary>Where <c>sum p_k M_k (H_k w - c_k) = 0</c>, M_k a polynomial of H_k or an inverse: the fixed point of local rules.</summary>
    public double[] FixedPoint(double[] p, Func<double[,], double[,]> rule)
    {
        double[,] left = new double[Size, Size];
        double[] right = new double[Size];
        for (int k = 0; k < Sites.Length; k++)
        {
            double[,] m = rule(Hessians[k]), product = Multiply(m, Hessians[k]);
            for (int i = 0; i < Size; i++)
            {
                for (int j = 0; j < Size; j++)
                {
                    left[i, j] += p[k] * product[i, j];
                    right[i] += p[k] * m[i, j] * Slopes[k][j];
                }
            }
        }
        return Solve(left, right);
    }

    public double[] Gradient(int k, double[] w)
    {
        double[] gradient = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            gradient[i] = -Slopes[k][i];
            for (int j = 0; j < Size; j++) gradient[i] += Hessians[k][i, j] * w[j];
        }
        return gradient;
    }

    /// <summary>Gradient of the weighted objective.</summary>
    public double[] Gradient(double[] p, double[] w)
    {
        double[] sum = new double[Size];
        for (int k = 0; k < p.Length; k++)
        {
            double[] own = Gradient(k, w);
            for (int i = 0; i < Size; i++) sum[i] += p[k] * own[i];
        }
        return sum;
    }

    /// <summary>Hessian of the weighted objective.</summary>
    public double[,] Hessian(double[] p) => Mix(p, static h => h);

    /// <summary>The least and the largest eigenvalue of a symmetric matrix, by Jacobi's rotations.</summary>
    public static (double Least, double Largest) Spectrum(double[,] symmetric)
    {
        int n = symmetric.GetLength(0);
        double[,] a = (double[,])symmetric.Clone();
        for (int sweep = 0; sweep < 60; sweep++)
            for (int p = 0; p < n; p++)
                for (int q = p + 1; q < n; q++)
                {
                    if (a[p, q] == 0) continue;
                    double angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]), c = Math.Cos(angle), s = Math.Sin(angle);
                    for (int i = 0; i < n; i++) (a[i, p], a[i, q]) = (c * a[i, p] - s * a[i, q], s * a[i, p] + c * a[i, q]);
                    for (int i = 0; i < n; i++) (a[p, i], a[q, i]) = (c * a[p, i] - s * a[q, i], s * a[p, i] + c * a[q, i]);
                }
        double[] values = [.. Enumerable.Range(0, n).Select(i => a[i, i])];
        return (values.Min(), values.Max());
    }

    public static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, static (x, y) => (x - y) * (x - y)).Sum());

    /// <summary><c>rate * sum over steps of (I - rate H)^i</c>: what several descent steps make of a gradient.</summary>
    public Func<double[,], double[,]> Steps(int steps, double rate) => h =>
    {
        double[,] sum = new double[Size, Size], power = Identity();
        for (int step = 0; step < steps; step++)
        {
            Add(sum, power, rate);
            double[,] next = Multiply(power, h);
            Scale(next, -rate);
            Add(next, power, 1);
            power = next;
        }
        return sum;
    };

    /// <summary><c>(H + mu I)^-1</c>.</summary>
    public Func<double[,], double[,]> ProximalInverse(double mu) => h =>
    {
        double[,] shifted = (double[,])h.Clone(), inverse = new double[Size, Size];
        for (int i = 0; i < Size; i++) shifted[i, i] += mu;
        for (int column = 0; column < Size; column++)
        {
            double[] unit = new double[Size];
            unit[column] = 1;
            double[] solved = Solve(shifted, unit);
            for (int i = 0; i < Size; i++) inverse[i, column] = solved[i];
        }
        return inverse;
    };

    /// <summary>Gauss elimination with the largest pivot.</summary>
    public static double[] Solve(double[,] matrix, double[] right)
    {
        int n = right.Length;
        double[,] a = (double[,])matrix.Clone();
        double[] x = [.. right];
        for (int column = 0; column < n; column++)
        {
            int pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(a[row, column]));
            for (int j = 0; j < n; j++) (a[column, j], a[pivot, j]) = (a[pivot, j], a[column, j]);
            (x[column], x[pivot]) = (x[pivot], x[column]);
            for (int row = column + 1; row < n; row++)
            {
                double factor = a[row, column] / a[column, column];
                for (int j = column; j < n; j++) a[row, j] -= factor * a[column, j];
                x[row] -= factor * x[column];
            }
        }
        for (int row = n - 1; row >= 0; row--)
        {
            for (int j = row + 1; j < n; j++) x[row] -= a[row, j] * x[j];
            x[row] /= a[row, row];
        }
        return x;
    }

    private static ImmutableArray<Matrix> Draw(int sites, int columns, int seed, bool isIdentical)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, sites).Select(k => Draw(isIdentical ? new Random(seed) : random, rows: 6 + (isIdentical ? 0 : 3 * k), columns))];
    }

    private static Matrix Draw(Random random, int rows, int columns)
    {
        double[] values = new double[rows * columns], targets = new double[rows];
        for (int i = 0; i < values.Length; i++) values[i] = 2 * random.NextDouble() - 1;
        double level = 4 * random.NextDouble() - 2;
        for (int i = 0; i < rows; i++) targets[i] = level * values[i * columns] + 2 * random.NextDouble() - 1;
        return new Matrix(columns, values, targets);
    }

    private double[,] Hessian(Matrix site)
    {
        double[,] hessian = new double[Size, Size];
        for (int r = 0; r < site.Rows; r++)
        {
            double[] row = [.. site.Row(r), 1];
            for (int i = 0; i < Size; i++)
                for (int j = 0; j < Size; j++) hessian[i, j] += row[i] * row[j] / site.Rows;
        }
        return hessian;
    }

    private double[] Slope(Matrix site)
    {
        double[] slope = new double[Size];
        for (int r = 0; r < site.Rows; r++)
        {
            double[] row = [.. site.Row(r), 1];
            for (int i = 0; i < Size; i++) slope[i] += site.Targets[r] * row[i] / site.Rows;
        }
        return slope;
    }

    private double[,] Mix(double[] p, Func<double[,], double[,]> of)
    {
        double[,] sum = new double[Size, Size];
        for (int k = 0; k < p.Length; k++) Add(sum, of(Hessians[k]), p[k]);
        return sum;
    }

    private double[] Mix(double[] p) => [.. Enumerable.Range(0, Size).Select(i => Enumerable.Range(0, p.Length).Sum(k => p[k] * Slopes[k][i]))];

    private double[,] Identity()
    {
        double[,] identity = new double[Size, Size];
        for (int i = 0; i < Size; i++) identity[i, i] = 1;
        return identity;
    }

    private double[,] Multiply(double[,] a, double[,] b)
    {
        double[,] product = new double[Size, Size];
        for (int i = 0; i < Size; i++)
            for (int j = 0; j < Size; j++)
                for (int k = 0; k < Size; k++) product[i, j] += a[i, k] * b[k, j];
        return product;
    }

    private void Add(double[,] to, double[,] what, double factor)
    {
        for (int i = 0; i < Size; i++)
            for (int j = 0; j < Size; j++) to[i, j] += factor * what[i, j];
    }

    private void Scale(double[,] what, double factor)
    {
        for (int i = 0; i < Size; i++)
            for (int j = 0; j < Size; j++) what[i, j] *= factor;
    }
}
