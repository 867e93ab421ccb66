namespace Fed.Actors.Protocol.Job;

/// <summary>Parameters of secure aggregation. Sites take them from the plan that they approved, never from a message.</summary>
/// <param name="Colluding">Sites that are assumed to collude with the server: c.</param>
/// <param name="Threshold">Shares without which nothing is opened, at least; larger sets need more: see <see cref="ThresholdOf"/>.</param>
/// <param name="MinimumContributors">Contributors without which nothing is opened.</param>
public sealed record SecAggPlan(int Colluding, int Threshold, int MinimumContributors)
{
    /// <summary>The plan's word for this protection.</summary>
    public const string Name = "secagg";

    /// <summary>Sites on the complete graph, in which each shares its keys with all others.</summary>
    public const int SitesMax = 100;

    /// <summary>No fewer contributors hide one another, whatever the plan says.</summary>
    public const int ContributorsMin = 3;

    /// <summary>
    /// How many of <paramref name="members"/> that share their keys must answer before a sum is opened: the smallest t with 2t &gt; n + c, so that of two different lists only one can find as
    /// many answers, since only the c sites that collude answer twice.
    /// </summary>
    public int ThresholdOf(int members) => Math.Max(Threshold, ((members + Colluding) / 2) + 1);

    /// <summary>How many of the members must be left in each later step for a sum to be opened.</summary>
    /// <param name="members">Those that share their keys among each other.</param>
    /// <param name="quorum">The plan's quorum of the sum.</param>
    public int Needed(int members, int quorum) => Math.Max(quorum, Math.Max(MinimumContributors, ThresholdOf(members)));
}
