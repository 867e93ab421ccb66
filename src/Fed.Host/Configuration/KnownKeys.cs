using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Configuration;

/// <summary>Refuses keys that the built-in defaults do not have: they list every setting there is.</summary>
internal static class KnownKeys
{
    /// <summary>Compares key by key, block by block.</summary>
    /// <exception cref="HoconException">An unknown key, with the nearest known one.</exception>
    public static void Check(HoconObject actual, HoconObject known) => Check(actual, known, known, "");

    private static void Check(HoconObject actual, HoconObject known, HoconObject root, string path)
    {
        foreach ((string key, HoconValue value) in actual.Members)
        {
            string full = path.Length == 0 ? key : $"{path}.{key}";
            if (known[key] is not { } expected) throw new HoconException(value.Origin, $"unknown key '{full}'{Suggestion(key, known, root)}");
            // A block that the defaults leave empty is open: its keys are names of the user's choice.
            if (value is HoconObject below && expected is HoconObject { Members.IsEmpty: false } knownBelow) Check(below, knownBelow, root, full);
        }
    }

    // A near key of the same block first; else the same key elsewhere, which is how a misplaced setting shows.
    private static string Suggestion(string key, HoconObject known, HoconObject root)
    {
        string near = Nearest.Suggestion(key, [.. known.Members.Select(static m => m.Key)]);
        if (near.Length > 0) return near;
        string[] elsewhere = [.. Paths(root, "").Where(path => path.EndsWith($".{key}", StringComparison.Ordinal))];
        if (elsewhere.Length > 0) return $"; did you mean '{elsewhere[0]}'?";
        return $"; known here: {string.Join(", ", known.Members.Select(static m => m.Key))}";
    }

    private static IEnumerable<string> Paths(HoconObject node, string path)
    {
        foreach ((string key, HoconValue value) in node.Members)
        {
            string full = path.Length == 0 ? key : $"{path}.{key}";
            yield return full;
            if (value is HoconObject below)
                foreach (string deeper in Paths(below, full))
                    yield return deeper;
        }
    }
}
