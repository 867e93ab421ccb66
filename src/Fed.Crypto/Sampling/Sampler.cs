using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Sampling;

/// <summary>Samplers in bulk for our own keys, encryptions and shares.</summary>
/// <remarks>
/// The distributions are exact. No branch and no index depends on a value that is kept: where a candidate is refused, it is discarded and independent of those that stay.
/// What is drawn belongs to the caller, who wipes it; buffers in between are wiped here.
/// </remarks>
public static class Sampler
{
    /// <summary>Bits a side of the centred binomial error, as SEAL has them.</summary>
    public const int ErrorBits = 21;

    /// <summary>Standard deviation of an error: sqrt(21/2).</summary>
    public const double ErrorDeviation = 3.24037034920393;

    private const int BlockCoefficients = 512;
    private const int WordBytes = sizeof(ulong);
    private const ulong ErrorMask = (1UL << (2 * ErrorBits)) - 1;
    private const int ErrorGroup = 4;                                        // four errors take 168 bits, which is 21 whole bytes
    private const int ErrorGroupBytes = ErrorGroup * 2 * ErrorBits / 8;
    private const int TritsPerWord = 32;
    private const ulong HalfPower = 43_046_721;                              // 3^16
    private const ulong Power = HalfPower * HalfPower;                       // 3^32
    private static readonly ulong TritLimit = unchecked(0UL - Power) % Power;   // 2^64 mod 3^32

    /// <summary>A uniform polynomial: each row in turn, residues modulo its prime.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="ring">The primes.</param>
    /// <param name="residues">Receives residues in [0, q), shape [prime, coefficient]; uniform as coefficients and as transformed polynomial alike.</param>
    /// <exception cref="ArgumentException">The ring's polynomials have another length.</exception>
    public static void Uniform(IRandomStream stream, RnsRing ring, Span<ulong> residues)
    {
        if (residues.Length != ring.Words) throw new ArgumentException($"a polynomial of this ring has {ring.Words} words, not {residues.Length}", nameof(residues));
        for (int i = 0; i < ring.Moduli.Length; i++) Uniform(stream, ring.Moduli[i].Value, residues.Slice(i * ring.N, ring.N));
    }

    /// <summary>Uniform residues modulo one prime; <see cref="Expansion"/> fixes this procedure byte by byte.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="q">The modulus, 2 to 2^63.</param>
    /// <param name="residues">Receives residues in [0, q).</param>
    /// <exception cref="ArgumentOutOfRangeException">The modulus is out of range.</exception>
    [SkipLocalsInit]
    public static void Uniform(IRandomStream stream, ulong q, Span<ulong> residues)
    {
        if (q is < 2 or > 1UL << 63) throw new ArgumentOutOfRangeException(nameof(q), q, "a modulus lies in 2 to 2^63");
        int bits = 64 - BitOperations.LeadingZeroCount(q - 1);
        int size = (bits + 7) / 8;
        ulong mask = (1UL << bits) - 1;
        Span<byte> bytes = stackalloc byte[(BlockCoefficients * WordBytes) + WordBytes];
        int kept = 0;
        while (kept < residues.Length)
        {
            int candidates = Math.Min(residues.Length - kept, BlockCoefficients);
            stream.Fill(bytes[..(candidates * size)]);
            kept += Keep(bytes, candidates, size, mask, q, residues[kept..]);
        }
        CryptographicOperations.ZeroMemory(bytes);
    }

