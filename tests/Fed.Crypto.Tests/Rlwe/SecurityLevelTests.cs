using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Tests.Rlwe;

public sealed class SecurityLevelTests
{
    [Theory]
    [InlineData(8192, 152, "192-bit classical")]
    [InlineData(8192, 196, "128-bit quantum")]
    [InlineData(8192, 218, "128-bit classical")]
    [InlineData(4096, 98, "128-bit quantum")]
    [InlineData(4096, 102, "128-bit classical")]
    [InlineData(32768, 476, "256-bit classical")]
    public void The_strongest_level_is_the_last_one_whose_bound_holds(int n, int bits, string level)
    {
        SecurityLevel? strongest = SecurityLevel.Strongest(n, bits);
        Assert.NotNull(strongest);
        Assert.Equal(level, strongest.Name);
        SecurityLevel.Require(n, bits, strongest);
    }

    [Theory]
    [InlineData(8192, 219, "a modulus of 219 bits at N = 8192 is below 128-bit classical security: at most 218 bits are; choose smaller primes or a larger N")]
    [InlineData(4096, 110, "a modulus of 110 bits at N = 4096 is below 128-bit classical security: at most 109 bits are; choose smaller primes or a larger N")]
    [InlineData(512, 10, "N = 512 is not in the security table; choose a power of two from 1024 to 32768")]
    [InlineData(5000, 10, "N = 5000 is not in the security table; choose a power of two from 1024 to 32768")]
    public void Weaker_parameters_are_refused_with_their_bound(int n, int bits, string message)
    {
        Assert.Null(SecurityLevel.Strongest(n, bits));
        Assert.Equal(message, Assert.Throws<InvalidParametersException>(() => SecurityLevel.Require(n, bits, SecurityLevel.Classical128)).Message);
    }

    [Fact]
    public void Every_column_doubles_with_the_degree_and_shrinks_with_the_level()
    {
        for (int n = 1024; n <= 32768; n *= 2)
        {
            int[] bounds = [.. SecurityLevel.All.Select(level => level.ModulusBitsMax(n))];
            Assert.Equal(bounds.Order(), bounds);
            if (n > 1024) Assert.All(SecurityLevel.All, level => Assert.InRange((double)level.ModulusBitsMax(n) / level.ModulusBitsMax(n / 2), 1.8, 2.2));
        }
    }
}
