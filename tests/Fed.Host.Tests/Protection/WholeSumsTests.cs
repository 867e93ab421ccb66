using Fed.Vectors;
using Xunit;

namespace Fed.Host.Tests.Protection;

/// <summary>plain == secagg == ckks over whole federations of drawn sizes, sites and weights, with the adapters that sites use.</summary>
public sealed class WholeSumsTests
{
    /// <summary>Sites of one row and of more than counts beside others; a single value; lengths that no piece and no ciphertext divides.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_opened_sum_is_that_of_plain_mode(int seed)
    {
        Random random = new(seed);
        int sites = random.Next(3, 9);
        bool isWide = random.Next(2) == 0;
        Check(new WholeSums(
            sites, seed == 1 ? 1 : random.Next(2, 30_000), [.. Enumerable.Range(0, sites).Select(i => i switch { 0 => 1, 1 => 1L << 40, _ => random.NextInt64(1, 1L << random.Next(1, 24)) })],
            isWide ? RingWidth.Ring64 : RingWidth.Ring32, isWide ? random.Next(20, 46) : 16, seed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_sum_that_fills_a_ciphertext_and_one_value_more_are_those_of_plain_mode(int more)
    {
        WholeSums sums = new(3, 1, [1, 5, 1L << 30], RingWidth.Ring32, 16, 5);
        Check(sums with { Values = sums.ValuesOfOneCiphertext() + more });
    }

    private static void Check(WholeSums sums)
    {
        string plain = sums.Run("mode = plain");
        Assert.Equal(plain, sums.Run("mode = secagg"));
        Assert.Equal(plain, sums.Run("mode = ckks, verification = fingerprint"));
    }
}
