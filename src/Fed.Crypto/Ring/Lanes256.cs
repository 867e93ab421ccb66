using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fed.Crypto.Ring;

/// <summary>Four doubles: AVX2 and FMA.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<double>>
{
    private const double Exponent = 4503599627370496;   // 2^52: its last mantissa bit is worth one

    public static int Count => Vector256<double>.Count;

    public static bool IsSupported => Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported;

    public static Vector256<double> Create(double value) => Vector256.Create(value);

    public static Vector256<double> Load(ref double row, nuint index) => Vector256.LoadUnsafe(ref row, index);

    public static void Store(Vector256<double> value, ref double row, nuint index) => value.StoreUnsafe(ref row, index);

    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;

    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    public static Vector256<double> MultiplyAddNegated(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Fma.MultiplyAddNegated(a, b, c);

    public static Vector256<double> MultiplySubtract(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Fma.MultiplySubtract(a, b, c);

    public static Vector256<double> Round(Vector256<double> a) => Avx.RoundToNearestInteger(a);

    public static Vector256<double> FromWords(Vector256<double> bits)
    {
        Vector256<double> exponent = Vector256.Create(Exponent);
        return (bits | exponent) - exponent;
    }

    public static Vector256<double> ToWords(Vector256<double> value, Vector256<double> q)
    {
        Vector256<double> exponent = Vector256.Create(Exponent);
        Vector256<double> canonical = value + (Vector256.LessThan(value, Vector256<double>.Zero) & q);
        return (canonical + exponent) ^ exponent;
    }

    public static Vector256<double> Even(Vector256<double> a, Vector256<double> b, int piece) =>
        piece == 2 ? Avx.Permute2x128(a, b, 0x20) : Avx.UnpackLow(a, b);

    public static Vector256<double> Odd(Vector256<double> a, Vector256<double> b, int piece) =>
        piece == 2 ? Avx.Permute2x128(a, b, 0x31) : Avx.UnpackHigh(a, b);

    public static Vector256<double> CreateWords(ulong value) => Vector256.Create(value).AsDouble();

    public static Vector256<double> AddWords(Vector256<double> a, Vector256<double> b) => (a.AsInt64() + b.AsInt64()).AsDouble();

    public static Vector256<double> SubtractWords(Vector256<double> a, Vector256<double> b) => (a.AsInt64() - b.AsInt64()).AsDouble();

    public static Vector256<double> And(Vector256<double> a, Vector256<double> b) => a & b;

    public static Vector256<double> Or(Vector256<double> a, Vector256<double> b) => a | b;

    public static Vector256<double> Xor(Vector256<double> a, Vector256<double> b) => a ^ b;

    public static Vector256<double> Correct(Vector256<double> words, Vector256<double> q) =>
        (words.AsInt64() + (Vector256.LessThan(words.AsInt64(), Vector256<long>.Zero) & q.AsInt64())).AsDouble();

    public static Vector256<double> LoadSigned(ref sbyte row, nuint index) =>
        Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref row, index)))).AsSByte()).AsDouble();

    public static Vector256<double> ShiftRight(Vector256<double> words, Vector256<double> counts) =>
        Avx2.ShiftRightLogicalVariable(words.AsUInt64(), counts.AsUInt64()).AsDouble();

    public static Vector256<double> ShiftLeft(Vector256<double> words, Vector256<double> counts) =>
        Avx2.ShiftLeftLogicalVariable(words.AsUInt64(), counts.AsUInt64()).AsDouble();

    public static Vector256<double> MultiplyWords(Vector256<double> a, Vector256<double> b) => (a.AsUInt64() * b.AsUInt64()).AsDouble();

    public static Vector256<double> MultiplyHalves(Vector256<double> a, Vector256<double> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32()).AsDouble();

    public static Vector256<double> UpperHalves(Vector256<double> words) => (words.AsUInt64() >> 32).AsDouble();
}
