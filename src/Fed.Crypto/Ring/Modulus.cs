using System.Numerics;

namespace Fed.Crypto.Ring;

/// <summary>An odd prime of at most 60 bits and arithmetic on its residues. Equal when the values are.</summary>
/// <remarks>
/// Add, Subtract, Negate, Multiply and the reductions have no branch that depends on residues (Barrett reduction, masked corrections);
/// Power and Inverse branch on the exponent only, which is public. Immutable and safe for all threads.
/// </remarks>
public sealed class Modulus : IEquatable<Modulus>
{
    /// <summary>SEAL's limit, and the headroom that lazy butterflies need (four times the prime in a word).</summary>
    public const int BitCountMax = 60;

    private readonly int _shift;
    private readonly ulong _barrett;        // floor(2^(2b) / q) · 2^(63-b): quotients of products below q²
    private readonly ulong _wordBarrett;    // floor(2^64 / q): quotients of single words
    private readonly ulong _wordRadix;      // 2^64 mod q

    /// <summary>Takes a prime and derives its constants.</summary>
    /// <param name="value">An odd prime below 2^60.</param>
    /// <exception cref="InvalidParametersException">Not an odd prime, or wider than 60 bits.</exception>
    public Modulus(ulong value)
    {
        int bits = BitOperations.Log2(value | 1) + 1;
        if (bits > BitCountMax)
            throw new InvalidParametersException($"modulus {value} has {bits} bits; at most {BitCountMax} are supported");
        if (value == 2 || !IsPrime(value))
            throw new InvalidParametersException($"modulus {value} is not an odd prime");
        Value = value;
        BitCount = bits;
        _shift = bits - 1;
        _barrett = (ulong)((UInt128.One << (2 * bits)) / value) << (63 - bits);
        _wordBarrett = (ulong)((UInt128.One << 64) / value);
        _wordRadix = (ulong)((UInt128.One << 64) % value);
    }

    /// <summary>The prime q.</summary>
    public ulong Value { get; }

    /// <summary>Bits of q: <c>2^(BitCount-1) ≤ q &lt; 2^BitCount</c>; also the width of a packed residue.</summary>
    public int BitCount { get; }

    /// <summary><c>floor(2^(2b) / q) · 2^(63-b)</c>, b the bits of q: the factor of <see cref="Multiply"/>'s quotients.</summary>
    internal ulong BarrettFactor => _barrett;

    /// <summary><c>a + b mod q</c> of two residues.</summary>
    public ulong Add(ulong a, ulong b) => Correct(a + b - Value, Value);

    /// <summary><c>a - b mod q</c> of two residues.</summary>
    public ulong Subtract(ulong a, ulong b) => Correct(a - b, Value);

    /// <summary><c>-a mod q</c> of a residue.</summary>
    public ulong Negate(ulong a) => Correct(0 - a, Value);

    /// <summary><c>a · b mod q</c> of two residues.</summary>
    /// <remarks>Barrett (CRYPTO '86): the estimated quotient is at most 2 too small.</remarks>
    public ulong Multiply(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        ulong quotient = Math.BigMul((high << (64 - _shift)) | (low >> _shift), _barrett, out _);
        ulong remainder = low - (quotient * Value);
        remainder = Correct(remainder - (2 * Value), 2 * Value);
        return Correct(remainder - Value, Value);
    }

    /// <summary><c>value mod q</c> of any word.</summary>
    public ulong Reduce(ulong value)
    {
        ulong remainder = value - (Math.BigMul(value, _wordBarrett, out _) * Value);
        return Correct(remainder - Value, Value);
    }

    /// <summary><c>value mod q</c> of any 128-bit integer.</summary>
    public ulong Reduce(UInt128 value) => Add(Multiply(Reduce((ulong)(value >> 64)), _wordRadix), Reduce((ulong)value));

    /// <summary><c>value mod q</c>, in <c>[0, q)</c>, without a branch on the sign.</summary>
    public ulong Reduce(long value)
    {
        ulong negative = (ulong)(value >> 63);
        return Signed(Reduce(((ulong)value ^ negative) - negative), negative);
    }

