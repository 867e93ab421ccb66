namespace Fed.Actors.Protocol.Job;

/// <summary>Parameters of secure aggregation. Sites take them from the plan that they approved, never from a message.</summary>
/// <param name="Colluding">Sites that are assumed to collude with the server: c.</param>
/// <param name="Threshold">Shares without which nothing is opened, at least; larger sets need more: see <see cref="ThresholdOf"/>.</param>
/// <param name="MinimumContributors">Contributors without which nothing is opened.</param>
public sealed record SecAggPlan(int Colluding, int Threshold, int MinimumContributors)
{
    /// <summary>The plan's word for this protection.</summary>
    public const string Name = "secagg";

    /// <summary>Up to so many sites each shares its keys with all others. Above, a sparse graph is drawn for the job, by nonces of its sites.</summary>
    public const int CompleteMax = 100;

    /// <summary>Sites of a plan.</summary>
    public const int SitesMax = 1000;

    /// <summary>No fewer contributors hide one another, whatever the plan says.</summary>
    public const int ContributorsMin = 3;

    /// <summary>The fewest contributors that hide a site where <paramref name="colluding"/> others tell the server everything: itself and two that do not, though never fewer than <see cref="ContributorsMin"/>.</summary>
    public static int MinimumFor(int colluding) => Math.Max(ContributorsMin, colluding + 2);

    /// <summary>
    /// How many of <paramref name="invited"/> sites must answer before a sum is opened: the smallest t with 2t &gt; n + c, so that of two different lists only one can find as many answers, since
    /// only the c sites that collude answer twice. n is whom the plan invites to the attempt, and no list of a server's.
    /// </summary>
    public int ThresholdOf(int invited) => Math.Max(Threshold, ((invited + Colluding) / 2) + 1);

    /// <summary>How many must be left in each step for a sum to be opened.</summary>
    /// <param name="invited">Whom the plan invites to the attempt.</param>
    /// <param name="quorum">The plan's quorum of the sum.</param>
    public int Needed(int invited, int quorum) => Math.Max(quorum, Math.Max(MinimumContributors, ThresholdOf(invited)));
}
