using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fed.Crypto.Ring;

/// <summary>Eight doubles: AVX-512 F and DQ.</summary>
internal readonly struct Lanes512 : ILanes<Vector512<double>>
{
    public static int Count => Vector512<double>.Count;

    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && Avx512DQ.IsSupported;

    public static Vector512<double> Create(double value) => Vector512.Create(value);

    public static Vector512<double> Load(ref double row, nuint index) => Vector512.LoadUnsafe(ref row, index);

    public static void Store(Vector512<double> value, ref double row, nuint index) => value.StoreUnsafe(ref row, index);

    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;

    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    public static Vector512<double> MultiplyAddNegated(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Avx512F.FusedMultiplyAddNegated(a, b, c);

    public static Vector512<double> MultiplySubtract(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Avx512F.FusedMultiplySubtract(a, b, c);

    public static Vector512<double> Round(Vector512<double> a) => Avx512F.RoundScale(a, 0);

    public static Vector512<double> FromWords(Vector512<double> bits) => Avx512DQ.ConvertToVector512Double(bits.AsInt64());

    public static Vector512<double> ToWords(Vector512<double> value, Vector512<double> q)
    {
        Vector512<ulong> word = Avx512DQ.ConvertToVector512Int64(value).AsUInt64();
        return Avx512F.Min(word, word + Avx512DQ.ConvertToVector512Int64(q).AsUInt64()).AsDouble();   // a negative word is huge, and the sum wraps
    }

    public static Vector512<double> Even(Vector512<double> a, Vector512<double> b, int piece) => piece switch
    {
        4 => Avx512F.Shuffle4x128(a, b, 0b01_00_01_00),
        2 => Avx512F.PermuteVar8x64x2(a, Vector512.Create(0L, 1, 8, 9, 4, 5, 12, 13), b),
        _ => Avx512F.UnpackLow(a, b),
    };

    public static Vector512<double> Odd(Vector512<double> a, Vector512<double> b, int piece) => piece switch
    {
        4 => Avx512F.Shuffle4x128(a, b, 0b11_10_11_10),
        2 => Avx512F.PermuteVar8x64x2(a, Vector512.Create(2L, 3, 10, 11, 6, 7, 14, 15), b),
        _ => Avx512F.UnpackHigh(a, b),
    };
}
