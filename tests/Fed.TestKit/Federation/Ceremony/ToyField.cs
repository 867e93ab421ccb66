using System.Collections.Immutable;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>Integers modulo 2^61 - 1, a prime: large enough that two random ones never meet in a test, small enough for one word. Not secure.</summary>
internal static class ToyField
{
    private const ulong Prime = (1UL << 61) - 1;
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
        ulong sum = 0;
        foreach ((int at, ulong value) in points)
        {
            ulong above = 1, below = 1;
            foreach ((int other, _) in points)
            {
                if (other == at) continue;
                above = Multiply(above, (ulong)other);
                below = Multiply(below, other > at ? (ulong)(other - at) : Prime - (ulong)(at - other));
            }

            sum = Add(sum, Multiply(value, Multiply(above, Power(below, Prime - 2))));
        }

        return sum;
    }

    private static ulong Add(ulong a, ulong b) => (a + b) % Prime;

    private static ulong Multiply(ulong a, ulong b) => (ulong)((UInt128)a * b % Prime);

    private static ulong Power(ulong value, ulong exponent)
    {
        ulong power = 1;
        for (; exponent > 0; exponent >>= 1, value = Multiply(value, value))
            if ((exponent & 1) != 0) power = Multiply(power, value);
        return power;
    }
}
