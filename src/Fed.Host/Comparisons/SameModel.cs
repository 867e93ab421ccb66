using System.Collections.Immutable;

namespace Fed.Host.Comparisons;

/// <summary>Runs of one plan under different protections with one seed, and whether they came to the same model to the last bit.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Runs">Names of the runs.</param>
/// <param name="Equal">True where all rounds' models are equal; null where that cannot be told, since a run failed or sums are of different sites.</param>
internal sealed record SameModel(long Seed, ImmutableArray<string> Runs, bool? Equal)
{
    /// <summary>Looks for such runs.</summary>
    /// <param name="made">Runs with what they have in common but for the protection, and the protection.</param>
    public static ImmutableArray<SameModel> Among(IEnumerable<(string Run, string Protection, string Unprotected, ComparedSeed Result)> made) =>
    [
        .. made.GroupBy(static run => (run.Result.Seed, run.Unprotected))
            .Where(static group => group.Select(static run => run.Protection).Distinct(StringComparer.Ordinal).Count() > 1)
            .Select(static group => new SameModel(group.Key.Seed, [.. group.Select(static run => run.Run)], AreEqual([.. group.Select(static run => run.Result)]))),
    ];

    private static bool? AreEqual(ComparedSeed[] results)
    {
        if (results.Any(static result => result.Failure is not null)) return null;
        if (results.Any(result => !result.Rounds.Select(static round => string.Join('\n', round.Contributors)).SequenceEqual(results[0].Rounds.Select(static round => string.Join('\n', round.Contributors))))) return null;
        return results.All(result => result.ModelSha256 == results[0].ModelSha256 && result.Rounds.Select(static round => round.ModelSha256).SequenceEqual(results[0].Rounds.Select(static round => round.ModelSha256)));
    }

    /// <summary>The finding as a sentence.</summary>
    public string Sentence => Equal switch
    {
        true => $"seed {Seed}: {Names} come to the same model, to the last bit, in every round",
        false => $"seed {Seed}: {Names} DIFFER in a model, though they sum the same integers",
        null => $"seed {Seed}: {Names} cannot be compared to the bit, since a run failed or sums are of different sites",
    };

    private string Names => Runs.Length == 2 ? $"{Runs[0]} and {Runs[1]}" : $"{string.Join(", ", Runs[..^1])} and {Runs[^1]}";
}
