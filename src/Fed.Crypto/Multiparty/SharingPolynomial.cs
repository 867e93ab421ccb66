using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>S(X) = s + A_1 X + ... + A_(t-1) X^(t-1) over the ring, the A_k uniform: any t values give s, fewer give nothing.</summary>
/// <remarks>Shamir, CACM 1979, in each residue of the transformed polynomial; over the ring as in Mouchet, Bertrand, Hubaux (ePrint 2022/780).</remarks>
internal sealed class SharingPolynomial : IDisposable
{
    private const int ScaledAtATime = 512;   // words; both rows of a product stay in the first cache

    private readonly RnsRing _ring;
    private readonly RlweSecretKey _secret;
    private readonly SecretBuffer<ulong>[] _coefficients;

    public SharingPolynomial(RlweSecretKey secret, int threshold, IEntropy entropy)
    {
        (_ring, _secret) = (secret.Ring, secret);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        _coefficients = new SecretBuffer<ulong>[threshold - 1];
        for (int i = 0; i < _coefficients.Length; i++)
        {
            _coefficients[i] = new SecretBuffer<ulong>(_ring.Words);
            Sampler.Uniform(stream, _ring, _coefficients[i].Span);
        }
    }

    /// <summary>The value for a party, by Horner's rule.</summary>
    /// <param name="party">Its place in the roster.</param>
    /// <param name="value">Receives a polynomial in NTT form.</param>
    public void Evaluate(int party, Span<ulong> value)
    {
        value.Clear();
        for (int k = _coefficients.Length - 1; k >= 0; k--)
        {
            _ring.Add(value, _coefficients[k].Span);
            Scale(_ring, value, _ => ActiveSet.PointOf(party));
        }
        _ring.Add(value, _secret.Evaluations);
    }

    /// <summary>Multiplies each row by a number of its own.</summary>
    public static void Scale(RnsRing ring, Span<ulong> poly, Func<Modulus, ulong> factor)
    {
        Span<ulong> factors = stackalloc ulong[Math.Min(ring.N, ScaledAtATime)];
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            Modulus q = ring.Moduli[p];
            factors.Fill(factor(q));
            for (int at = 0; at < ring.N; at += factors.Length)
            {
                Span<ulong> part = poly.Slice((p * ring.N) + at, factors.Length);
                Rows.Multiply(part, factors, part, q);
            }
        }
    }

    public void Dispose()
    {
        foreach (SecretBuffer<ulong> coefficient in _coefficients) coefficient.Dispose();
    }
}
