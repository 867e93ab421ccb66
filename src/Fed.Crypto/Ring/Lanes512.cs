using System.Runtime.CompilerServices;
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

    public static Vector512<double> ToWords(Vector512<double> value, Vector512<double> q) =>
        Correct(Avx512DQ.ConvertToVector512Int64(value).AsDouble(), Avx512DQ.ConvertToVector512Int64(q).AsDouble());

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

    public static Vector512<double> CreateWords(ulong value) => Vector512.Create(value).AsDouble();

    public static Vector512<double> AddWords(Vector512<double> a, Vector512<double> b) => (a.AsUInt64() + b.AsUInt64()).AsDouble();

    public static Vector512<double> SubtractWords(Vector512<double> a, Vector512<double> b) => (a.AsUInt64() - b.AsUInt64()).AsDouble();

    public static Vector512<double> And(Vector512<double> a, Vector512<double> b) => a & b;

    public static Vector512<double> Or(Vector512<double> a, Vector512<double> b) => a | b;

    public static Vector512<double> Xor(Vector512<double> a, Vector512<double> b) => a ^ b;

    public static Vector512<double> Correct(Vector512<double> words, Vector512<double> q) =>
        Avx512F.Min(words.AsUInt64(), words.AsUInt64() + q.AsUInt64()).AsDouble();   // a negative word is huge, and with q added it wraps

    public static Vector512<double> LoadSigned(ref sbyte row, nuint index) =>
        Avx512F.ConvertToVector512Int64(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref row, index)))).AsSByte()).AsDouble();

    public static Vector512<double> ShiftRight(Vector512<double> words, Vector512<double> counts) =>
        Avx512F.ShiftRightLogicalVariable(words.AsUInt64(), counts.AsUInt64()).AsDouble();

    public static Vector512<double> ShiftLeft(Vector512<double> words, Vector512<double> counts) =>
        Avx512F.ShiftLeftLogicalVariable(words.AsUInt64(), counts.AsUInt64()).AsDouble();

    public static Vector512<double> MultiplyWords(Vector512<double> a, Vector512<double> b) => (a.AsUInt64() * b.AsUInt64()).AsDouble();

    public static Vector512<double> MultiplyHalves(Vector512<double> a, Vector512<double> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32()).AsDouble();

    public static Vector512<double> UpperHalves(Vector512<double> words) => (words.AsUInt64() >> 32).AsDouble();
}
