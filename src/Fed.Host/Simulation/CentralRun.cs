using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Export;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Fed.Learning.Baselines;
using Fed.Learning.Data;

namespace Fed.Host.Simulation;

/// <summary>
/// A run without a federation: all rows in one place, or each site by itself. It has progress and reports like a job, but no journal, since nothing is agreed between anybody; every output says so.
/// Its files lie in <c>DATA/baselines/&lt;name&gt;-&lt;kind&gt;-&lt;n&gt;/</c>.
/// </summary>
internal sealed class CentralRun(FedConfig config, SimulatedFederation federation, DataDirectory data, IRunObserver view, CancellationToken cancel)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly ImmutableArray<Matrix> _test = Baseline.SharedTest(federation.Sites);

    private bool IsPooled => config.Job.Kind == RunKind.Pooled;

    /// <summary>Trains, and writes report.json and report.html.</summary>
    /// <returns>The report, and the folder in which it lies.</returns>
    /// <exception cref="UserException">Training diverged in the one place, or at every site.</exception>
    public (RunReport Report, string Directory) Run()
    {
        string id = NextId(), directory = Path.Combine(data.Root, "baselines", id);
        view.Observe(new RunProgress.RunStarted(
            id, config.Job.Name, config.Job.AlgorithmName, federation.Learning.ModelName, [.. federation.Sites.Select(static site => new SiteSamples(site.Site, site.Train.Rows))], config.Job.Rounds));
        view.Observe(new RunProgress.Warning(Notice()));
        (ImmutableArray<RoundReport> rounds, FinalReport final, BaselinesReport models) = IsPooled ? Pooled() : Alone();
        RunReport report = new()
        {
            JobId = id,
            Name = config.Job.Name,
            PlanHash = Digest.Of(Encoding.UTF8.GetBytes($"{config.Job.AlgorithmName}\n{Encoding.UTF8.GetString(federation.Learning.ToJson())}\n{config.Job.Rounds}\n{config.Job.Seed}")).ToString(),
            Algorithm = config.Job.AlgorithmName,
            Model = federation.Learning.ModelName,
            Started = _started,
            Finished = DateTimeOffset.UtcNow,
            ElapsedSeconds = Math.Round(_clock.Elapsed.TotalSeconds, 3),
            Sites = federation.SiteReports(),
            Rounds = rounds,
            Final = final,
            Baselines = models,
            Environment = Reports.Here(config.Simulation.Workers),
            Counts = new CountsReport(rounds.Length, 0, IsPooled ? 1 : federation.Sites.Length, 0, 0, 0, 0, BytesMoved, 0, 0),
            WithoutFederation = config.Job.AlgorithmName,
            Notice = Notice(),
        };
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "report.html"), HtmlReport.Render(report));
        AtomicFile.WriteText(Path.Combine(directory, "report.json"), ReportJson.Write(report));
        return (report, directory);
    }

    /// <summary>What the rows take that left their sites, as float64; none where each stays by itself.</summary>
    private long BytesMoved => IsPooled ? federation.Sites.Sum(static site => 8L * (site.Train.Values.Length + site.Train.Targets.Length + site.Test.Values.Length + site.Test.Targets.Length)) : 0;

    private string Notice()
    {
        long rows = federation.Sites.Sum(static site => (long)site.Train.Rows + site.Test.Rows);
        return IsPooled
            ? $"no federation: all {Figures.Count(rows)} rows ({Figures.Bytes(BytesMoved)}) of {Figures.Plural(federation.Sites.Length, "site")} were brought to one place, which is for simulations only"
            : $"no federation: each of {Figures.Plural(federation.Sites.Length, "site")} trained by itself; the test rows of all were brought together to judge them, which is for simulations only";
    }

    private (ImmutableArray<RoundReport> Rounds, FinalReport Final, BaselinesReport Models) Pooled()
    {
        ImmutableArray<RoundReport>.Builder rounds = ImmutableArray.CreateBuilder<RoundReport>();
        double before = _clock.Elapsed.TotalSeconds;
        CentralResult result = Train("pooled", Baseline.AllTraining(federation.Sites), watch: null, round =>
        {
            double now = _clock.Elapsed.TotalSeconds;
            RoundReport report = Round(round.Round, round.ModelSha256, Reports.Baseline(round.Metrics, null, null), now - before);
            before = now;
            rounds.Add(report);
            view.Observe(new RunProgress.RoundCommitted(report));
        });
        if (result.Parameters is null) throw new UserException($"all rows in one place cannot be trained on: {result.Reason}; choose a smaller job.pooled.learning-rate, or check the data");
        ImmutableArray<RoundReport> kept = [.. rounds.Take(result.Rounds.Length - 1), rounds[^1] with { Round = result.Rounds.Length }];   // early stopping puts its best in the place of the last
        BaselineReport model = Reports.Baseline(result.Rounds[^1].Metrics, null, null);
        return (kept, Final(model, result.Rounds[^1].ModelSha256, kept.Length, result.Reason is null ? "rounds" : "early-stopping"), new BaselinesReport(model, []));
    }

    private (ImmutableArray<RoundReport> Rounds, FinalReport Final, BaselinesReport Models) Alone()
    {
        CentralResult[] results = new CentralResult[federation.Sites.Length];
        TrainingPace pace = new(TimeProvider.System);
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = config.Simulation.Workers, CancellationToken = cancel }, i =>
        {
            SiteData site = federation.Sites[i];
            view.Observe(new RunProgress.SiteChanged(site.Site, SiteState.Training));
            results[i] = Train(
                site.Site,
                site.Train,
                progress =>
                {
                    if (pace.Next(site.Site, progress) is not { } rate) return;
                    view.Observe(new RunProgress.SiteChanged(site.Site, SiteState.Training, (int)(100L * progress.Step / progress.Steps)));
                    view.Observe(new RunProgress.SiteTrained(site.Site, progress.Epoch, progress.Batch, progress.Loss, rate));
                },
                each: null);
            view.Observe(new RunProgress.SiteChanged(site.Site, SiteState.Accepted, 100));
            view.Observe(new RunProgress.SiteDone(Model(results[i], site.Site)));
        });
        ImmutableArray<BaselineReport> alone = [.. results.Select((result, i) => Model(result, federation.Sites[i].Site))];
        if (results.All(static result => result.Parameters is null)) throw new UserException($"no site can train by itself; the first says: {results[0].Reason}; choose a smaller job.local-only.learning-rate, or check the data");
        int rounds = results.Max(static result => result.Rounds.Length);
        ImmutableArray<RoundReport> means = [.. Enumerable.Range(1, rounds).Select(round => MeanRound(results, round))];
        return (means, Final(Comparison.Mean(alone), means[^1].ModelSha256, rounds, "rounds"), new BaselinesReport(new BaselineReport { Reason = "not computed" }, alone));
    }

    private CentralResult Train(string name, Matrix train, Action<Fed.Learning.Training.LocalProgress>? watch, Action<CentralRound>? each) =>
        CentralTraining.Run(name, federation.Learning, train, _test, config.Job.Rounds, unchecked((ulong)config.Job.Seed), each, watch, cancel);

    private static BaselineReport Model(CentralResult result, string site) => Reports.Baseline(result.Parameters is null ? null : result.Rounds[^1].Metrics, site, result.Reason);

    /// <summary>The mean over the sites after as many rounds; a site that ended earlier counts with its last.</summary>
    private static RoundReport MeanRound(CentralResult[] results, int round)
    {
        CentralRound[] models = [.. results.Where(static result => result.Parameters is not null).Select(result => result.Rounds[Math.Min(round, result.Rounds.Length) - 1])];
        string together = Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', models.Select(static model => model.ModelSha256)))).ToString();   // of the sites' hashes, since there is no one model
        return Round(round, together, Comparison.Mean([.. models.Select(static model => Reports.Baseline(model.Metrics, null, null))]), seconds: 0);
    }

    private static RoundReport Round(int round, string sha256, BaselineReport model, double seconds) => new()
    {
        Round = round,
        ModelSha256 = sha256,
        Contributors = [],
        Loss = model.Loss,
        Accuracy = model.Accuracy,
        Auc = model.Auc,
        TrainLoss = model.TrainLoss,
        Rmse = model.Rmse,
        Concordance = model.Concordance,
        Seconds = Math.Round(seconds, 6),
    };

    private static FinalReport Final(BaselineReport model, string sha256, int rounds, string stoppedBy) =>
        new() { Accuracy = model.Accuracy, Auc = model.Auc, Loss = model.Loss, Rmse = model.Rmse, Concordance = model.Concordance, ModelSha256 = sha256, Rounds = rounds, StoppedBy = stoppedBy };

    private string NextId()
    {
        string stem = $"{FederatedRun.Word(config.Job.Name)}-{config.Job.AlgorithmName}";
        for (int n = 1; ; n++)
            if (!Directory.Exists(Path.Combine(data.Root, "baselines", $"{stem}-{n}")))
                return $"{stem}-{n}";
    }
}
