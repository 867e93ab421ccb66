using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ring;

/// <content>From small integers to residues, and back by the Chinese remainder theorem.</content>
public sealed partial class RnsRing
{
    private readonly ImmutableArray<ulong> _garner, _garnerQuotients;   // [i, j] for j < i: q_j^-1 mod q_i
    private readonly ulong[] _productWords, _halfWords;

    /// <summary>64-bit words that hold an integer below Q: <c>ceil(bits of Q / 64)</c>.</summary>
    public int ComposedWords => (int)((Product.GetBitLength() + 63) / 64);

    /// <summary>Small signed coefficients to residues of every prime, in constant time.</summary>
    /// <param name="values">N coefficients.</param>
    /// <param name="poly">Receives <see cref="Words"/> residues.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void FromSigned(ReadOnlySpan<sbyte> values, Span<ulong> poly)
    {
        RequireConversion(values.Length, poly.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.FromSigned(values, Row(poly, p), Moduli[p]);
    }

    /// <inheritdoc cref="FromSigned(ReadOnlySpan{sbyte}, Span{ulong})"/>
    public void FromSigned(ReadOnlySpan<long> values, Span<ulong> poly)
    {
        RequireConversion(values.Length, poly.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.FromSigned(values, Row(poly, p), Moduli[p]);
    }

    /// <inheritdoc cref="FromSigned(ReadOnlySpan{sbyte}, Span{ulong})"/>
    public void FromSigned(ReadOnlySpan<Int128> values, Span<ulong> poly)
    {
        RequireConversion(values.Length, poly.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.FromSigned(values, Row(poly, p), Moduli[p]);
    }

    /// <summary>The coefficients as integers in <c>[0, Q)</c>.</summary>
    /// <param name="poly">Residues of coefficients (not of evaluations), <see cref="Words"/> of them.</param>
    /// <param name="integers">Receives shape <c>[N, ComposedWords]</c>, least significant word first.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    /// <remarks>Garner's mixed radix; constant time.</remarks>
    public void Compose(ReadOnlySpan<ulong> poly, Span<ulong> integers)
    {
        RequireLength(poly.Length);
        int words = ComposedWords;
        if (integers.Length != N * words) throw new ArgumentException($"{N} integers of {words} words need {N * words} words, not {integers.Length}");
        for (int i = 0; i < N; i++) Compose(poly, i, integers.Slice(i * words, words));
    }

    /// <summary>The coefficients as integers in <c>(-Q/2, Q/2)</c>, two's complement.</summary>
    /// <inheritdoc cref="Compose(ReadOnlySpan{ulong}, Span{ulong})"/>
    public void ComposeCentred(ReadOnlySpan<ulong> poly, Span<ulong> integers)
    {
        Compose(poly, integers);
        int words = ComposedWords;
        for (int i = 0; i < N; i++) Centre(integers.Slice(i * words, words));
    }

    /// <summary>One coefficient as an integer in <c>[0, Q)</c>.</summary>
    /// <param name="poly">Residues of coefficients.</param>
    /// <param name="index">Which coefficient, <c>[0, N)</c>.</param>
    public BigInteger ComposeAt(ReadOnlySpan<ulong> poly, int index) => Integer(poly, index, centred: false);

    /// <summary>One coefficient as an integer in <c>(-Q/2, Q/2)</c>.</summary>
    /// <inheritdoc cref="ComposeAt" path="/param"/>
    public BigInteger ComposeCentredAt(ReadOnlySpan<ulong> poly, int index) => Integer(poly, index, centred: true);

    private BigInteger Integer(ReadOnlySpan<ulong> poly, int index, bool centred)
    {
        RequireLength(poly.Length);
        Span<ulong> words = stackalloc ulong[ComposedWords];
        Compose(poly, index, words);
        if (centred) Centre(words);
        return new BigInteger(MemoryMarshal.AsBytes(words), isUnsigned: !centred);
    }

    private void Compose(ReadOnlySpan<ulong> poly, int index, Span<ulong> integer)
    {
        int count = Moduli.Length;
        Span<ulong> digits = stackalloc ulong[count];
        for (int i = 0; i < count; i++)
        {
            Modulus q = Moduli[i];
            ulong digit = poly[(i * N) + index];
            for (int j = 0; j < i; j++)
            {
                ulong lazy = q.MultiplyLazy(q.Subtract(digit, q.Reduce(digits[j])), _garner[(i * count) + j], _garnerQuotients[(i * count) + j]);
                digit = Modulus.Correct(lazy - q.Value, q.Value);
            }
            digits[i] = digit;
        }
        integer.Clear();
        for (int i = count - 1; i >= 0; i--)
        {
            // integer = integer · q_i + digit_i: Horner over the mixed radix.
            ulong carry = digits[i];
            for (int w = 0; w < integer.Length; w++)
            {
                ulong high = Math.BigMul(integer[w], Moduli[i].Value, out ulong low);
                low += carry;
                carry = high + (low < carry ? 1UL : 0UL);
                integer[w] = low;
            }
        }
    }

    /// <summary>Subtracts Q where the integer is above Q/2, by masks.</summary>
    private void Centre(Span<ulong> integer)
    {
        ulong borrow = 0;   // of half - integer: 1 exactly when the integer is above
        for (int w = 0; w < integer.Length; w++) borrow = SubtractWithBorrow(_halfWords[w], integer[w], borrow, out _);
        ulong mask = 0 - borrow;
        borrow = 0;
        for (int w = 0; w < integer.Length; w++) borrow = SubtractWithBorrow(integer[w], _productWords[w] & mask, borrow, out integer[w]);
    }

    private static ulong SubtractWithBorrow(ulong a, ulong b, ulong borrow, out ulong difference)
    {
        UInt128 wide = (UInt128)a - b - borrow;
        difference = (ulong)wide;
        return (ulong)(wide >> 64) & 1;
    }

    private static (ImmutableArray<ulong> Inverses, ImmutableArray<ulong> Quotients) GarnerConstants(ImmutableArray<Modulus> moduli)
    {
        int count = moduli.Length;
        ulong[] inverses = new ulong[count * count], quotients = new ulong[count * count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                inverses[(i * count) + j] = moduli[i].Inverse(moduli[i].Reduce(moduli[j].Value));
                quotients[(i * count) + j] = moduli[i].Quotient(inverses[(i * count) + j]);
            }
        }
        return ([.. inverses], [.. quotients]);
    }

    private static ulong[] ToWords(BigInteger value, int count)
    {
        ulong[] words = new ulong[count];
        value.TryWriteBytes(MemoryMarshal.AsBytes(words.AsSpan()), out _, isUnsigned: true);
        return words;
    }

    private void RequireConversion(int values, int residues)
    {
        if (values != N) throw new ArgumentException($"a polynomial of degree {N} has {N} coefficients, not {values}");
        RequireLength(residues);
    }
}
