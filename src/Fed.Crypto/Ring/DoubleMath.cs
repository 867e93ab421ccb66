using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>Exact modular arithmetic on integers held in doubles, for primes below 2^50.</summary>
internal static class DoubleMath<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>
    /// A representative of <c>y · w</c>: its absolute value is at most <c>q/2 + 3.02·2^-53·|y·w|</c>, which is below q for residues in <c>[0, q)</c>.
    /// </summary>
    /// <remarks>
    /// <c>high</c> is the rounded product and <c>low</c> its exact error. The quotient is off by at most a half and what three roundings of 2^-53 each do to
    /// it; <c>high - quotient · q</c> and the last sum are integers below 2^53, so exact.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Product(TVector y, TVector w, TVector q, TVector inverse)
    {
        TVector high = TLanes.Multiply(y, w);
        TVector low = TLanes.MultiplySubtract(y, w, high);
        TVector quotient = TLanes.Round(TLanes.Multiply(high, inverse));
        return TLanes.Add(low, TLanes.MultiplyAddNegated(quotient, q, high));
    }

    /// <summary>A representative of an integer of at most 2^53: its absolute value is at most <c>q/2 + 2</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reduce(TVector value, TVector q, TVector inverse) =>
        TLanes.MultiplyAddNegated(TLanes.Round(TLanes.Multiply(value, inverse)), q, value);
}
