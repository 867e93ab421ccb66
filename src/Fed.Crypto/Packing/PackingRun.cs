using System.Numerics;

namespace Fed.Crypto.Packing;

/// <summary>Values with one field width, one after another: value j of the run is field j mod <see cref="Fields"/> of coefficient <see cref="FirstCoefficient"/> + j / <see cref="Fields"/>.</summary>
/// <param name="FirstValue">Position of the run's first value in the vector.</param>
/// <param name="Length">Values in the run.</param>
/// <param name="Bits">Grid bits of a value.</param>
/// <param name="Bound">The largest |sum| of a field.</param>
/// <param name="Width">Bits of a field; <c>Bound</c> &lt; 2^(Width-1).</param>
/// <param name="Fields">Fields in a coefficient, lowest first.</param>
/// <param name="FirstCoefficient">Coefficients are counted over all ciphertexts: number c is coefficient c mod N of ciphertext c / N.</param>
public sealed record PackingRun(int FirstValue, int Length, int Bits, BigInteger Bound, int Width, int Fields, int FirstCoefficient)
{
    /// <summary>Coefficients of the run; in the last one fields may stay unused, and zero.</summary>
    public int Coefficients => (Length + Fields - 1) / Fields;
}
