using System.Runtime.Intrinsics;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>The mask by the processor's AES instructions: the keystream is made and used in registers and never stands in memory.</summary>
/// <remarks>Additions take the same time for all values, as AES instructions do.</remarks>
internal sealed class AesNiMaskCipher(ReadOnlySpan<byte> key, ulong prefix) : MaskCipher
{
    private readonly AesNiCounterMode _aes = new(key, prefix);

    /// <summary>Whether this processor can.</summary>
    public static bool IsSupported => AesNiCounterMode.IsSupported;

    /// <summary>Where the round keys stand.</summary>
    internal ReadOnlySpan<byte> Schedule => _aes.Schedule;

    public override void Dispose() => _aes.Dispose();

    internal override void ApplyBlocks(RingWidth ring, bool subtract, ulong block, Span<byte> words)
    {
        switch (ring, subtract)
        {
            case (RingWidth.Ring32, false): _aes.Run<Add32>(block, words); break;
            case (RingWidth.Ring32, true): _aes.Run<Subtract32>(block, words); break;
            case (RingWidth.Ring64, false): _aes.Run<Add64>(block, words); break;
            default: _aes.Run<Subtract64>(block, words); break;
        }
    }

    private readonly struct Add32 : IKeystreamUse { public static Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream) => (words.AsUInt32() + keystream.AsUInt32()).AsByte(); }

    private readonly struct Subtract32 : IKeystreamUse { public static Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream) => (words.AsUInt32() - keystream.AsUInt32()).AsByte(); }

    private readonly struct Add64 : IKeystreamUse { public static Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream) => (words.AsUInt64() + keystream.AsUInt64()).AsByte(); }

    private readonly struct Subtract64 : IKeystreamUse { public static Vector128<byte> Combine(Vector128<byte> words, Vector128<byte> keystream) => (words.AsUInt64() - keystream.AsUInt64()).AsByte(); }
}
