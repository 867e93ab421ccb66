using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>
/// Several numbers side by side, worked on as one. Kernels are written once over it and run at the width that the processor has; every operation is exactly rounded lane by lane
/// (multiply-add is fused at every width), so the bits do not depend on the width.
/// </summary>
/// <typeparam name="TSelf">The lanes.</typeparam>
/// <typeparam name="T">A lane.</typeparam>
internal interface ILanes<TSelf, T>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> numbers from <paramref name="offset"/> on.</summary>
    static abstract TSelf Load(ref readonly T from, int offset);

    /// <summary>The same number in every lane.</summary>
    static abstract TSelf All(T value);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf a);

    /// <summary>Square root, exactly rounded.</summary>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>2^n for whole n in the range of normal exponents.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>Lane by lane <c>a &lt; b ? then : otherwise</c>; NaN is less than nothing.</summary>
    static abstract TSelf IfLess(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>Writes the lanes from <paramref name="offset"/> on.</summary>
    void Store(ref T to, int offset);
}
