using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Learning.Data;

namespace Fed.Host.Cluster;

/// <summary>A site's policy, asked of plans that the site's rows fit: one that they do not is refused before the first round, with what the columns lack.</summary>
internal sealed class FittingPolicy(SiteData rows, ISitePolicy policy) : ISitePolicy
{
    private const string Rule = "columns";

    /// <inheritdoc/>
    public PolicyNote Judge(JobPlan plan, Digest hash) => PlannedComputation.Objection(plan, rows) is { } objection ? new PolicyNote(PolicyDecision.Refused, Rule, objection) : policy.Judge(plan, hash);
}
