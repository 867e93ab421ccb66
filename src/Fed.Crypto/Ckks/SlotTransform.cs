using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fed.Crypto.Ckks;

/// <summary>
/// The canonical embedding of CKKS: N/2 complex slots to and from N real coefficients, with SEAL's order (generator 3), by one complex transform of N/2 points.
/// </summary>
/// <remarks>
/// Slot j is the value at ζ^(3^j), ζ = exp(iπ/N), and the conjugate at the inverse power. Of each such pair exactly one exponent is 1 modulo 4, and a real
/// polynomial a has the value Σ_{k&lt;N/2} (a_k + i·a_{k+N/2})·ζ^k·ω^{mk} at ζ^{4m+1}, ω = ζ^4: a twist by ζ^k and a plain transform of half the size that SEAL's
/// encoder uses. The vector path and the scalar twin do the same operations in the same order, so they agree to the bit; no fused operations are used.
/// </remarks>
internal sealed partial class SlotTransform
{
    private readonly double[] _cosines, _sines;             // of ω's powers: stage of half-length h at [h, 2h), entry k is ω_{2h}^k
    private readonly double[] _twistCosines, _twistSines;   // ζ^k
    private readonly int[] _position;                       // slot to bit-reversed point, complemented where the conjugate lies there

    /// <summary>Tables of a ring degree.</summary>
    /// <param name="n">N, a power of two of at least 8.</param>
    public SlotTransform(int n)
    {
        Slots = n / 2;
        (_cosines, _sines) = (new double[Slots], new double[Slots]);
        for (int half = 1; half < Slots; half *= 2)
        {
            for (int k = 0; k < half; k++) (_sines[half + k], _cosines[half + k]) = SinCos(k, half);
        }
        (_twistCosines, _twistSines) = (new double[Slots], new double[Slots]);
        for (int k = 0; k < Slots; k++) (_twistSines[k], _twistCosines[k]) = SinCos(k, n);
        _position = Positions(n);
    }

    /// <summary>N/2</summary>
    public int Slots { get; }

    /// <summary>Real numbers into the points of <see cref="ToCoefficients(Span{double}, Span{double}, double)"/>; zeros behind them.</summary>
    public void Scatter(ReadOnlySpan<double> values, Span<double> real, Span<double> imaginary)
    {
        imaginary.Clear();   // a real number is its own conjugate
        for (int j = 0; j < values.Length; j++)
        {
            int p = _position[j];
            real[p ^ (p >> 31)] = values[j];
        }
        for (int j = values.Length; j < Slots; j++)
        {
            int p = _position[j];
            real[p ^ (p >> 31)] = 0;
        }
    }

    /// <summary>Complex numbers into the points of <see cref="ToCoefficients(Span{double}, Span{double}, double)"/>; zeros behind them.</summary>
    public void Scatter(ReadOnlySpan<Complex> values, Span<double> real, Span<double> imaginary)
    {
        for (int j = 0; j < Slots; j++)
        {
            Complex value = j < values.Length ? values[j] : Complex.Zero;
            int p = _position[j], point = p ^ (p >> 31);
            real[point] = value.Real;
            imaginary[point] = p < 0 ? -value.Imaginary : value.Imaginary;
        }
    }

    /// <summary>The number in a slot, after <see cref="ToPoints(Span{double}, Span{double})"/>.</summary>
    public Complex Gather(int slot, ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary)
    {
        int p = _position[slot], point = p ^ (p >> 31);
        return new Complex(real[point], p < 0 ? -imaginary[point] : imaginary[point]);
    }

    /// <summary>The real part of the number in a slot, after <see cref="ToPoints(Span{double}, Span{double})"/>.</summary>
    public double GatherReal(int slot, ReadOnlySpan<double> real) => real[_position[slot] ^ (_position[slot] >> 31)];

    /// <summary>Points to coefficients times a factor, in place: coefficient k in <paramref name="real"/>, coefficient k + N/2 in <paramref name="imaginary"/>.</summary>
    /// <param name="real">Bit-reversed points.</param>
    /// <param name="imaginary">The same.</param>
    /// <param name="factor">Multiplies every coefficient; the division by N/2 is included.</param>
    public void ToCoefficients(Span<double> real, Span<double> imaginary, double factor) => ToCoefficients(real, imaginary, factor, Vector256.IsHardwareAccelerated);

    /// <summary>Coefficients to points, in place.</summary>
    public void ToPoints(Span<double> real, Span<double> imaginary) => ToPoints(real, imaginary, Vector256.IsHardwareAccelerated);

    /// <inheritdoc cref="ToCoefficients(Span{double}, Span{double}, double)"/>
    internal void ToCoefficients(Span<double> real, Span<double> imaginary, double factor, bool vector)
    {
        for (int half = 1; half < Slots; half *= 2) Gather(real, imaginary, half, vector);
        Untwist(real, imaginary, factor / Slots, vector);
    }

    /// <inheritdoc cref="ToPoints(Span{double}, Span{double})"/>
    internal void ToPoints(Span<double> real, Span<double> imaginary, bool vector)
    {
        Twist(real, imaginary, vector);
        for (int half = Slots / 2; half > 0; half /= 2) Spread(real, imaginary, half, vector);
    }

    private static (double Sin, double Cos) SinCos(int k, int n) => double.SinCosPi((double)k / n);

    private static int[] Positions(int n)
    {
        int slots = n / 2, bits = int.Log2(slots);
        int[] positions = new int[slots];
        for (int j = 0, exponent = 1; j < slots; j++, exponent = exponent * 3 % (2 * n))
        {
            bool conjugate = exponent % 4 != 1;
            int point = Ring.NttTables.Reverse(((conjugate ? (2 * n) - exponent : exponent) - 1) / 4, bits);
            positions[j] = conjugate ? ~point : point;
        }
        return positions;
    }
}
