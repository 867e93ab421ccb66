using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Traffic;
using Fed.Learning.Metrics;

namespace Fed.Host.Simulation;

/// <summary>Builds reports from the journal, so that a resumed job's report is an undisturbed one's.</summary>
internal static class Reports
{
    /// <summary>One committed round.</summary>
    public static RoundReport Round(CommittedRound round) => new()
    {
        Round = round.Committed.Round,
        ModelSha256 = round.Committed.ModelSha256 ?? "",
        Contributors = round.Contributors,
        Loss = round.Metric("loss"),
        Accuracy = round.Metric("accuracy"),
        Auc = round.Metric("auc"),
        TrainLoss = round.Metric("trainLoss"),
        Rmse = Root(round.Metric(MetricNames.MeanSquaredError)),
        Concordance = round.Metric(MetricNames.Concordance),
        Attempts = round.Attempts,
        BytesUp = round.BytesUp,
        Left = round.Left,
        Seconds = Math.Round((round.Committed.At - round.Planned).TotalSeconds, 6),
    };

    /// <summary>A model trained without the federation.</summary>
    /// <param name="metrics">Its figures by name; null where it has none.</param>
    /// <param name="site">The site; null for all rows in one place.</param>
    /// <param name="reason">Why figures are missing.</param>
    public static BaselineReport Baseline(ImmutableSortedDictionary<string, double>? metrics, string? site, string? reason)
    {
        double? metric(string name) => metrics is not null && metrics.TryGetValue(name, out double value) ? value : null;
        return new BaselineReport
        {
            Site = site,
            Accuracy = metric(MetricNames.Accuracy),
            Auc = metric(MetricNames.Auc),
            Loss = metric(MetricNames.Loss),
            TrainLoss = metric(MetricNames.TrainLoss),
            Rmse = Root(metric(MetricNames.MeanSquaredError)),
            Concordance = metric(MetricNames.Concordance),
            Reason = reason,
        };
    }

    /// <summary>Where this process runs.</summary>
    /// <param name="workers">Threads that train.</param>
    public static EnvironmentReport Here(int workers) => new(Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, SimdClass, Environment.ProcessorCount, workers);

    /// <summary>The whole job.</summary>
    /// <param name="job">Its history, ended.</param>
    /// <param name="collections">The aggregator's events.</param>
    /// <param name="sites">What the sites hold.</param>
    /// <param name="baselines">What the same data give without a federation.</param>
    /// <param name="algorithm">Name of the algorithm.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="traffic">Bytes that were counted.</param>
    /// <param name="site">What happened at the sites: trainings and clipped entries.</param>
    /// <param name="run">What this process knows beyond the journal.</param>
    /// <param name="bytesDown">Bytes of models that sites were invited to fetch.</param>
    public static RunReport Run(
        JobHistory job, ImmutableArray<AggregationEvent> collections, ImmutableArray<SiteReport> sites, BaselinesReport baselines, string algorithm, string model,
        ImmutableArray<TrafficCount> traffic, (long Trainings, long Clipped, long Events) site, (double Seconds, long Refused, int Workers, int Resumes, DateTimeOffset Now) run, long bytesDown)
    {
        JobEvent.JobPlanned planned = job.State.Planned!;
        ImmutableArray<RoundReport> rounds = [.. job.Rounds.Where(static r => r.Committed.Round > 0).Select(Round)];
        CommittedRound last = job.Rounds[^1];
        return new RunReport
        {
            JobId = job.Id.Value,
            Name = job.Plan.Name,
            PlanHash = planned.Hash.ToString(),
            Algorithm = algorithm,
            Model = model,
            Started = planned.At,
            Finished = run.Now,
            ElapsedSeconds = Math.Round(run.Seconds, 3),
            Sites = sites,
            Rounds = rounds,
            Final = new FinalReport
            {
                Accuracy = last.Metric("accuracy"),
                Auc = last.Metric("auc"),
                Loss = last.Metric("loss"),
                Rmse = Root(last.Metric(MetricNames.MeanSquaredError)),
                Concordance = last.Metric(MetricNames.Concordance),
                ModelSha256 = job.State.ModelSha256 ?? "",
                Rounds = rounds.Length,
                StoppedBy = job.JobEvents.OfType<JobEvent.JobCompleted>().Single().Reason,
            },
            Baselines = baselines,
            Protection = Protection(job.Plan),
            Traffic = Traffic(traffic, sites.Length),
            Environment = Here(run.Workers),
            Counts = new CountsReport(
                rounds.Length,
                job.FailedAttempts,
                site.Trainings,
                collections.OfType<AggregationEvent.UpdateAccepted>().LongCount(),
                run.Refused,
                site.Clipped,
                job.EventCount + site.Events,
                collections.OfType<AggregationEvent.UpdateAccepted>().Sum(static e => e.Manifest.Length),
                bytesDown,
                run.Resumes),
        };
    }

    private static ProtectionReport? Protection(JobPlan plan) => plan switch
    {
        { SecAgg: { } masks } => new ProtectionReport(plan.Protection, masks.Colluding, masks.MinimumContributors, null),
        { Ckks: { } key } => new ProtectionReport(plan.Protection, key.Colluding, key.MinimumContributors, Kebab.From(key.Verification.ToString())),
        _ => null,
    };

    private static TrafficReport? Traffic(ImmutableArray<TrafficCount> counts, int sites) => counts.IsEmpty || sites == 0 ? null
        : new TrafficReport(counts.Sum(static count => count.Up) / sites, counts.Sum(static count => count.Down) / sites, PhaseTraffic.Of(counts));

    private static double? Root(double? squared) => squared is { } value ? Math.Sqrt(value) : null;

    /// <summary>Version of the program.</summary>
    public static string Version { get; } = typeof(Reports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Widest vector instructions in use: models are bit-identical within one class.</summary>
    public static string SimdClass { get; } =
        Vector512.IsHardwareAccelerated ? "avx512" : Vector256.IsHardwareAccelerated ? "avx2" : Vector128.IsHardwareAccelerated ? "v128" : "scalar";
}
