namespace Fed.Host.Configuration;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean 'local-steps'?</c>, or nothing when no candidate is near.</summary>
    public static string Suggestion(string word, IReadOnlyCollection<string> candidates)
    {
        string? best = candidates.Select(candidate => (Candidate: candidate, Edits: Edits(Plain(word), Plain(candidate))))
            .Where(pair => pair.Edits <= Math.Max(1, Math.Min(word.Length, pair.Candidate.Length) / 3))
            .OrderBy(static pair => pair.Edits).ThenBy(static pair => pair.Candidate, StringComparer.Ordinal)
            .Select(static pair => pair.Candidate).FirstOrDefault();
        return best is null ? "" : $"; did you mean '{best}'?";
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other (optimal string alignment). Cost O(length²), so long words are cut.</summary>
    public static int Edits(string from, string to)
    {
        const int LengthMax = 64;
        from = from.Length > LengthMax ? from[..LengthMax] : from;
        to = to.Length > LengthMax ? to[..LengthMax] : to;
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= to.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= from.Length; i++)
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        return cost[from.Length, to.Length];
    }

    // Case and the choice of separator are the commonest slips and count for nothing: localSteps, local_steps.
    private static string Plain(string word) => Kebab.From(word.Replace('_', '-'));
}
