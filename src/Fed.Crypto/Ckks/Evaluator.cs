using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>
/// SEAL's <c>Evaluator</c>, the part that sums need: addition, products with plaintexts, rescaling and modulus switching. Methods named <c>InPlace</c> change
/// their first operand; the others leave their operands alone.
/// </summary>
/// <remarks>
/// Every result is SEAL's, bit for bit. As SEAL does, an operation refuses to hand out a transparent ciphertext (<see cref="Ciphertext.IsTransparent"/>), such as a
/// difference of a ciphertext and itself. Whatever is refused is refused before an operand changes. Holds no state; safe for all threads that use different operands.
/// </remarks>
public sealed partial class Evaluator(CkksContext context)
{
    // SEAL's are_close: scales that differ by rounding errors alone are the same scale.
    private const double ScaleTolerance = 2.2204460492503131e-16;

    /// <summary><c>a + b</c></summary>
    /// <exception cref="CkksMismatchException">Different levels or scales, or operands of another context.</exception>
    /// <exception cref="RefusedException">The result is transparent.</exception>
    public Ciphertext Add(Ciphertext a, Ciphertext b)
    {
        Ciphertext sum = a.Clone();
        AddInPlace(sum, b);
        return sum;
    }

    /// <summary><c>sum += other</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception"/>
    public void AddInPlace(Ciphertext sum, Ciphertext other)
    {
        RnsRing ring = RequireSame(sum, other.ParmsId, other.Scale).Ring;
        if (SumsToZero(ring, sum.Data(1), other.Data(1))) throw Transparent();
        for (int i = 0; i < Ciphertext.PolynomialCount; i++) ring.Add(sum.Polynomial(i), other.Data(i));
    }

    /// <summary>The sum of one ciphertext or more.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception"/>
    public Ciphertext AddMany(params ReadOnlySpan<Ciphertext> ciphertexts)
    {
        if (ciphertexts.IsEmpty) throw new ArgumentException("there is nothing to add", nameof(ciphertexts));
        Ciphertext sum = ciphertexts[0].Clone();
        foreach (Ciphertext other in ciphertexts[1..]) AddInPlace(sum, other);
        return sum;
    }

    /// <summary><c>a - b</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception"/>
    public Ciphertext Sub(Ciphertext a, Ciphertext b)
    {
        Ciphertext difference = a.Clone();
        SubInPlace(difference, b);
        return difference;
    }

    /// <summary><c>difference -= other</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception"/>
    public void SubInPlace(Ciphertext difference, Ciphertext other)
    {
        RnsRing ring = RequireSame(difference, other.ParmsId, other.Scale).Ring;
        if (difference.Data(1).SequenceEqual(other.Data(1))) throw Transparent();
        for (int i = 0; i < Ciphertext.PolynomialCount; i++) ring.Subtract(difference.Polynomial(i), other.Data(i));
    }

    /// <summary><c>-ciphertext</c></summary>
    /// <exception cref="CkksMismatchException">The operand is of another context.</exception>
    public Ciphertext Negate(Ciphertext ciphertext)
    {
        Ciphertext negated = ciphertext.Clone();
        NegateInPlace(negated);
        return negated;
    }

    /// <summary><c>ciphertext = -ciphertext</c></summary>
    /// <inheritdoc cref="Negate" path="/exception"/>
    public void NegateInPlace(Ciphertext ciphertext)
    {
        RnsRing ring = context.RequireDataLevel(ciphertext.ParmsId).Ring;
        for (int i = 0; i < Ciphertext.PolynomialCount; i++) ring.Negate(ciphertext.Polynomial(i));
    }

    /// <summary><c>ciphertext + plaintext</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception[1]"/>
    public Ciphertext AddPlain(Ciphertext ciphertext, Plaintext plaintext)
    {
        Ciphertext sum = ciphertext.Clone();
        AddPlainInPlace(sum, plaintext);
        return sum;
    }

    /// <summary><c>sum += plaintext</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception[1]"/>
    public void AddPlainInPlace(Ciphertext sum, Plaintext plaintext) =>
        RequireSame(sum, plaintext.ParmsId, plaintext.Scale).Ring.Add(sum.Polynomial(0), plaintext.Data);

    /// <summary><c>ciphertext - plaintext</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception[1]"/>
    public Ciphertext SubPlain(Ciphertext ciphertext, Plaintext plaintext)
    {
        Ciphertext difference = ciphertext.Clone();
        SubPlainInPlace(difference, plaintext);
        return difference;
    }

    /// <summary><c>difference -= plaintext</c></summary>
    /// <inheritdoc cref="Add(Ciphertext, Ciphertext)" path="/exception[1]"/>
    public void SubPlainInPlace(Ciphertext difference, Plaintext plaintext) =>
        RequireSame(difference, plaintext.ParmsId, plaintext.Scale).Ring.Subtract(difference.Polynomial(0), plaintext.Data);

    /// <summary><c>ciphertext · plaintext</c>, slot by slot; the scales multiply. Rescale afterwards.</summary>
    /// <exception cref="CkksMismatchException">Different levels, operands of another context, or a product of scales above the level's modulus.</exception>
    /// <exception cref="RefusedException">The result is transparent: the plaintext is zero.</exception>
    public Ciphertext MultiplyPlain(Ciphertext ciphertext, Plaintext plaintext)
    {
        Ciphertext product = ciphertext.Clone();
        MultiplyPlainInPlace(product, plaintext);
        return product;
    }

