using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>The ceremony as a whole: what comes out is the sum of the contributors' vectors, to the bit, or nothing.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData(3, 0, RingWidth.Ring32, 1)]
    [InlineData(3, 1, RingWidth.Ring64, 5)]
    [InlineData(10, 3, RingWidth.Ring32, 4099)]
    [InlineData(10, 0, RingWidth.Ring64, 2051)]
    [InlineData(25, 7, RingWidth.Ring32, 40)]
    [InlineData(130, 6, RingWidth.Ring64, 33)]
    public void With_everybody_there_the_opened_sum_is_the_plain_one(int sites, int colluding, RingWidth ring, int words)
    {
        using Federation federation = new(sites, colluding, ring: ring, words: words);
        Assert.Equal(federation.PlainSum(SiteSet.All(sites)), federation.RunWithout());
    }
}