    /// <summary><c>value mod q</c>, in <c>[0, q)</c>, without a branch on the sign.</summary>
    public ulong Reduce(Int128 value)
    {
        UInt128 negative = (UInt128)(value >> 127);
        return Signed(Reduce(((UInt128)value ^ negative) - negative), (ulong)negative);
    }

    /// <summary><c>value mod q</c>, in <c>[0, q)</c>; not constant-time.</summary>
    public ulong Reduce(BigInteger value)
    {
        BigInteger remainder = BigInteger.Remainder(value, Value);
        return (ulong)(remainder.Sign < 0 ? remainder + Value : remainder);
    }

    /// <summary><c>base^exponent mod q</c> by squaring; time depends on the exponent.</summary>
    public ulong Power(ulong @base, ulong exponent)
    {
        ulong result = Reduce(1UL);
        for (; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = Multiply(result, @base);
            @base = Multiply(@base, @base);
        }
        return result;
    }

    /// <summary><c>a^-1 mod q</c>, by Fermat's little theorem.</summary>
    /// <exception cref="DivideByZeroException"><paramref name="a"/> is zero.</exception>
    public ulong Inverse(ulong a) => a == 0 ? throw new DivideByZeroException($"zero has no inverse modulo {Value}") : Power(a, Value - 2);

    /// <summary><c>floor(w · 2^64 / q)</c>: what <see cref="MultiplyLazy"/> needs beside a residue <paramref name="w"/> that many words are multiplied by.</summary>
    public ulong Quotient(ulong w) => (ulong)(((UInt128)w << 64) / Value);

    /// <summary>A word in <c>[0, 2q)</c> congruent to <c>x · w</c>, for any word <paramref name="x"/>.</summary>
    /// <param name="x">Any word.</param>
    /// <param name="w">A residue.</param>
    /// <param name="quotient"><see cref="Quotient"/> of <paramref name="w"/>.</param>
    /// <remarks>Shoup's multiplication by a fixed operand, as NTL and Harvey (arXiv:1205.2926) use it.</remarks>
    public ulong MultiplyLazy(ulong x, ulong w, ulong quotient) => (x * w) - (Math.BigMul(x, quotient, out _) * Value);

    /// <inheritdoc/>
    public bool Equals(Modulus? other) => other is not null && other.Value == Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Modulus);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The prime and its bits.</summary>
    public override string ToString() => $"{Value} ({BitCount} bits)";

    /// <summary>Whether a word is a prime: Miller-Rabin with the first twelve primes as bases, which is exact below 2^64.</summary>
    /// <remarks>Sorenson and Webster, Strong pseudoprimes to twelve prime bases, doi:10.1090/mcom/3134: the first composite that passes is above 2^81.</remarks>
    public static bool IsPrime(ulong value)
    {
        ReadOnlySpan<byte> bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
        if (value < 2) return false;
        foreach (byte prime in bases)
        {
            if (value % prime == 0) return value == prime;
        }
        int twos = BitOperations.TrailingZeroCount(value - 1);
        foreach (byte witness in bases)
        {
            if (!PassesMillerRabin(value, witness, twos)) return false;
        }
        return true;
    }

    private static bool PassesMillerRabin(ulong value, ulong witness, int twos)
    {
        UInt128 power = 1, square = witness;
        for (ulong exponent = (value - 1) >> twos; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) power = power * square % value;
            square = square * square % value;
        }
        if (power == 1) return true;
        for (int i = 0; i < twos; i++)
        {
            if (power == value - 1) return true;
            power = power * power % value;
        }
        return false;
    }

    /// <summary>A word in <c>[-m, m)</c>, two's complement, to <c>[0, m)</c>.</summary>
    /// <remarks>By a mask: <see cref="Math.Min(ulong, ulong)"/> becomes a branch inside loops, which tells of the residues and is mispredicted half of the time.</remarks>
    internal static ulong Correct(ulong word, ulong m) => word + (m & (ulong)((long)word >> 63));

    private ulong Signed(ulong magnitude, ulong negative) => (magnitude & ~negative) | (Negate(magnitude) & negative);
}
