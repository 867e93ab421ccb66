using System.Text;

namespace Fed.Learning.Models;

/// <summary>Words to token ids by a fixed hash, so that sites need not share a vocabulary, which would tell what their texts hold.</summary>
public static class HashedWords
{
    private const ulong Basis = 14695981039346656037, Prime = 1099511628211;   // FNV-1a, 64 bits

    /// <summary>Writes a text's token ids, 1 to <paramref name="buckets"/>, and pads with 0. A word is a run of letters and digits, in lower case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="buckets">At least 1.</param>
    /// <param name="row">Receives the ids; words beyond its length are left out.</param>
    /// <returns>Words in the text, those left out included.</returns>
    public static int Encode(ReadOnlySpan<char> text, int buckets, Span<double> row)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buckets, 1);
        row.Clear();
        int words = 0;
        for (int start = 0; start < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                start++;
                continue;
            }
            int end = start;
            while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
            if (words < row.Length) row[words] = Hash(text[start..end]) % (ulong)buckets + 1;
            words++;
            start = end;
        }
        return words;
    }

    private static ulong Hash(ReadOnlySpan<char> word)
    {
        ulong hash = Basis;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in word.EnumerateRunes())
        {
            int length = Rune.ToLowerInvariant(rune).EncodeToUtf8(utf8);
            foreach (byte unit in utf8[..length]) hash = (hash ^ unit) * Prime;
        }
        return hash;
    }
}
