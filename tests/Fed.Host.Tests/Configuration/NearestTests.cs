using Fed.Host.Configuration;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Host.Tests.Configuration;

public sealed class NearestTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("tpye", "type", 1)] // a swap of neighbours is one slip
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void Edits_are_counted(string from, string to, int expected) => Assert.Equal(expected, Nearest.Edits(from, to));

    [Theory]
    [InlineData("qourum", "; did you mean 'quorum'?")]
    [InlineData("round", "; did you mean 'rounds'?")]
    [InlineData("colour", "")]
    public void Only_near_words_are_suggested(string word, string expected) => Assert.Equal(expected, Nearest.Suggestion(word, ["quorum", "rounds", "seed", "l2"]));

    [Fact]
    public void Edits_are_a_symmetric_distance_bounded_by_the_longer_word() =>
        Prop.ForAll<string, string>(static (a, b) =>
        {
            (a, b) = (a ?? "", b ?? "");
            int edits = Nearest.Edits(a, b);
            return edits == Nearest.Edits(b, a) && edits >= Math.Abs(Math.Min(64, a.Length) - Math.Min(64, b.Length)) && edits <= Math.Max(a.Length, b.Length);
        }).Check(Config.QuickThrowOnFailure);
}
