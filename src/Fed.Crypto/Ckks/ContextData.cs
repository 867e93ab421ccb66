using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>SEALContext::ContextData</c>: one level of the modulus switching chain.</summary>
/// <remarks>Immutable and safe for all threads.</remarks>
public sealed class ContextData
{
    private readonly ulong[] _lastInverse, _lastInverseQuotient, _lastHalf;   // per remaining prime q: p^-1, its Shoup quotient, (p >> 1) mod q

    internal ContextData(RnsRing ring, int chainIndex, ContextData? previous)
    {
        Ring = ring;
        ChainIndex = chainIndex;
        PreviousContextData = previous;
        if (previous is not null) previous.NextContextData = this;
        ParmsId = ParmsId.Of(ring.N, ring.Moduli.AsSpan());
        TotalCoeffModulusBitCount = (int)ring.Product.GetBitLength();
        ulong last = ring.Moduli[^1].Value;
        int rest = ring.Moduli.Length - 1;
        (_lastInverse, _lastInverseQuotient, _lastHalf) = (new ulong[rest], new ulong[rest], new ulong[rest]);
        for (int i = 0; i < rest; i++)
        {
            Modulus q = ring.Moduli[i];
            _lastInverse[i] = q.Inverse(q.Reduce(last));
            _lastInverseQuotient[i] = q.Quotient(_lastInverse[i]);
            _lastHalf[i] = q.Reduce(last >> 1);
        }
    }

    /// <summary>The id that plaintexts and ciphertexts of this level carry.</summary>
    public ParmsId ParmsId { get; }

    /// <summary>Levels below this one.</summary>
    public int ChainIndex { get; }

    /// <summary>The ring of this level's primes.</summary>
    public RnsRing Ring { get; }

    /// <summary>Primes of this level, L.</summary>
    public int CoeffModulusSize => Ring.Moduli.Length;

    /// <summary>Bit length of the product of this level's primes.</summary>
    public int TotalCoeffModulusBitCount { get; }

    /// <summary>The level with one prime more, or null at the key level.</summary>
    public ContextData? PreviousContextData { get; }

    /// <summary>The level without this one's last prime, or null at the last.</summary>
    public ContextData? NextContextData { get; private set; }

    /// <summary>Whether a scale leaves room at this level, by SEAL's rule: positive and <c>floor(log2 scale)</c> below the bits of the modulus.</summary>
    internal bool Holds(double scale) => scale > 0 && double.IsFinite(scale) && Math.Truncate(Math.Log2(scale)) < TotalCoeffModulusBitCount;

    internal CkksMismatchException ScaleOutOfBounds(double scale) =>
        new($"scale {scale} does not fit level {ChainIndex}: it must be above 0 and below 2^{TotalCoeffModulusBitCount}, the size of the level's modulus");

    /// <summary>Divides a polynomial by this level's last prime, rounding, in NTT form: the result is of the next level.</summary>
    /// <param name="poly">This level's residues.</param>
    /// <param name="result">Receives the next level's residues; may be the front of <paramref name="poly"/>.</param>
    /// <remarks>
    /// SEAL's <c>divide_and_round_q_last_ntt_inplace</c>, bit for bit: with p the last prime and t = the last row's coefficients + (p >> 1) mod p,
    /// row = (row - NTT(t - (p >> 1))) / p.
    /// </remarks>
    internal void DivideByLast(ReadOnlySpan<ulong> poly, Span<ulong> result) => AddErrorAndDivideByLast(poly, [], result);

    /// <summary>Adds an error and then divides as <see cref="DivideByLast"/> does: the same residues for one transform fewer per row.</summary>
    /// <param name="poly">This level's residues.</param>
    /// <param name="error">N coefficients, or none.</param>
    /// <param name="result">Receives the next level's residues; may be the front of <paramref name="poly"/>.</param>
    /// <remarks>The transform is linear, so e joins t in coefficient form: (row + NTT(e) - NTT(t)) / p = (row + NTT(e - t)) / p.</remarks>
    internal void AddErrorAndDivideByLast(ReadOnlySpan<ulong> poly, ReadOnlySpan<sbyte> error, Span<ulong> result)
    {
        int n = Ring.N, rest = CoeffModulusSize - 1;
        Modulus p = Ring.Moduli[rest];
        using SecretScratch<ulong> lastScratch = new(n), correctionScratch = new(n);
        Span<ulong> last = lastScratch.Span, correction = correctionScratch.Span;
        poly.Slice(rest * n, n).CopyTo(last);
        Ring.Tables(rest).Inverse(last);
        ulong half = p.Value >> 1;
        for (int i = 0; i < error.Length; i++) last[i] = p.Add(last[i], Signed(error[i], p));
        for (int i = 0; i < n; i++) last[i] = p.Add(last[i], half);

        for (int r = 0; r < rest; r++)
        {
            Modulus q = Ring.Moduli[r];
            ulong halfOfQ = _lastHalf[r];
            for (int i = 0; i < n; i++) correction[i] = q.Subtract(halfOfQ, q.Reduce(last[i]));
            for (int i = 0; i < error.Length; i++) correction[i] = q.Add(correction[i], Signed(error[i], q));
            Ring.Tables(r).Forward(correction);
            Divide(r, poly.Slice(r * n, n), correction, result.Slice(r * n, n));
        }
    }

    private void Divide(int prime, ReadOnlySpan<ulong> row, ReadOnlySpan<ulong> correction, Span<ulong> result)
    {
        Modulus q = Ring.Moduli[prime];
        ulong inverse = _lastInverse[prime], quotient = _lastInverseQuotient[prime];
        for (int i = 0; i < row.Length; i++)
        {
            ulong lazy = q.MultiplyLazy(row[i] + correction[i], inverse, quotient);   // any word will do: the sum needs no reduction
            result[i] = Modulus.Correct(lazy - q.Value, q.Value);
        }
    }

    /// <summary>A small signed integer as a residue, without a branch on it.</summary>
    private static ulong Signed(sbyte value, Modulus q) => (ulong)value + (q.Value & (ulong)(value >> 7));

    /// <summary>Chain index, primes and bits.</summary>
    public override string ToString() => $"level {ChainIndex}: {CoeffModulusSize} primes, {TotalCoeffModulusBitCount} bits, {ParmsId}";
}