    /// <summary><c>product *= plaintext</c></summary>
    /// <inheritdoc cref="MultiplyPlain" path="/exception"/>
    public void MultiplyPlainInPlace(Ciphertext product, Plaintext plaintext)
    {
        ContextData level = RequireSameLevel(product, plaintext.ParmsId);
        double scale = product.Scale * plaintext.Scale;
        if (!level.Holds(scale)) throw level.ScaleOutOfBounds(scale);
        if (MultipliesToZero(product.Data(1), plaintext.Data)) throw Transparent();
        for (int i = 0; i < Ciphertext.PolynomialCount; i++) level.Ring.Multiply(product.Polynomial(i), plaintext.Data);
        product.Scale = scale;
    }

    /// <summary>The sum of ciphertexts, each times its weight. All products are summed before anything is rescaled, so one rescaling of the result remains.</summary>
    /// <param name="ciphertexts">One or more of one level and scale.</param>
    /// <param name="weights">One finite weight each; each becomes <c>round(weight · weightScale)</c>.</param>
    /// <param name="weightScale">What weights are multiplied by.</param>
    /// <returns>At the operands' level, with the product of both scales: what multiply_plain with scalar plaintexts and add give.</returns>
    /// <exception cref="ArgumentException">No ciphertexts, or another number of weights.</exception>
    /// <exception cref="CapacityExceededException">A weight that is not finite or does not fit the level.</exception>
    /// <inheritdoc cref="MultiplyPlain" path="/exception"/>
    public Ciphertext WeightedSum(ReadOnlySpan<Ciphertext> ciphertexts, ReadOnlySpan<double> weights, double weightScale)
    {
        if (ciphertexts.IsEmpty || ciphertexts.Length != weights.Length)
            throw new ArgumentException($"there are {ciphertexts.Length} ciphertexts and {weights.Length} weights; give one weight to each of one or more");
        Ciphertext first = ciphertexts[0];
        ContextData level = context.RequireDataLevel(first.ParmsId);
        double scale = first.Scale * weightScale;
        if (!level.Holds(weightScale)) throw level.ScaleOutOfBounds(weightScale);
        if (!level.Holds(scale)) throw level.ScaleOutOfBounds(scale);
        ulong[] words = new ulong[2 * level.Ring.Words];
        for (int i = 0; i < ciphertexts.Length; i++)
        {
            RequireSame(first, ciphertexts[i].ParmsId, ciphertexts[i].Scale);
            AddWeighted(level, ciphertexts[i].Words, CkksEncoder.Whole(weights[i], weightScale, level), words);
        }
        Ciphertext sum = new(level, scale, words);
        RequireOpaque(sum);
        return sum;
    }

    private static void AddWeighted(ContextData level, ReadOnlySpan<ulong> words, double whole, Span<ulong> sum)
    {
        int n = level.Ring.N;
        for (int row = 0; row * n < words.Length; row++)
        {
            Modulus q = level.Ring.Moduli[row % level.CoeffModulusSize];
            ulong weight = RoundedResidue.Of(whole, q), quotient = q.Quotient(weight);
            ReadOnlySpan<ulong> from = words.Slice(row * n, n);
            Span<ulong> to = sum.Slice(row * n, n);
            for (int i = 0; i < n; i++)
            {
                ulong lazy = q.MultiplyLazy(from[i], weight, quotient);
                to[i] = q.Add(to[i], Modulus.Correct(lazy - q.Value, q.Value));
            }
        }
    }

    private ContextData RequireSameLevel(Ciphertext a, ParmsId b)
    {
        ContextData level = context.RequireDataLevel(a.ParmsId), other = context.RequireDataLevel(b);
        return level == other
            ? level
            : throw new CkksMismatchException($"the operands are at levels {level.ChainIndex} and {other.ChainIndex}; switch the higher one down with ModSwitchTo");
    }

    private ContextData RequireSame(Ciphertext a, ParmsId parmsId, double scale)
    {
        ContextData level = RequireSameLevel(a, parmsId);
        return Math.Abs(a.Scale - scale) < ScaleTolerance * Math.Max(1, Math.Max(a.Scale, scale))
            ? level
            : throw new CkksMismatchException($"the operands' scales are {a.Scale:R} and {scale:R}; they must be equal up to a factor of 1 + 2^-52");
    }

    /// <summary>Whether every sum of residues is zero; the first one tells, nearly always.</summary>
    private static bool SumsToZero(RnsRing ring, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (ring.Moduli[i / ring.N].Add(a[i], b[i]) != 0) return false;
        }
        return true;
    }

    /// <summary>Whether every product of residues of primes is zero: one of the factors always is.</summary>
    private static bool MultipliesToZero(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != 0 && b[i] != 0) return false;
        }
        return true;
    }

    private static void RequireOpaque(Ciphertext ciphertext)
    {
        if (ciphertext.IsTransparent) throw Transparent();
    }

    private static RefusedException Transparent() => new("the result's second polynomial is zero (0 of 1 needed non-zero residues): anybody could read it, so it is not handed out");
}
