using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Cluster;

namespace Fed.Host.Policy;

/// <summary>A site's policy that tells the site's list of jobs what it said: a job has a place for as long as its proposal is repeated and may still come to something.</summary>
/// <param name="policy">The policy.</param>
/// <param name="jobs">The list.</param>
internal sealed class PlacedPolicy(ISitePolicy policy, SiteJobs jobs) : ISitePolicy
{
    /// <inheritdoc/>
    public PolicyNote Judge(JobPlan plan, Digest hash)
    {
        PolicyNote note = policy.Judge(plan, hash);
        jobs.Judged(plan.Job, note.Decision);
        return note;
    }
}
