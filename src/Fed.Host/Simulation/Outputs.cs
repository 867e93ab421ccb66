using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Export;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Fed.Host.Traffic;
using Fed.Learning.Baselines;
using Fed.Learning.Files;

namespace Fed.Host.Simulation;

/// <summary>Writes what a finished job leaves for people: report.json, report.html and model.safetensors, each whole or not at all, report.json last.</summary>
internal sealed class Outputs(DataDirectory data, FederationHost host, SimulatedFederation federation, FedConfig config, long refused, RunLog log, IRunObserver view, CancellationToken cancel)
{
    private const string ReportFile = "report.json";

    /// <summary>True when a job's outputs are complete.</summary>
    public static bool Exist(DataDirectory data, JobId job) => File.Exists(Path.Combine(data.Job(job.Value), ReportFile));

    /// <summary>The report of a job whose outputs are complete.</summary>
    public static RunReport Read(DataDirectory data, JobId job) => ReportJson.Read(File.ReadAllText(Path.Combine(data.Job(job.Value), ReportFile)));

    /// <summary>The model's name in plans and reports.</summary>
    public static string ModelName(SimulatedFederation federation) => federation.Learning.ModelName;

    /// <summary>Writes all outputs.</summary>
    public RunReport Write(JobId id)
    {
        JobHistory job = JobHistory.Read(host.Journal, id) ?? throw new InvalidOperationException($"job {id} is not in the journal");
        string directory = data.Job(id.Value);
        Directory.CreateDirectory(directory);
        RunReport report = Reports.Run(
            job,
            job.AllCollections(host.Journal),
            federation.SiteReports(),
            Baselines(job.Rounds.Count(static round => round.Committed.Round > 0)),
            federation.Learning.Algorithm.Algorithm,
            ModelName(federation),
            new TrafficLog(directory).Read(),
            SiteFigures(job),
            (log.Seconds, refused, config.Simulation.Workers, log.Resumes, DateTimeOffset.UtcNow),
            BytesDown(job)) with
        { Notice = federation.Notice };
        ExportedModel model = ModelExport.ModelOf(job, host.Blobs, federation.Labels);
        AtomicFile.Write(Path.Combine(directory, PublishedModel.FileName), stream => ModelFile.Write(model, ModelFormat.Safetensors, stream));
        HeadsFile.Write(directory, host.SignHeads(id));
        AtomicFile.WriteText(Path.Combine(directory, "report.html"), HtmlReport.Render(report));
        AtomicFile.WriteText(Path.Combine(directory, ReportFile), ReportJson.Write(report));
        return report;
    }

    private BaselinesReport Baselines(int rounds)
    {
        if (!config.Simulation.HasBaselines || config.Job.External is not null) return BaselinesReport.None;
        BaselineReport[] alone = new BaselineReport[federation.Sites.Length];
        BaselineReport? pooled = null;
        int done = 0;
        view.Observe(new RunProgress.BaselinesChanged(0, alone.Length + 1));
        Parallel.For(0, alone.Length + 1, new ParallelOptions { MaxDegreeOfParallelism = config.Simulation.Workers, CancellationToken = cancel }, i =>
        {
            if (i == 0) pooled = Of(Baseline.Pooled(federation.Learning, federation.Sites, rounds, cancel), null);   // the longest first
            else alone[i - 1] = Of(Baseline.Alone(federation.Learning, federation.Sites[i - 1], federation.Sites, rounds, cancel), federation.Sites[i - 1].Site);
            view.Observe(new RunProgress.BaselinesChanged(Interlocked.Increment(ref done), alone.Length + 1));
        });
        return new BaselinesReport(pooled!, [.. alone]);
    }

    private static BaselineReport Of(Baseline baseline, string? site) => Reports.Baseline(baseline.Metrics, site, baseline.Reason);

    private (long Trainings, long Clipped, long Events) SiteFigures(JobHistory job)
    {
        long trainings = 0, clipped = 0, events = 0;
        foreach (SiloId silo in job.Plan.Silos)
        {
            using IDisposable? reader = NodeReader.Open(data.Site(silo.Value), out IJournalReader journal);
            foreach (SiloEvent happened in JobHistory.EventsOf(journal, FederationNodes.SiloLog(job.Id, silo), ProtocolSerializers.Silo))
            {
                events++;
                if (happened is not SiloEvent.ContributionStored stored) continue;
                if (stored.Collection.Sum == "training") trainings++;
                clipped += stored.Contribution.Clipped;
            }
        }

        return (trainings, clipped, events);
    }

    private long BytesDown(JobHistory job)
    {
        long bytes = 0;
        int invited = 0;
        foreach ((RoundEvent happened, _) in job.RoundEvents)
        {
            if (happened is RoundEvent.AttemptStarted started) invited = started.Invited.Count;
            else if (happened is RoundEvent.CollectionRequested requested) bytes += invited * Math.Max(0, host.Blobs.Length(requested.Broadcast));
        }

        return bytes;
    }
}
