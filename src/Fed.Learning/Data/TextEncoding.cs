using System.Text.Json.Serialization;

namespace Fed.Learning.Data;

/// <summary>How a text of letters is laid out in a row.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterCode>))]
public enum LetterCode
{
    /// <summary>Position after position, each with one entry a letter of the alphabet, of which one is 1: shape [length, letters], as dense and recurrent models take it.</summary>
    [JsonStringEnumMemberName("one-hot")]
    OneHot,

    /// <summary>Letter after letter, each with one entry a position: shape [letters, length], the channels of a convolution over positions.</summary>
    [JsonStringEnumMemberName("one-hot-by-letter")]
    OneHotByLetter,

    /// <summary>One entry a position: 1 for the first letter of the alphabet, 2 for the second; 0 is padding.</summary>
    [JsonStringEnumMemberName("ids")]
    Ids,
}

/// <summary>How a column of text becomes features; the same at every site.</summary>
/// <param name="Length">Letters of a cell exactly, or words of which are kept at most.</param>
/// <param name="Alphabet">The letters, each once; empty for words.</param>
/// <param name="Code">Layout of letters.</param>
/// <param name="Buckets">Hash buckets of words, ids going from 1 to this; 0 for letters.</param>
public sealed record TextEncoding(int Length, string Alphabet = "", LetterCode Code = LetterCode.OneHot, int Buckets = 0);
