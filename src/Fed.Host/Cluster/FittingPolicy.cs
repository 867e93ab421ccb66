using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Policy;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.External;

namespace Fed.Host.Cluster;

/// <summary>
/// A site's policy, asked of plans that the site can carry out: one that its rows or its trainers do not fit is refused before the first round, with what is lacking. That a trainer stands in the site's configuration, with these very
/// files, is the site's leave to start it.
/// </summary>
/// <param name="rows">The site's rows.</param>
/// <param name="trainers">Its trainers.</param>
/// <param name="policy">Its policy.</param>
internal sealed class FittingPolicy(SiteData rows, SiteTrainers trainers, ISitePolicy policy) : ISitePolicy
{
    private const string ColumnsRule = "columns", TrainerRule = "trainer";

    /// <inheritdoc/>
    public PolicyNote Judge(JobPlan plan, Digest hash)
    {
        if (PlannedComputation.Objection(plan, rows) is { } objection) return new PolicyNote(PolicyDecision.Refused, ColumnsRule, objection);
        ExternalModel? model = PolicyJudge.LearningOf(plan)?.External;
        if (model is not null && trainers.Lack(model) is { } lack) return new PolicyNote(PolicyDecision.Refused, TrainerRule, lack);
        PolicyNote note = policy.Judge(plan, hash);
        return model is not null && note.Decision == PolicyDecision.Allowed && trainers.Difference(model) is { } difference ? new PolicyNote(PolicyDecision.Refused, TrainerRule, difference) : note;   // hashed once, not at each proposal that waits
    }
}
