using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>How often <c>a * b + c</c> is rounded.</summary>
internal interface IRounding
{
    static abstract TLanes MultiplyAdd<T, TLanes>(TLanes a, TLanes b, TLanes c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>;
}

/// <summary>Fused, as networks are computed.</summary>
internal readonly struct Once : IRounding
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes MultiplyAdd<T, TLanes>(TLanes a, TLanes b, TLanes c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => TLanes.MultiplyAdd(a, b, c);
}

/// <summary>The product, then the sum, as the linear models are computed.</summary>
internal readonly struct Twice : IRounding
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes MultiplyAdd<T, TLanes>(TLanes a, TLanes b, TLanes c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => c + a * b;
}
