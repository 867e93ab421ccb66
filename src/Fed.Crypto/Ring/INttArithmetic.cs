namespace Fed.Crypto.Ring;

/// <summary>Lazy modular arithmetic on vectors: what the butterflies of <see cref="VectorNtt"/> are made of. A value holds the constants of one prime.</summary>
/// <typeparam name="TSelf">The implementation.</typeparam>
/// <typeparam name="TVector">A hardware vector of 64-bit lanes.</typeparam>
internal interface INttArithmetic<TSelf, TVector>
    where TSelf : struct, INttArithmetic<TSelf, TVector>
    where TVector : struct
{
    /// <summary>Whether a second constant belongs to each root.</summary>
    static abstract bool HasQuotients { get; }

    static abstract TSelf Create(Modulus q);

    /// <summary>Whether a prime fits.</summary>
    static abstract bool Serves(Modulus q);

    /// <summary>A root as the butterflies want it, as raw bits.</summary>
    static abstract ulong EncodeRoot(Modulus q, ulong root);

    /// <summary>Which passes of a forward transform must reduce, given how many layers each of them has.</summary>
    static abstract bool[] Plan(Modulus q, IReadOnlyList<int> passes);

    /// <summary>Residues in <c>[0, q)</c> to lazy values.</summary>
    TVector FromResidues(TVector words);

    /// <summary>Lazy values to residues in <c>[0, q)</c>.</summary>
    TVector ToResidues(TVector values);

    /// <summary>A lazy value for <c>y · w</c>.</summary>
    TVector Product(TVector y, Twiddle<TVector> w);

    /// <summary>A small representative, where the arithmetic lets values grow.</summary>
    TVector Reduce(TVector values);

    /// <summary><c>(a, b) ← (a + b·w, a - b·w)</c>.</summary>
    void Forward(ref TVector a, ref TVector b, Twiddle<TVector> w);

    /// <summary><c>(a, b) ← (a + b, (a - b)·w)</c>.</summary>
    void Inverse(ref TVector a, ref TVector b, Twiddle<TVector> w);
}
