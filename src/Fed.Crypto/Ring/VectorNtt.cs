using System.Runtime.Intrinsics;

namespace Fed.Crypto.Ring;

/// <summary>The transform by vectors. Its twin is <see cref="ScalarNtt"/>, which gives the same words.</summary>
internal abstract class VectorNtt
{
    /// <summary>Smaller degrees are not worth the passes.</summary>
    public const int DegreeMin = 256;

    /// <summary>The fastest kernel that this processor has for a prime, or none.</summary>
    public static VectorNtt? Create(int n, Modulus q, ulong root) =>
        CreateDouble<Lanes512, Vector512<double>>(n, q, root) ?? CreateDouble<Lanes256, Vector256<double>>(n, q, root) ??
        CreateWord<Lanes512, Vector512<double>>(n, q, root) ?? CreateWord<Lanes256, Vector256<double>>(n, q, root);

    /// <summary>The double-precision kernel at one width, or none if prime, degree or processor do not fit.</summary>
    public static VectorNtt? CreateDouble<TLanes, TVector>(int n, Modulus q, ulong root)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        Create<DoubleArithmetic<TLanes, TVector>, TLanes, TVector>(n, q, root);

    /// <summary>The integer kernel at one width, or none if degree or processor do not fit.</summary>
    public static VectorNtt? CreateWord<TLanes, TVector>(int n, Modulus q, ulong root)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        Create<WordArithmetic<TLanes, TVector>, TLanes, TVector>(n, q, root);

    /// <summary>Coefficients to evaluations.</summary>
    public abstract void Forward(Span<ulong> row);

    /// <summary>Evaluations to coefficients, divided by the degree.</summary>
    public abstract void Inverse(Span<ulong> row);

    private static VectorNtt? Create<TArithmetic, TLanes, TVector>(int n, Modulus q, ulong root)
        where TArithmetic : struct, INttArithmetic<TArithmetic, TVector>
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.IsSupported && TArithmetic.Serves(q) && n >= DegreeMin ? new VectorNtt<TArithmetic, TLanes, TVector>(n, q, root) : null;
}
