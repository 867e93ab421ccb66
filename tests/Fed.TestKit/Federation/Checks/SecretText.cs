using System.Buffers.Binary;
using System.Globalization;

namespace Fed.TestKit.Federation.Checks;

/// <summary>What a line of a log, a reason or an event's text may give away: numbers, hexadecimal digits and base64 stand for bytes there.</summary>
internal static class SecretText
{
    private const int HexDigits = 2 * sizeof(ulong);
    private const int Base64Min = 11;   // eight bytes without padding

    /// <summary>The bytes that the words of a text may stand for: of numbers little-endian, of hexadecimal digits in either order.</summary>
    public static IEnumerable<byte[]> BytesIn(string text)
    {
        for (int start = 0; start < text.Length; start++)
        {
            int end = start;
            while (end < text.Length && IsOfAWord(text[end])) end++;
            if (end > start)
            {
                foreach (byte[] bytes in BytesOf(text[start..end], isNegative: start > 0 && text[start - 1] == '-')) yield return bytes;
            }

            start = end;
        }
    }

    private static bool IsOfAWord(char at) => char.IsAsciiLetterOrDigit(at) || at is '+' or '/';

    private static IEnumerable<byte[]> BytesOf(string word, bool isNegative)
    {
        if (ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
        {
            byte[] little = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(little, isNegative ? unchecked(0 - number) : number);
            yield return little;
        }

        if (word.Length >= HexDigits && word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit))
        {
            byte[] bytes = Convert.FromHexString(word);
            yield return bytes;
            yield return [.. bytes.Reverse()];
        }

        byte[] decoded = new byte[word.Length];
        if (word.Length >= Base64Min && Convert.TryFromBase64String(word.PadRight((word.Length + 3) / 4 * 4, '='), decoded, out int written)) yield return decoded[..written];
    }
}
