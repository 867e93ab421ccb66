using System.Runtime.Intrinsics;

namespace Fed.Crypto.Ring;

/// <summary>The transform in double precision, for primes below 2^50: rows of integers held exactly in doubles, reduced only as often as the bound demands.</summary>
/// <remarks>
/// A product modulo q is <c>h = fl(y·w)</c>, its error <c>l = fma(y, w, -h)</c>, a quotient <c>k = round(h/q)</c> and <c>r = fma(-k, q, h) + l</c>. With
/// <c>|y| ≤ B·q</c> and roots centred so that <c>|w| &lt; q/2</c> every step is exact and <c>|r| ≤ (1/2 + 1.51·2^-53·q·B)·q</c>: three roundings of 2^-53 each
/// reach the quotient. The bound B of the rows grows by that much per layer; integers stay exact while <c>B·q ≤ 2^53</c>.
/// The idea of floating-point butterflies is van der Hoeven, Lecerf, Quintin, arXiv:1407.3383; the lazy schedule is ours.
/// </remarks>
internal abstract class DoubleNtt
{
    /// <summary>Primes of at most this many bits are served.</summary>
    public const int BitCountMax = 50;

    /// <summary>Smaller degrees are not worth the passes.</summary>
    public const int DegreeMin = 256;

    /// <summary>The widest kernel that this processor has, or none.</summary>
    public static DoubleNtt? Create(int n, Modulus q, ulong root) =>
        CreateWith<Lanes512, Vector512<double>>(n, q, root) ?? CreateWith<Lanes256, Vector256<double>>(n, q, root);

    /// <summary>The kernel of one width, or none if prime, degree or processor do not fit.</summary>
    public static DoubleNtt? CreateWith<TLanes, TVector>(int n, Modulus q, ulong root)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.IsSupported && q.BitCount <= BitCountMax && n >= DegreeMin ? new DoubleNtt<TLanes, TVector>(n, q, root) : null;

    /// <summary>Canonical words to canonical words.</summary>
    public abstract void Forward(Span<ulong> row);

    /// <summary>Canonical words to canonical words, divided by the degree.</summary>
    public abstract void Inverse(Span<ulong> row);

    /// <summary>Integers in <c>[-q, q]</c> to integers in <c>(-q, q)</c>.</summary>
    public abstract void Forward(Span<double> row);

    /// <summary>Integers in <c>[-q, q]</c> to integers in <c>(-q, q)</c>, divided by the degree.</summary>
    public abstract void Inverse(Span<double> row);
}
