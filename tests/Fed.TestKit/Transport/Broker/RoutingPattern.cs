namespace Fed.TestKit.Transport.Broker;

/// <summary>Patterns of a topic exchange: words with dots between them, <c>*</c> for one word, <c>#</c> for any number of words.</summary>
internal static class RoutingPattern
{
    public static bool Fits(string pattern, string key) => Fits(pattern.Split('.'), key.Length == 0 ? [] : key.Split('.'));

    private static bool Fits(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty) return key.IsEmpty;
        if (pattern[0] == "#") return Fits(pattern[1..], key) || (!key.IsEmpty && Fits(pattern, key[1..]));
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Fits(pattern[1..], key[1..]);
    }
}
