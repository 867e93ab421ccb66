namespace Fed.Host.Configuration;

/// <summary>Parts of a plan that cannot hold together, each with the reason and the nearest plan that would hold.</summary>
internal static class PlanRules
{
    /// <summary>Why an algorithm cannot run under a protection; null when it can.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="protection">The protection's name in plans.</param>
    public static string? ProtectionRefusal(AlgorithmChoice algorithm, string protection) => (algorithm, protection) switch
    {
        (_, Actors.Protocol.Job.ProtectionRules.Plain) => null,
        (AlgorithmChoice.Cyclic, _) =>
            $"job.protection = {protection} cannot hold with job.algorithm = cyclic: a round's sum is one site's vector, which no protection of sums hides; use fedavg, or protection = plain in a simulation",
        (AlgorithmChoice.Pooled or AlgorithmChoice.LocalOnly, _) =>
            $"job.protection = {protection} has nothing to protect with job.algorithm = {Kebab.From(algorithm.ToString())}: no federation happens; use protection = plain, in a simulation",
        _ => null,
    };
}
