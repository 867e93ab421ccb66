using System.Collections.Immutable;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>Integers modulo 2^61 - 1, a prime: large enough that two random ones never meet in a test, small enough for one word. Not secure.</summary>
internal static class ToyField
{
    internal const ulong Prime = (1UL << 61) - 1;
    private const ulong Generator = 37;

    /// <summary>A non-zero element from random bits.</summary>
    public static ulong Element(ulong random) => (random % (Prime - 1)) + 1;

    public static ulong Public(ulong secret) => Power(Generator, secret);

    public static bool IsPublic(ulong value) => value is > 1 and < Prime;

    /// <summary>What two sites agree on, each with its own secret and the other's public key.</summary>
    public static ulong Agree(ulong secret, ulong other) => Power(other, secret);

    /// <summary>The value of a polynomial, its constant term first.</summary>
    public static ulong Evaluate(ReadOnlySpan<ulong> polynomial, int at)
    {
        ulong value = 0;
        for (int i = polynomial.Length - 1; i >= 0; i--) value = Add(Multiply(value, (ulong)at), polynomial[i]);
        return value;
    }

    /// <summary>The constant term of the polynomial through these points.</summary>
    public static ulong Interpolate(ImmutableArray<(int At, ulong Value)> points)
    {
        int[] places = [.. points.Select(static point => point.At)];
        return points.Aggregate(0UL, (sum, point) => Add(sum, Multiply(point.Value, Lagrange(places, point.At))));
    }

    /// <summary>By what the value at one of these points enters the value at zero.</summary>
    public static ulong Lagrange(ReadOnlySpan<int> points, int at)
    {
        ulong above = 1, below = 1;
        foreach (int other in points)
        {
            if (other == at) continue;
            above = Multiply(above, (ulong)other);
            below = Multiply(below, other > at ? (ulong)(other - at) : Prime - (ulong)(at - other));
        }

        return Multiply(above, Power(below, Prime - 2));
    }

    /// <summary>The element of a number within +-2^60.</summary>
    public static ulong FromSigned(long value) => value < 0 ? Negate((ulong)-value) : (ulong)value % Prime;

    /// <summary>The number of an element, centred.</summary>
    public static long ToSigned(ulong element) => element > Prime / 2 ? -(long)(Prime - element) : (long)element;

    /// <summary>What an element gives zero with.</summary>
    public static ulong Negate(ulong element) => (Prime - (element % Prime)) % Prime;

    /// <summary>The sum of two elements, of words below 2^63 at least.</summary>
    public static ulong Add(ulong a, ulong b) => ((a % Prime) + (b % Prime)) % Prime;

    /// <summary>The product of two elements.</summary>
    public static ulong Multiply(ulong a, ulong b) => (ulong)((UInt128)a * b % Prime);

    private static ulong Power(ulong value, ulong exponent)
    {
        ulong power = 1;
        for (; exponent > 0; exponent >>= 1, value = Multiply(value, value))
            if ((exponent & 1) != 0) power = Multiply(power, value);
        return power;
    }
}
