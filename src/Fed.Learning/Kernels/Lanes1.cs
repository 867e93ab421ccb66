using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>A single lane: the scalar twin of the vectors, and what their loops end with.</summary>
internal readonly struct Lanes1<T>(T value) : ILanes<Lanes1<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    public static int Count => 1;

    public static Lanes1<T> operator +(Lanes1<T> a, Lanes1<T> b) => new(a._value + b._value);

    public static Lanes1<T> operator -(Lanes1<T> a, Lanes1<T> b) => new(a._value - b._value);

    public static Lanes1<T> operator *(Lanes1<T> a, Lanes1<T> b) => new(a._value * b._value);

    public static Lanes1<T> operator /(Lanes1<T> a, Lanes1<T> b) => new(a._value / b._value);

    public static Lanes1<T> Load(ref readonly T from, int offset) => new(Unsafe.Add(ref Unsafe.AsRef(in from), offset));

    public static Lanes1<T> All(T value) => new(value);

    public static Lanes1<T> MultiplyAdd(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c) => new(T.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Lanes1<T> Round(Lanes1<T> a) => new(T.Round(a._value));

    public static Lanes1<T> Sqrt(Lanes1<T> a) => new(T.Sqrt(a._value));

    public static Lanes1<T> PowerOfTwo(Lanes1<T> n) => typeof(T) == typeof(float)
        ? new((T)(object)BitConverter.Int32BitsToSingle((int)(float)(object)n._value + 127 << 23))
        : new((T)(object)BitConverter.Int64BitsToDouble((long)(double)(object)n._value + 1023 << 52));

    public static Lanes1<T> IfLess(Lanes1<T> a, Lanes1<T> b, Lanes1<T> then, Lanes1<T> otherwise) => a._value < b._value ? then : otherwise;

    public void Store(ref T to, int offset) => Unsafe.Add(ref to, offset) = _value;
}
