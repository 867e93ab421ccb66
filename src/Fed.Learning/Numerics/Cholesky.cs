namespace Fed.Learning.Numerics;

/// <summary>Solves symmetric positive definite systems: A = L L^T.</summary>
internal static class Cholesky
{
    /// <summary>Solves A x = b in place.</summary>
    /// <param name="a">Row-major, shape <c>[n, n]</c>; its lower triangle is overwritten by L.</param>
    /// <param name="b">Right-hand side, shape <c>[n]</c>; receives x.</param>
    /// <returns>False when A is not positive definite to working precision.</returns>
    public static bool TrySolve(Span<double> a, Span<double> b)
    {
        int n = b.Length;
        for (int i = 0; i < n; i++)
        {
            Span<double> row = a.Slice(i * n, n);
            double diagonal = row[i];
            for (int j = 0; j <= i; j++)
            {
                double sum = row[j] - FixedOrder.Dot(row[..j], a.Slice(j * n, j));
                if (j < i) row[j] = sum / a[j * n + j];
                // A pivot that lost all but its last bits to cancellation is a linear dependence between columns.
                else if (!(sum > 1e-13 * Math.Abs(diagonal))) return false;
                else row[i] = Math.Sqrt(sum);
            }
        }
        for (int i = 0; i < n; i++) b[i] = (b[i] - FixedOrder.Dot(a.Slice(i * n, i), b[..i])) / a[i * n + i];
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = b[i];
            for (int j = i + 1; j < n; j++) sum -= a[j * n + i] * b[j];
            b[i] = sum / a[i * n + i];
        }
        return true;
    }
}
