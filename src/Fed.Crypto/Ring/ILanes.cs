namespace Fed.Crypto.Ring;

/// <summary>The vector instructions that the kernels need, so that one source serves every width.</summary>
/// <typeparam name="TVector">A hardware vector of doubles; 64-bit words travel in it as raw bits.</typeparam>
internal interface ILanes<TVector> where TVector : struct
{
    /// <summary>Doubles or words in a vector.</summary>
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

    /// <summary>
    /// With both vectors cut into pieces of <paramref name="piece"/> lanes: the even pieces of the two by turns. Together with <see cref="Odd"/> it
    /// transposes 2 x 2 blocks of pieces, so that doing it twice changes nothing.
    /// </summary>
    static abstract TVector Even(TVector a, TVector b, int piece);

    /// <summary>The odd pieces of the two by turns.</summary>
    static abstract TVector Odd(TVector a, TVector b, int piece);

    /// <summary>Words below 2^52 to doubles.</summary>
    static abstract TVector FromWords(TVector words);

    /// <summary>Integers in <c>(-q, q)</c>, held in doubles, to words in <c>[0, q)</c>.</summary>
    static abstract TVector ToWords(TVector value, TVector q);

    static abstract TVector CreateWords(ulong value);

    static abstract TVector AddWords(TVector a, TVector b);

    static abstract TVector SubtractWords(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector Xor(TVector a, TVector b);

    /// <summary>Words in <c>[-q, q)</c>, two's complement, to words in <c>[0, q)</c>; q below 2^62.</summary>
    static abstract TVector Correct(TVector words, TVector q);

    /// <summary>Signed bytes to words, two's complement.</summary>
    static abstract TVector LoadSigned(ref sbyte row, nuint index);

    /// <summary>Shifts each word right by its own count.</summary>
    static abstract TVector ShiftRight(TVector words, TVector counts);

    /// <summary>Shifts each word left by its own count.</summary>
    static abstract TVector ShiftLeft(TVector words, TVector counts);

    /// <summary>The lower halves of the products of words.</summary>
    static abstract TVector MultiplyWords(TVector a, TVector b);

    /// <summary>The products of the lower 32 bits of words.</summary>
    static abstract TVector MultiplyHalves(TVector a, TVector b);

    /// <summary>The upper 32 bits of words.</summary>
    static abstract TVector UpperHalves(TVector words);
}