    // References instead of spans: the checks would double the time. Both sides hold: `candidates` words of 8 bytes from any offset below candidates * size, and as many residues.
    private static int Keep(ReadOnlySpan<byte> bytes, int candidates, int size, ulong mask, ulong q, Span<ulong> residues)
    {
        ref byte from = ref MemoryMarshal.GetReference(bytes);
        ref ulong to = ref MemoryMarshal.GetReference(residues);
        nint kept = 0, end = candidates * size;
        for (nint at = 0; at < end; at += size)
        {
            ulong candidate = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, at));
            if (!BitConverter.IsLittleEndian) candidate = BinaryPrimitives.ReverseEndianness(candidate);
            candidate &= mask;
            Unsafe.Add(ref to, kept) = candidate;   // overwritten by the next candidate when it is not below q
            kept += candidate < q ? 1 : 0;
        }
        return (int)kept;
    }

    /// <summary>Centred binomial errors: the sum of 21 fair bits less the sum of 21 others.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="errors">Receives errors in -21 to 21, standard deviation <see cref="ErrorDeviation"/>.</param>
    /// <remarks>A bit less a bit is a bit plus a flipped bit less one, so the error is the number of ones among 42 fair bits, less 21.</remarks>
    [SkipLocalsInit]
    public static void CenteredBinomial(IRandomStream stream, Span<sbyte> errors)
    {
        Span<byte> bytes = stackalloc byte[(BlockCoefficients / ErrorGroup * ErrorGroupBytes) + WordBytes];
        Span<sbyte> group = stackalloc sbyte[ErrorGroup];
        while (!errors.IsEmpty)
        {
            int count = Math.Min(errors.Length, BlockCoefficients);
            stream.Fill(bytes[..((count + ErrorGroup - 1) / ErrorGroup * ErrorGroupBytes)]);
            ReadOnlySpan<byte> from = bytes;
            for (; errors.Length >= ErrorGroup && count >= ErrorGroup; count -= ErrorGroup, errors = errors[ErrorGroup..], from = from[ErrorGroupBytes..])
                CountOnes(from, errors);
            if (count == 0) continue;
            CountOnes(from, group);
            group[..count].CopyTo(errors);
            errors = errors[count..];
        }
        CryptographicOperations.ZeroMemory(bytes);
    }

    // Bits 0, 42, 84 and 126 of the group lie in bytes 0, 5, 10 and 15, behind 0, 2, 4 and 6 bits; counting needs no shift.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CountOnes(ReadOnlySpan<byte> from, Span<sbyte> errors)
    {
        errors[3] = (sbyte)(BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(from[15..]) & (ErrorMask << 6)) - ErrorBits);
        errors[2] = (sbyte)(BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(from[10..]) & (ErrorMask << 4)) - ErrorBits);
        errors[1] = (sbyte)(BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(from[5..]) & (ErrorMask << 2)) - ErrorBits);
        errors[0] = (sbyte)(BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(from) & ErrorMask) - ErrorBits);
    }

    /// <summary>Uniform on {-1, 0, 1}.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="coefficients">Receives the values.</param>
    /// <remarks>
    /// A word is a fraction x/2^64; its first 32 digits in base 3 are values. They are exactly uniform once the words that would favour some are refused (Lemire, arXiv:1805.10941): one word in ten thousand.
    /// </remarks>
    [SkipLocalsInit]
    public static void Ternary(IRandomStream stream, Span<sbyte> coefficients)
    {
        Span<byte> bytes = stackalloc byte[BlockCoefficients / TritsPerWord * WordBytes];
        Span<sbyte> digits = stackalloc sbyte[TritsPerWord];
        while (!coefficients.IsEmpty)
        {
            int words = Math.Min((coefficients.Length + TritsPerWord - 1) / TritsPerWord, BlockCoefficients / TritsPerWord);
            stream.Fill(bytes[..(words * WordBytes)]);
            for (int i = 0; i < words; i++)
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * WordBytes)..]);
                if (unchecked(word * Power) < TritLimit) continue;   // discarded whole
                if (coefficients.Length >= TritsPerWord)
                {
                    Digits(word, coefficients);
                    coefficients = coefficients[TritsPerWord..];
                }
                else
                {
                    Digits(word, digits);
                    digits[..coefficients.Length].CopyTo(coefficients);
                    coefficients = [];
                    break;
                }
            }
        }
        CryptographicOperations.ZeroMemory(bytes);
        digits.Clear();
    }

    // Two chains of 16 digits: what follows the first 16 digits is the fraction of x * 3^16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Digits(ulong word, Span<sbyte> digits)
    {
        ulong second = unchecked(word * HalfPower);
        for (int i = 0; i < TritsPerWord / 2; i++)
        {
            digits[(TritsPerWord / 2) + i] = (sbyte)((int)Math.BigMul(second, 3, out second) - 1);
            digits[i] = (sbyte)((int)Math.BigMul(word, 3, out word) - 1);
        }
    }
}
