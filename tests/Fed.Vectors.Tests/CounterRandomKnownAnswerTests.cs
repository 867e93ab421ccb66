using FsCheck;
using FsCheck.Fluent;

namespace Fed.Vectors.Tests;

/// <summary>Threefry-4x64-20 of the Random123 library's published known-answer file (kat_vectors, D. E. Shaw Research).</summary>
public sealed class CounterRandomKnownAnswerTests
{
    [Theory]
    [InlineData(0UL, 0x09218ebde6c85537UL, 0x55941f5266d86105UL, 0x4bd25e16282434dcUL, 0xee29ec846bd2e40bUL)]
    [InlineData(ulong.MaxValue, 0x29c24097942bba1bUL, 0x0371bbfb0f6f4e11UL, 0x3c231ffa33f83a1cUL, 0xcd29113fde32d168UL)]
    public void Permutation_gives_the_published_words(ulong word, params ulong[] expected)
    {
        ulong[] key = [word, word, word, word, 0x1BD11BDAA9FC1A22], block = new ulong[4];
        CounterRandom.Permute(key, word, word, word, word, block);
        Assert.Equal(expected, block);
    }

    [Fact]
    public void Any_part_of_the_sequence_is_the_same_by_word_by_fill_and_by_scalar_twin() => Prop.ForAll<int, byte>(static (seed, length) =>
    {
        CounterRandom random = new(Encoding.SeedOf(seed), stream: length);
        long start = seed & 0xFFFFFF;
        ulong[] words = new ulong[length];
        random.Fill(start, words);
        ulong[] four = new ulong[16], twin = new ulong[16];
        random.FourBlocks((ulong)start, four);
        random.FourBlocksScalar((ulong)start, twin);
        return Enumerable.Range(0, length).All(i => words[i] == random.Word(start + i)) && four.AsSpan().SequenceEqual(twin);
    }).QuickCheckThrowOnFailure();
}
