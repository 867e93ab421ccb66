using System.Numerics;
using System.Runtime.InteropServices;
using Fed.Crypto.Ring;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Ring;

public sealed class RnsRingProperties
{
    private static readonly RnsRing Small = new(32, PrimeSearch.Create(32, 20, 49, 60));
    private static readonly RnsRing Fast = new(256, PrimeSearch.Create(256, 30, 49, 50));

    public static TheoryData<string> Rings => ["small", "fast"];

    [Theory]
    [MemberData(nameof(Rings))]
    public void Product_of_evaluations_is_the_schoolbook_negacyclic_product(string name)
    {
        RnsRing ring = Ring(name);
        ForSeeds(12, seed =>
        {
            ulong[] a = Residues.Poly(ring, seed), b = Residues.Poly(ring, seed + 1), expected = Schoolbook(ring, a, b);
            ring.Forward(a);
            ring.Forward(b);
            ulong[] product = new ulong[ring.Words], accumulated = new ulong[ring.Words];
            ring.Multiply(a, b, product);
            ring.MultiplyAdd(a, b, accumulated);
            ring.Inverse(product);
            ring.Inverse(accumulated);
            Assert.Equal(expected, product);
            Assert.Equal(expected, accumulated);
        });
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void Transform_is_linear_and_its_inverse_undoes_it(string name)
    {
        RnsRing ring = Ring(name);
        ForSeeds(50, seed =>
        {
            ulong[] a = Residues.Poly(ring, seed), b = Residues.Poly(ring, seed + 1);
            ulong[] sum = [.. a], difference = [.. a], negated = [.. a], original = [.. a];
            ring.Add(sum, b);
            ring.Subtract(difference, b);
            ring.Negate(negated);
            foreach (ulong[] poly in (ulong[][])[a, b, sum, difference, negated]) ring.Forward(poly);
            ulong[] evaluated = [.. a];
            ring.Add(evaluated, b);
            Assert.Equal(evaluated, sum);
            a.CopyTo(evaluated, 0);
            ring.Subtract(evaluated, b);
            Assert.Equal(evaluated, difference);
            a.CopyTo(evaluated, 0);
            ring.Negate(evaluated);
            Assert.Equal(evaluated, negated);
            ring.Inverse(a);
            Assert.Equal(original, a);
        });
    }

    [Fact]
    public void Evaluations_are_those_at_the_odd_powers_of_the_root_in_reversed_order()
    {
        Modulus q = Small.Moduli[1];
        ulong root = Small.Tables(1).Root;
        ulong[] coefficients = Residues.Row(Small.N, q.Value, 7), row = [.. coefficients];
        Small.Tables(1).Forward(row);
        for (int i = 0; i < Small.N; i++)
        {
            int reversed = Convert.ToInt32(new string([.. Convert.ToString(i, 2).PadLeft(5, '0').Reverse()]), 2);
            ulong point = q.Power(root, (ulong)((2 * reversed) + 1));
            ulong value = coefficients.Reverse().Aggregate(0UL, (sum, c) => q.Add(q.Multiply(sum, point), c));
            Assert.Equal(value, row[i]);
        }
    }

    [Fact]
    public void Signed_integers_survive_the_way_to_residues_and_back()
    {
        RnsRing ring = new(32, PrimeSearch.Create(32, 20, 49, 60, 60));   // 189 bits: every Int128 fits
        Prop.ForAll(ArbMap.Default.GeneratorFor<ulong>().Two().ArrayOf(32).ToArbitrary(), halves =>
        {
            Int128[] values = [.. halves.Select(static (h, i) => i switch { 0 => Int128.MinValue, 1 => Int128.MaxValue, 2 => -1, _ => (Int128)new UInt128(h.Item1, h.Item2) })];
            ulong[] poly = new ulong[ring.Words];
            ring.FromSigned(values, poly);
            AssertComposed(ring, poly, [.. values.Select(static v => (BigInteger)v)]);

            long[] longs = [long.MinValue, long.MaxValue, .. values[2..].Select(static v => (long)(ulong)(UInt128)v)];
            ring.FromSigned(longs, poly);
            AssertComposed(ring, poly, [.. longs.Select(static v => (BigInteger)v)]);

            sbyte[] bytes = [sbyte.MinValue, sbyte.MaxValue, .. values[2..].Select(static v => (sbyte)(ulong)(UInt128)v)];
            ring.FromSigned(bytes, poly);
            AssertComposed(ring, poly, [.. bytes.Select(static v => (BigInteger)v)]);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Composition_is_exact_at_the_ends_of_the_range(int primes)
    {
        RnsRing ring = Small.Prefix(primes);
        BigInteger half = ring.Product / 2;   // Q is odd: -half..half are the centred integers
        BigInteger[] edges = [0, 1, -1, half, -half, half - 1, 1 - half];
        BigInteger[] values = [.. Enumerable.Range(0, ring.N).Select(i => edges[i % edges.Length])];
        ulong[] poly = [.. ring.Moduli.SelectMany(q => values.Select(q.Reduce))];
        AssertComposed(ring, poly, values);
    }

    [Fact]
    public void Prefix_shares_rows_and_a_foreign_length_is_refused_by_number()
    {
        RnsRing prefix = Small.Prefix(2);
        Assert.Equal(Small.Moduli[..2], prefix.Moduli);
        Assert.Equal(64, prefix.Words);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => prefix.Forward(new ulong[96]));
        Assert.Contains("64", refused.Message, StringComparison.Ordinal);
        Assert.Contains("96", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rings_that_cannot_work_are_refused_by_the_value_and_its_bound()
    {
        Modulus friendly = PrimeSearch.Create(64, 30)[0], unfriendly = new(1_000_003);
        Refused("48", () => new RnsRing(48, [friendly]));
        Refused("262144", () => new RnsRing(262_144, [friendly]));
        Refused("1000003", () => new RnsRing(64, [unfriendly]));
        Refused(friendly.Value.ToString(), () => new RnsRing(64, [friendly, friendly]));
        Refused("at least one prime", () => new RnsRing(64, []));
        Refused("61", () => PrimeSearch.Create(64, 61));
        Refused("12 bits", () => PrimeSearch.Create(4096, 12));

        static void Refused(string named, Func<object> make) =>
            Assert.Contains(named, Assert.Throws<InvalidParametersException>(make).Message, StringComparison.Ordinal);
    }

    private static RnsRing Ring(string name) => name == "small" ? Small : Fast;

    private static void ForSeeds(int count, Action<int> property) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(count));

    private static ulong[] Schoolbook(RnsRing ring, ulong[] a, ulong[] b)
    {
        ulong[] product = new ulong[ring.Words];
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            Modulus q = ring.Moduli[p];
            for (int i = 0; i < ring.N; i++)
            {
                for (int j = 0; j < ring.N; j++)
                {
                    ulong term = q.Multiply(a[(p * ring.N) + i], b[(p * ring.N) + j]);
                    ref ulong target = ref product[(p * ring.N) + ((i + j) % ring.N)];
                    target = i + j < ring.N ? q.Add(target, term) : q.Subtract(target, term);   // X^N = -1
                }
            }
        }
        return product;
    }

    private static void AssertComposed(RnsRing ring, ulong[] poly, BigInteger[] values)
    {
        int words = ring.ComposedWords;
        ulong[] integers = new ulong[ring.N * words], centred = new ulong[ring.N * words];
        ring.Compose(poly, integers);
        ring.ComposeCentred(poly, centred);
        for (int i = 0; i < ring.N; i++)
        {
            BigInteger positive = ((values[i] % ring.Product) + ring.Product) % ring.Product;
            BigInteger expected = positive > ring.Product / 2 ? positive - ring.Product : positive;
            Assert.Equal(positive, new BigInteger(MemoryMarshal.AsBytes(integers.AsSpan(i * words, words)), isUnsigned: true));
            Assert.Equal(expected, new BigInteger(MemoryMarshal.AsBytes(centred.AsSpan(i * words, words))));
            Assert.Equal(positive, ring.ComposeAt(poly, i));
            Assert.Equal(expected, ring.ComposeCentredAt(poly, i));
        }
    }
}
