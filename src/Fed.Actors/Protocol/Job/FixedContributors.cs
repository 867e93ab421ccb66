namespace Fed.Actors.Protocol.Job;

/// <summary>Who contributes to one sum in some rounds, as the plan itself says: these are invited, all of them are wanted, and none may be missing. For repeating a job with the contributors that another one had.</summary>
/// <param name="FirstRound">The first round, from 0.</param>
/// <param name="LastRound">The last one.</param>
/// <param name="Sum">Name of the sum.</param>
/// <param name="Sites">The contributors, in ordinal order.</param>
public sealed record FixedContributors(int FirstRound, int LastRound, string Sum, ImmutableArray<SiloId> Sites)
{
    /// <summary>True where it speaks of a sum.</summary>
    public bool IsOf(CollectionId id) => id.Round >= FirstRound && id.Round <= LastRound && id.Sum == Sum;

    /// <summary>Why a plan's contributors cannot be those that it states; null where they can, and where it states none.</summary>
    public static string? Refusal(JobPlan plan)
    {
        if (plan.Contributors is not { } stated) return null;
        for (int i = 0; i < stated.Length; i++)
        {
            FixedContributors entry = stated[i];
            string what = $"the contributors to '{entry.Sum}' of the rounds {entry.FirstRound} to {entry.LastRound}";
            if (entry.FirstRound < 0 || entry.LastRound > plan.Rounds || entry.FirstRound > entry.LastRound || (entry.FirstRound == 0 && entry.LastRound > 0))
                return $"the plan states {what}, and it has the start-up, 0, and the rounds 1 to {plan.Rounds}";
            if (!plan.SumsOf(entry.FirstRound).Any(sum => sum.Name == entry.Sum)) return $"the plan states {what}, which have no such sum";
            if (stated.Take(i).Any(other => other.Sum == entry.Sum && other.FirstRound <= entry.LastRound && entry.FirstRound <= other.LastRound)) return $"the plan states {what} twice";
            if (entry.Sites.IsDefaultOrEmpty) return $"the plan states that {what} are nobody";
            for (int s = 0; s < entry.Sites.Length; s++)
            {
                if (!plan.Silos.Contains(entry.Sites[s])) return $"'{entry.Sites[s]}' is among {what}, and not in the roster";
                if (s > 0 && entry.Sites[s - 1].CompareTo(entry.Sites[s]) >= 0) return $"{what} are not in ordinal order, each once";
            }

            int sites = entry.Sites.Length, needed = plan switch { { SecAgg: { } masks } => masks.Needed(sites, sites), { Ckks: { } key } => key.Needed(sites, sites), _ => sites };
            if (needed > sites) return $"{what} are {sites} sites, and under protection '{plan.Protection}' {needed} would have to answer";
        }

        return null;
    }
}
