using System.Numerics;
using Fed.Crypto.Ring;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Ring;

/// <summary>Every operation against BigInteger, over primes of all sizes and residues at the edges.</summary>
public sealed class ModulusProperties
{
    [Theory]
    [MemberData(nameof(Primes))]
    public void Arithmetic_is_BigIntegers(ulong prime)
    {
        Modulus q = new(prime);
        Gen<ulong> residue = Gen.OneOf(
            Gen.Elements(0UL, 1UL, 2UL % prime, prime / 2, prime - 2, prime - 1),
            ArbMap.Default.GeneratorFor<ulong>().Select(word => word % prime));
        Prop.ForAll(residue.Two().ToArbitrary(), pair =>
        {
            (ulong a, ulong b) = pair;
            BigInteger wide = prime;
            Assert.Equal((BigInteger)a + b - (a + (BigInteger)b >= wide ? wide : 0), q.Add(a, b));
            Assert.Equal(((BigInteger)a - b + wide) % wide, q.Subtract(a, b));
            Assert.Equal((wide - a) % wide, q.Negate(a));
            Assert.Equal((BigInteger)a * b % wide, q.Multiply(a, b));
            Assert.Equal(BigInteger.ModPow(a, b, wide), q.Power(a, b));
            ulong lazy = q.MultiplyLazy(~a, b, q.Quotient(b));
            Assert.True(lazy < 2 * prime);
            Assert.Equal((BigInteger)~a * b % wide, lazy % wide);
            if (a != 0) Assert.Equal(1UL % prime, q.Multiply(a, q.Inverse(a)));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Primes))]
    public void Reductions_are_BigIntegers_for_every_width_and_sign(ulong prime)
    {
        Modulus q = new(prime);
        Prop.ForAll(Wide.ToArbitrary(), wide =>
        {
            Assert.Equal(Expected((ulong)wide), q.Reduce((ulong)wide));
            Assert.Equal(Expected((long)wide), q.Reduce((long)wide));
            Assert.Equal(Expected(wide), q.Reduce(wide));
            Assert.Equal(Expected((Int128)wide), q.Reduce((Int128)wide));
            Assert.Equal(Expected((Int128)wide), q.Reduce((BigInteger)(Int128)wide));
        }).QuickCheckThrowOnFailure();

        ulong Expected(BigInteger value) => (ulong)(((value % prime) + prime) % prime);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(9UL)]
    [InlineData(4294967297UL)]              // 641 · 6700417
    [InlineData(3825123056546413051UL)]     // the least strong pseudoprime to the bases 2..23
    [InlineData(ulong.MaxValue)]
    public void What_is_no_odd_prime_of_at_most_60_bits_is_refused_by_name(ulong value)
    {
        InvalidParametersException refused = Assert.Throws<InvalidParametersException>(() => new Modulus(value));
        Assert.Contains(value.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Primality_agrees_with_trial_division()
    {
        for (ulong value = 0; value < 20_000; value++)
        {
            bool prime = value >= 2;
            for (ulong divisor = 2; divisor * divisor <= value && prime; divisor++) prime = value % divisor != 0;
            Assert.Equal(prime, Modulus.IsPrime(value));
        }
    }

    public static TheoryData<ulong> Primes()
    {
        TheoryData<ulong> data = [3, 5, 7, 257, 65537, 1152921504606846883];
        foreach (int bits in (int[])[20, 30, 36, 40, 45, 49, 50, 54, 55, 59, 60]) data.Add(PrimeSearch.Create(2048, bits)[0].Value);
        return data;
    }

    private static readonly Gen<UInt128> Wide = Gen.OneOf(
        Gen.Elements<UInt128>(UInt128.Zero, UInt128.One, UInt128.MaxValue, UInt128.MaxValue - 1, (UInt128)Int128.MaxValue, (UInt128)Int128.MinValue, ulong.MaxValue, long.MaxValue, 1UL << 63),
        ArbMap.Default.GeneratorFor<ulong>().Two().Select(static halves => new UInt128(halves.Item1, halves.Item2)));
}
