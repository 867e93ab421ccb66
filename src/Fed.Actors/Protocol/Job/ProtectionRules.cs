namespace Fed.Actors.Protocol.Job;

/// <summary>Plans whose protection cannot hold are refused before anything begins, with the reason and the nearest plan that would hold.</summary>
public static class ProtectionRules
{
    /// <summary>The plan's word for no protection.</summary>
    public const string Plain = "plain";

    /// <summary>Why a plan is refused; null where it may begin.</summary>
    public static string? Refusal(JobPlan plan) => plan.Protection switch
    {
        Plain => plan.SecAgg is null ? null : "the plan has parameters of secure aggregation and wants protection 'plain'",
        SecAggPlan.Name => plan.SecAgg is { } secAgg ? Refusal(plan, secAgg) : "the plan wants protection 'secagg' and states no parameters for it",
        CkksPlan.Name => plan.Ckks is { } ckks ? Refusal(plan, ckks) : "the plan wants protection 'ckks' and states no parameters for it",
        _ => $"the plan wants protection '{plan.Protection}', which this version does not know; it knows 'plain', 'secagg' and 'ckks'",
    };

    private static string? Refusal(JobPlan plan, CkksPlan ckks)
    {
        int sites = plan.Roster.Length, threshold = CkksPlan.ThresholdMin(ckks.Colluding), least = CkksPlan.ContributorsMinOf(ckks.Colluding);
        if (ckks.Colluding < 0) return "the number of colluding sites is at least 0";
        if (sites > CkksPlan.SitesMax) return $"protection 'ckks' takes at most {CkksPlan.SitesMax} sites, which hold the key, and there are {sites}; use 'secagg'";
        if (ckks.Threshold < threshold) return $"where {ckks.Colluding} sites may collude with the server at least {threshold} must open together, and the plan's threshold is {ckks.Threshold}";
        if (ckks.MinimumContributors < least) return $"at least {least} contributors hide a site where {ckks.Colluding} may collude with the server, and the plan's minimum is {ckks.MinimumContributors}";
        if (plan.RetainContributions != 0) return $"protection 'ckks' keeps no single contributions, and the plan retains those of {plan.RetainContributions} rounds; set that to 0";
        foreach (SumPlan sum in plan.StartSums.Concat(plan.RoundSums))
        {
            int wanted = plan.Participation.Target(sites, sum.Everyone), invited = plan.Participation.Select(plan.Silos, sum.Everyone, plan.Seed, 1, 1).Count;
            int needed = ckks.Needed(invited, 1);
            if (needed > wanted) return $"the sum '{sum.Name}' wants {wanted} sites of {invited} that it invites, and needs {needed}; lower the threshold, the minimum or the over-selection, or have more sites take part";
        }

        return null;
    }

    private static string? Refusal(JobPlan plan, SecAggPlan secAgg)
    {
        int sites = plan.Roster.Length, least = SecAggPlan.MinimumFor(secAgg.Colluding);
        if (sites < SecAggPlan.ContributorsMin) return $"protection 'secagg' hides a site among at least {SecAggPlan.ContributorsMin}, and there are {sites}; add sites, or use 'plain'";
        if (sites > SecAggPlan.SitesMax) return $"protection 'secagg' takes at most {SecAggPlan.SitesMax} sites, and there are {sites}";
        if (secAgg.Colluding < 0 || secAgg.Threshold < 0) return "the number of colluding sites and the threshold are at least 0";
        if (secAgg.MinimumContributors < least) return $"at least {least} contributors hide a site where {secAgg.Colluding} may collude with the server, and the plan's minimum is {secAgg.MinimumContributors}";
        if (plan.RetainContributions != 0) return $"protection 'secagg' keeps no single contributions, and the plan retains those of {plan.RetainContributions} rounds; set that to 0";
        foreach (SumPlan sum in plan.StartSums.Concat(plan.RoundSums))
        {
            int wanted = plan.Participation.Target(sites, sum.Everyone), invited = plan.Participation.Select(plan.Silos, sum.Everyone, plan.Seed, 1, 1).Count;
            int needed = Math.Max(secAgg.MinimumContributors, secAgg.ThresholdOf(invited)), colludingMax = (2 * wanted) - invited - 1;
            if (needed <= wanted) continue;
            return secAgg.Threshold <= wanted && secAgg.MinimumContributors <= wanted && colludingMax >= 0
                ? $"the sum '{sum.Name}' wants {wanted} sites of {invited} that it invites, and {needed} would have to answer where {secAgg.Colluding} may collude; with at most {colludingMax} colluding it holds"
                : $"the sum '{sum.Name}' wants {wanted} sites of {invited} that it invites, and needs {needed}; lower the threshold, the minimum or the over-selection, or have more sites take part";
        }

        return null;
    }
}
