using Fed.Learning.Models;

namespace Fed.Learning.Tests.Models;

public sealed class HashedWordsTests
{
    [Fact]
    public void Words_become_tokens_and_the_rest_is_padding()
    {
        double[] row = [9, 9, 9, 9, 9, 9];
        Assert.Equal(4, HashedWords.Encode("Chest pain, CHEST x-", 4096, row));
        Assert.Equal(row[0], row[2]);
        Assert.NotEqual(row[0], row[1]);
        Assert.All(row[..4], static token => Assert.InRange(token, 1, 4096));
        Assert.Equal([0, 0], row[4..]);
    }

    [Fact]
    public void Words_beyond_the_row_are_counted_and_left_out()
    {
        double[] row = new double[2];
        Assert.Equal(3, HashedWords.Encode("a b c", 16, row));
    }

    /// <summary>FNV-1a of the published test vectors ("a", "foobar"): sites of any version must agree.</summary>
    [Fact]
    public void Hash_is_fixed_for_ever()
    {
        double[] row = new double[2];
        HashedWords.Encode("a FooBar", 1 << 16, row);
        Assert.Equal([0xaf63dc4c8601ec8c % 65536 + 1, 0x85944171f73967e8 % 65536 + 1], row.Select(static token => (ulong)token));
    }
}
