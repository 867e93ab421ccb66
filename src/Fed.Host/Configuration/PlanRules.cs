using System.Globalization;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>What cannot hold together in settings. Algorithms are told here, since to the protocol a program is opaque; the rest are the rules of plans, which each site checks again.</summary>
internal static class PlanRules
{
    /// <summary>Why an algorithm cannot run under a protection, and what would; null when it can.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="protection">The protection's name in plans.</param>
    public static string? ProtectionRefusal(AlgorithmChoice algorithm, string protection) => (algorithm, protection) switch
    {
        (_, ProtectionRules.Plain) => null,
        (AlgorithmChoice.Cyclic, _) =>
            $"job.protection = {protection} cannot hold with job.algorithm = cyclic: a round's sum is one site's vector, which no protection of sums hides; use fedavg, or protection = plain in a simulation",
        (AlgorithmChoice.Pooled or AlgorithmChoice.LocalOnly, _) =>
            $"job.protection = {protection} has nothing to protect with job.algorithm = {Kebab.From(algorithm.ToString())}: no federation happens; use protection = plain, in a simulation",
        _ => null,
    };

    /// <summary>Why settings cannot hold for a number of sites, as far as that can be known before the size of the model is; null where they may.</summary>
    public static PlanRefusal? Refusal(JobOptions job, int sites) => ProtectionRules.Examine(Sketch(job, sites));

    /// <summary>Why settings cannot hold whatever the number of sites is; null where there may be one for which they do.</summary>
    public static PlanRefusal? Refusal(JobOptions job) => Refusal(job, CkksPlan.SitesMax) switch
    {
        { Rule: "minimum" or "threshold" or "verification" } refusal => refusal with { Changes = [.. refusal.Changes.Where(static change => change.StartsWith("job.protection.", StringComparison.Ordinal))] },
        { Rule: "aggregators" } refusal when job.Protection.Ckks is not null => refusal with { Changes = [.. refusal.Changes.Where(static change => change.StartsWith("job.aggregators", StringComparison.Ordinal))] },
        _ => null,
    };

    /// <summary>The plan that settings will come to, with a sum of each kind and sites without names.</summary>
    private static JobPlan Sketch(JobOptions job, int sites)
    {
        Segment entry = new("entry", [1], SegmentKind.Statistic, 2, 0, GridRounding.Nearest, Weighted: false);
        return new JobPlan
        {
            Job = new JobId("sketch"),
            Name = job.Name,
            Program = "",
            Ring = job.Grid.Stated.Ring,
            Protection = job.Protection.Name,
            StartSums = [new SumPlan("start-up", [entry], Everyone: true)],
            RoundSums = [new SumPlan("training", [entry], Everyone: false), new SumPlan("evaluation", [entry], Everyone: true)],
            Roster = [.. Enumerable.Range(0, sites).Select(static i => i.ToString("d9", CultureInfo.InvariantCulture)).Select(static name => new RosterEntry(new SiloId(name), KeyOf(name)))],
            Rounds = job.Rounds,
            Participation = job.Participation,
            MaxAttempts = job.MaxAttempts,
            Timings = job.Timing.Plan,
            Seed = unchecked((ulong)job.Seed),
            RetainContributions = job.Protection.Retained(job.RetainContributions),
            SecAgg = job.Protection.SecAgg,
            Ckks = job.Protection.Ckks,
            Aggregators = job.Aggregators,
        };
    }

    /// <summary>Stands for the key of a site that has none yet.</summary>
    internal static Digest KeyOf(string site) => Digest.Of(Encoding.UTF8.GetBytes(site));
}
