using System.Globalization;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Learning.Program;

namespace Fed.Host.Policy;

/// <summary>What a policy says of a plan, from the plan and the site's present state alone.</summary>
internal static class PolicyJudge
{
    /// <summary>The rule by which a person decides.</summary>
    public const string ApprovalRule = "approval";

    /// <summary>Judges a plan; what waits for a person is said to wait, and who has decided is for the caller.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="site">How the site stands.</param>
    public static PolicyNote Judge(PolicyOptions policy, JobPlan plan, Digest hash, SiteStanding site)
    {
        bool isListed = policy.Plans.Contains(hash);
        if (!isListed && policy.Allow == PolicyAllowance.Listed)
            return Refused("plans", $"the plan {hash} is not listed");
        if (!isListed && Broken(policy.Rules, plan, site) is { } broken) return broken;
        if (TooMuch(policy.Egress, plan) is { } tooMuch) return tooMuch;
        if (NoRoom(policy.Disk, site) is { } noRoom) return noRoom;
        if (site.JobsRunning >= policy.Jobs.AtOnce) return new PolicyNote(PolicyDecision.Waiting, "jobs.at-once", $"{Count(site.JobsRunning, "job")} running, and {policy.Jobs.AtOnce} may at once");
        if (isListed) return new PolicyNote(PolicyDecision.Allowed, "plans", "the plan is listed");
        return policy.Approval == ApprovalMode.Person
            ? new PolicyNote(PolicyDecision.Waiting, ApprovalRule, "a person decides")
            : new PolicyNote(PolicyDecision.Allowed, "rules", "all rules hold");
    }

    private static PolicyNote? Broken(PolicyRules rules, JobPlan plan, SiteStanding site)
    {
        if (!rules.Algorithms.IsEmpty || !rules.Models.IsEmpty)
        {
            if (LearningOf(plan) is not { } learning) return Refused("rules.algorithms", "the plan's program is none that this site can read");
            if (!rules.Algorithms.IsEmpty && !rules.Algorithms.Contains(learning.Algorithm.Algorithm, StringComparer.Ordinal))
                return Refused("rules.algorithms", $"the algorithm is '{learning.Algorithm.Algorithm}', and {string.Join(", ", rules.Algorithms)} pass");
            if (!rules.Models.IsEmpty && !rules.Models.Contains(learning.ModelName, StringComparer.Ordinal))
                return Refused("rules.models", $"the model is '{learning.ModelName}', and {string.Join(", ", rules.Models)} pass");
        }

        (ProtectionFloor protection, int colluding, int minimum) = plan switch
        {
            { Ckks: { } ckks } => (ProtectionFloor.Ckks, ckks.Colluding, ckks.MinimumContributors),
            { SecAgg: { } secAgg } => (ProtectionFloor.Secagg, secAgg.Colluding, secAgg.MinimumContributors),
            _ => (ProtectionFloor.Plain, 0, 1),
        };
        if (protection < rules.ProtectionMin) return Refused("rules.protection-min", $"the protection is '{plan.Protection}', and at least '{rules.ProtectionMin.ToString().ToLowerInvariant()}' is wanted");
        if (colluding < rules.ColludingMin) return Refused("rules.colluding-min", $"c is {colluding}, and at least {rules.ColludingMin} is wanted");
        if (plan.Contributors is not null && !rules.ContributorsStated) return Refused("rules.contributors-stated", "the plan says itself who contributes to which round");
        int contributors = plan.StartSums.Concat(plan.RoundSums).Select(sum => plan.Participation.Quorum(plan.Participation.Target(plan.Roster.Length, sum.Everyone)))
            .Concat((plan.Contributors ?? []).Select(static stated => stated.Sites.Length)).Min(fewest => Math.Max(minimum, fewest));
        if (contributors < rules.ContributorsMin) return Refused("rules.contributors-min", $"a sum of {Count(contributors, "site")} may be opened, and at least {rules.ContributorsMin} are wanted");
        if (plan.Roster.Length < rules.SitesMin) return Refused("rules.sites-min", $"{Count(plan.Roster.Length, "site")} take part, and at least {rules.SitesMin} are wanted");
        if (rules.RowsMin is { } rows && !(site.Rows >= rows)) return Refused("rules.rows-min", "this site has too few rows");   // how many stays here: a refusal goes to the coordinator
        if (plan.Rounds > rules.RoundsMax) return Refused("rules.rounds-max", $"the plan has {Count(plan.Rounds, "round")}, and {rules.RoundsMax} pass at most");
        if (rules.EpsilonMax is not null) return Refused("rules.epsilon-max", "the plan states no differential privacy, and it is wanted");
        bool isTime = rules.Windows.IsEmpty || rules.Windows.Any(window => window.Contains(site.Now));
        return isTime ? null : Refused("rules.windows", $"it is {site.Now.UtcDateTime.ToString("ddd HH:mm", CultureInfo.InvariantCulture).ToLowerInvariant()} UTC, and jobs begin in {string.Join(", ", rules.Windows)}");
    }

    private static PolicyNote? TooMuch(EgressLimits egress, JobPlan plan)
    {
        long total = 0;
        foreach ((SumPlan sum, int times) in plan.StartSums.Select(static sum => (sum, 1)).Concat(plan.RoundSums.Select(sum => (sum, plan.Rounds))))
        {
            if (!egress.Sums.IsEmpty && !egress.Sums.Contains(sum.Name, StringComparer.Ordinal))
                return Refused("egress.sums", $"the plan sums '{sum.Name}', and {string.Join(", ", egress.Sums)} may leave");
            long values = sum.ToSchema().Length;
            if (values > egress.ValuesMax) return Refused("egress.values-max", $"a vector of '{sum.Name}' has {values} values, and {egress.ValuesMax} may leave at most");
            total += values * times;
        }

        return total > egress.TotalMax ? Refused("egress.total-max", $"{total} values would leave over all rounds, and {egress.TotalMax} may at most") : null;
    }

    private static PolicyNote? NoRoom(DiskLimits disk, SiteStanding site)
    {
        if (site.BytesUsed > disk.Quota) return Refused("disk.quota", "the site's data have reached their quota");
        return site.BytesFree < disk.FreeMin ? Refused("disk.free-min", "too little is free on the site's disk") : null;
    }

    /// <summary>The learning part of a plan; null where there is none that this version reads.</summary>
    public static LearningPlan? LearningOf(JobPlan plan)
    {
        try
        {
            return LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program)) is { Algorithm: not null } learning ? learning : null;   // whoever wrote it
        }
        catch (ProgramException)
        {
            return null;
        }
    }

    private static PolicyNote Refused(string rule, string reason) => new(PolicyDecision.Refused, rule, reason);

    private static string Count(long number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}

/// <summary>How a site stands when a plan is judged.</summary>
/// <param name="Now">The time.</param>
/// <param name="Rows">Training rows; null where they are not known.</param>
/// <param name="JobsRunning">Jobs that it has approved and that have not ended.</param>
/// <param name="BytesUsed">Of its data folder.</param>
/// <param name="BytesFree">On its disk.</param>
internal sealed record SiteStanding(DateTimeOffset Now, long? Rows, int JobsRunning, long BytesUsed, long BytesFree);
