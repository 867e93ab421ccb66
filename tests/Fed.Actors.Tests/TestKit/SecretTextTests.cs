using System.Buffers.Binary;
using Fed.TestKit.Federation.Checks;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

public sealed class SecretTextTests
{
    private const ulong Secret = 0x1234_5678_9ABC_DEF1;

    [Theory]
    [InlineData("'site-01' refuses 1311768467463790321 of 'site-02'")]
    [InlineData("a share 123456789abcdef1, which is none")]
    [InlineData("bytes F1DEBC9A78563412")]
    [InlineData("in the middle: 00ff123456789abcdef177")]
    [InlineData("payload=AADx3ryaeFY0EgA=")]
    [InlineData("without padding 8d68mnhWNBI.")]
    public void Secret_in_a_text_is_seen_in_every_form(string text) => Assert.Contains(Secret, WordsIn(text));

    [Fact]
    public void Secret_that_is_written_as_a_number_below_zero_is_seen() => Assert.Contains(unchecked(0 - Secret), WordsIn($"a value of -{Secret}"));

    [Theory]
    [InlineData("")]
    [InlineData("silo/site-01 refuses: an invitation to 0.1.count, and the contributors of 0.1.count are confirmed")]
    [InlineData("blob d7d64646aa28cabb10ef9eda6822ad94b68beb6a8c473e696731eec14bc098c6 is missing")]
    [InlineData("1234567 12345678901234567890123")]
    public void Text_without_the_secret_is_let_by(string text) => Assert.DoesNotContain(Secret, WordsIn(text));

    private static IEnumerable<ulong> WordsIn(string text) =>
        SecretText.BytesIn(text).SelectMany(static bytes => Enumerable.Range(0, Math.Max(0, bytes.Length - 7)).Select(at => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at))));
}
