namespace Fed.Crypto.Ring;

/// <summary>The vector instructions that the double-precision kernels need, so that one source serves every width.</summary>
/// <typeparam name="TVector">A hardware vector of doubles; words travel in it as raw bits.</typeparam>
internal interface ILanes<TVector> where TVector : struct
{
    /// <summary>Doubles in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Whether this processor has all of these instructions.</summary>
    static abstract bool IsSupported { get; }

    static abstract TVector Create(double value);

    static abstract TVector Load(ref double row, nuint index);

    static abstract void Store(TVector value, ref double row, nuint index);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary><c>c - a · b</c>, rounded once.</summary>
    static abstract TVector MultiplyAddNegated(TVector a, TVector b, TVector c);

    /// <summary><c>a · b - c</c>, rounded once.</summary>
    static abstract TVector MultiplySubtract(TVector a, TVector b, TVector c);

    /// <summary>The nearest integers.</summary>
    static abstract TVector Round(TVector a);

    /// <summary>Words below 2^52, as raw bits, to doubles.</summary>
    static abstract TVector FromWords(TVector bits);

    /// <summary>Integers in <c>(-q, q)</c> to words in <c>[0, q)</c>, as raw bits.</summary>
    static abstract TVector ToWords(TVector value, TVector q);

    /// <summary>
    /// With both vectors cut into pieces of <paramref name="piece"/> lanes: the even pieces of the two by turns. Together with <see cref="Odd"/> it
    /// transposes 2 x 2 blocks of pieces, so that doing it twice changes nothing.
    /// </summary>
    static abstract TVector Even(TVector a, TVector b, int piece);

    /// <summary>The odd pieces of the two by turns.</summary>
    static abstract TVector Odd(TVector a, TVector b, int piece);
}
