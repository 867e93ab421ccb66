using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>
/// Drawing the sparse graph of a job, before its first round: sites commit to nonces, who has committed is fixed, and only then they show them. The list of commitments counts with so many that of two
/// lists only one can ever be shown for: an honest site shows its nonce for one.
/// </summary>
public static class GraphCeremony
{
    /// <summary>What answers in this ceremony are signed for.</summary>
    public static CollectionId Id { get; } = new(0, 0, "graph");

    /// <summary>How many of the roster must commit.</summary>
    public static int Needed(JobPlan plan) => plan.SecAgg!.ThresholdOf(plan.Roster.Length);
}
