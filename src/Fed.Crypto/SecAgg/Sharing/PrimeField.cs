using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Fed.Crypto.SecAgg.Sharing;

/// <summary>Integers modulo the prime p = 2^266 - 3: the smallest exponent above 256 for which 2^e - 3 is prime, so that every 32-byte secret is an element and a product is reduced by two multiplications by 3.</summary>
/// <remarks>
/// An element is five little-endian words, always below p. No operation branches on or indexes by an element; exponents and loop counts are public. Results may be the same memory as operands.
/// </remarks>
internal static class PrimeField
{
    /// <summary>Words of an element.</summary>
    public const int Words = 5;

    /// <summary>Bytes of an element, big-endian.</summary>
    public const int Bytes = 34;

    private const int TopBits = 10;                       // 266 = 4 * 64 + 10
    private const ulong TopMask = (1UL << TopBits) - 1;
    private const int ExponentBits = 266;

    /// <summary><c>result = a + b</c>.</summary>
    public static void Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        UInt128 carry = 0;
        for (int i = 0; i < Words; i++)
        {
            carry += (UInt128)a[i] + b[i];
            result[i] = (ulong)carry;
            carry >>= 64;
        }
        Reduce(result);
    }

    /// <summary><c>result = a - b</c>.</summary>
    public static void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        Span<ulong> negative = stackalloc ulong[Words];
        ulong borrow = 0;
        for (int i = 0; i < Words; i++)
        {
            UInt128 difference = (UInt128)Prime(i) - b[i] - borrow;
            negative[i] = (ulong)difference;
            borrow = (ulong)(difference >> 64) & 1;
        }
        Add(a, negative, result);                          // p - b is in (0, p]: the sum stays below 2 p
        Wipe(negative);
    }

    /// <summary><c>result = a * b</c>.</summary>
    [SkipLocalsInit]
    public static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        Span<ulong> wide = stackalloc ulong[2 * Words];
        wide.Clear();
        for (int i = 0; i < Words; i++)
        {
            ulong carry = 0;
            for (int j = 0; j < Words; j++)
            {
                ulong high = Math.BigMul(a[i], b[j], out ulong low);
                UInt128 sum = new UInt128(high, low) + wide[i + j] + carry;
                wide[i + j] = (ulong)sum;
                carry = (ulong)(sum >> 64);
            }
            wide[i + Words] = carry;
        }
        // wide = low + 2^266 high and 2^266 = 3: low + 3 high < 2^268.
        UInt128 fold = 0;
        for (int i = 0; i < Words; i++)
        {
            ulong high = wide[i + 4] >> TopBits | wide[i + 5] << (64 - TopBits), low = i == Words - 1 ? wide[i] & TopMask : wide[i];
            fold += (UInt128)high * 3 + low;
            result[i] = (ulong)fold;
            fold >>= 64;
        }
        Reduce(result);
        Wipe(wide);
    }

    /// <summary><c>result = a * factor</c>.</summary>
    public static void MultiplySmall(ReadOnlySpan<ulong> a, ulong factor, Span<ulong> result)
    {
        Span<ulong> wide = stackalloc ulong[Words + 1];
        ulong carry = 0;
        for (int i = 0; i < Words; i++)
        {
            ulong high = Math.BigMul(a[i], factor, out ulong low);
            UInt128 sum = new UInt128(high, low) + carry;
            wide[i] = (ulong)sum;
            carry = (ulong)(sum >> 64);
        }
        wide[Words] = carry;
        // wide < 2^330: what lies above bit 266 has 64 bits and comes back three times.
        UInt128 fold = (UInt128)(wide[Words - 1] >> TopBits | wide[Words] << (64 - TopBits)) * 3;
        wide[Words - 1] &= TopMask;
        for (int i = 0; i < Words; i++)
        {
            fold += wide[i];
            result[i] = (ulong)fold;
            fold >>= 64;
        }
        Reduce(result);
        Wipe(wide);
    }

    /// <summary><c>result = a^(p - 2)</c>, the inverse of everything but 0.</summary>
    public static void Invert(ReadOnlySpan<ulong> a, Span<ulong> result)
    {
        Span<ulong> power = stackalloc ulong[Words], of = stackalloc ulong[Words];
        a.CopyTo(of);
        a.CopyTo(power);
        for (int bit = ExponentBits - 2; bit >= 0; bit--)   // p - 2 = 2^266 - 5: every bit is set but bit 2
        {
            Multiply(power, power, power);
            if (bit != 2) Multiply(power, of, power);
        }
        power.CopyTo(result);
        Wipe(power);
        Wipe(of);
    }

    /// <summary>Writes 34 big-endian bytes.</summary>
    public static void Write(ReadOnlySpan<ulong> element, Span<byte> bytes)
    {
        for (int i = 0; i < Bytes; i++) bytes[Bytes - 1 - i] = (byte)(element[i / 8] >> (8 * (i % 8)));
    }

    /// <summary>Reads big-endian bytes, at most 34.</summary>
    /// <returns>False when the number is not below p.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, Span<ulong> element)
    {
        element.Clear();
        for (int i = 0; i < bytes.Length; i++) element[i / 8] |= (ulong)bytes[bytes.Length - 1 - i] << (8 * (i % 8));
        return IsBelowPrime(element);
    }

    /// <summary>Whether words are an element. The answer is public, where in the words it is decided is not.</summary>
    public static bool IsBelowPrime(ReadOnlySpan<ulong> words)
    {
        UInt128 carry = 3;                                  // words + 3 reaches 2^266 exactly when words reach p
        for (int i = 0; i < Words - 1; i++) carry = ((UInt128)words[i] + carry) >> 64;
        return (words[Words - 1] + (ulong)carry) >> TopBits == 0;
    }

    /// <summary>Zeroes words that were secret.</summary>
    public static void Wipe(Span<ulong> words) => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words));

    private static ulong Prime(int word) => word switch { 0 => ulong.MaxValue - 2, Words - 1 => TopMask, _ => ulong.MaxValue };

    // From below 2^268 to below p: what lies above bit 266 comes back three times, then p is taken off once if it fits.
    private static void Reduce(Span<ulong> words)
    {
        UInt128 carry = (UInt128)(words[Words - 1] >> TopBits) * 3;
        words[Words - 1] &= TopMask;
        for (int i = 0; i < Words; i++)
        {
            carry += words[i];
            words[i] = (ulong)carry;
            carry >>= 64;
        }
        Span<ulong> less = stackalloc ulong[Words];         // words + 3 - 2^266 = words - p
        carry = 3;
        for (int i = 0; i < Words; i++)
        {
            carry += words[i];
            less[i] = (ulong)carry;
            carry >>= 64;
        }
        ulong take = 0 - (less[Words - 1] >> TopBits);      // all ones when words >= p
        less[Words - 1] &= TopMask;
        for (int i = 0; i < Words; i++) words[i] = words[i] & ~take | less[i] & take;
        Wipe(less);
    }
}
