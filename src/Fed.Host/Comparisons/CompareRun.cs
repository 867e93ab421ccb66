using System.Collections.Immutable;
using Fed.Cluster.Stores;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;
using Fed.Host.Export;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Fed.Host.Simulation;

namespace Fed.Host.Comparisons;

/// <summary>
/// The body of <c>fed compare</c>: every run's settings are checked against the data before the first begins; then settings are chosen where the file asks for it; then each run is made with each
/// seed, one after the other, so that times and memory mean something. Called again after an interruption it goes on where it was.
/// </summary>
internal sealed class CompareRun
{
    private readonly FedConfig _config;
    private readonly CompareCommandOptions _options;
    private readonly CommandContext _context;
    private readonly Arena _arena;
    private readonly CompareProgress _progress;
    private readonly List<(string Run, string Protection, string Unprotected, ComparedSeed Result)> _made = [];

    private CompareRun(CompareCommandOptions options, CommandContext context, FedConfig config, Arena arena, CompareProgress progress) =>
        (_options, _context, _config, _arena, _progress) = (options, context, config, arena, progress);

    public static int Run(CompareCommandOptions options, CommandContext context)
    {
        FedConfig config = FedConfig.Load(options.File);
        CompareOptions compare = config.Compare;
        if (compare.Entries.IsEmpty) throw new UserException($"{options.File} lists no runs to compare; add compare {{ runs = [ {{ name = fedavg }}, ... ] }}, or run it alone: ./fed simulate {options.File}");
        DataDirectory data = new(context.Data ?? config.Node.DataDirectory ?? CommandContext.DefaultDataDirectory);
        CheckAll(options.File, config);

        using IDisposable hold = SimulationRun.Acquire(data);
        int total = compare.Entries.Sum(entry => compare.Seeds.Length + (entry.Tuned.IsEmpty ? 0 : entry.Combinations.Length));
        using CompareProgress progress = new(context, TerminalProfile.Detect(), TimeProvider.System, total);
        string folder = Path.Combine(data.Root, "compare");
        CompareRun run = new(options, context, config, new Arena(Path.Combine(folder, "runs"), context.Cancel), progress);
        ComparisonReport report = run.Make();
        string target = options.Out ?? Path.Combine(folder, FederatedRun.Word(Path.GetFileNameWithoutExtension(options.File)));
        Directory.CreateDirectory(target);
        AtomicFile.WriteText(Path.Combine(target, "compare.html"), ComparisonPage.Render(report));
        AtomicFile.WriteText(Path.Combine(target, "compare.json"), ComparisonJson.Write(report));
        progress.Finish(report, Path.GetRelativePath(Directory.GetCurrentDirectory(), target));
        if (report.Protections?.FirstOrDefault(static models => models.Equal == false) is { } wrong) throw new ModelsDifferException(wrong.Sentence);
        if (report.Failures == 0) return ExitCodes.Success;
        throw new UserException($"{report.Failures} of {compare.Entries.Length * compare.Seeds.Length} runs failed; the table says which, compare.json why");
    }

    /// <summary>Loads every run's settings and data once, so that the last run's mistake is told before the first run's hours.</summary>
    private static void CheckAll(string file, FedConfig config)
    {
        foreach (CompareEntry entry in config.Compare.Entries)
        {
            try
            {
                foreach (ImmutableArray<(string Path, HoconValue Value)> combination in entry.Combinations)
                    foreach (long seed in config.Compare.Seeds.Take(entry.Tuned.IsEmpty ? int.MaxValue : 1)) _ = Contender.Of(file, entry, combination, seed);
            }
            catch (UserException e) when (e is not HoconException)
            {
                throw new UserException($"run '{entry.Name}': {e.Message}", e);   // a HoconException names its place
            }
        }
    }

    private ComparisonReport Make()
    {
        CompareOptions compare = _config.Compare;
        ImmutableArray<ComparedRun> runs = [.. compare.Entries.Select(Make)];
        TuneOptions tune = compare.Tune;
        TuningReport? tuning = compare.Entries.All(static entry => entry.Tuned.IsEmpty) ? null : new TuningReport(tune.Budget, tune.Rounds, tune.Seed, tune.ValidationEvery);
        ImmutableArray<SameModel> same = SameModel.Among(_made);
        return new ComparisonReport(
            ComparisonReport.CurrentFormat, _options.File, _config.Job.Name, compare.Seeds, compare.TargetAccuracy, tuning, runs, Reports.Here(_config.Simulation.Workers))
        { Protections = same.IsEmpty ? null : same };
    }

    private ComparedRun Make(CompareEntry entry)
    {
        (ImmutableArray<TrialReport> trials, ImmutableArray<(string Path, HoconValue Value)> chosen) = Choose(entry);
        ImmutableArray<ComparedSeed>.Builder seeds = ImmutableArray.CreateBuilder<ComparedSeed>();
        Contender? first = null;
        string? notice = null;
        foreach (long seed in _config.Compare.Seeds)
        {
            Contender contender = Contender.Of(_options.File, entry, chosen, seed);
            first ??= contender;
            (RunOutcome outcome, bool wasKnown) = Outcome(contender);
            notice ??= outcome.Report?.Notice;
            seeds.Add(Seed(contender, outcome, wasKnown));
            if (contender.Config.Job.Kind == RunKind.Federated) _made.Add((entry.Name, contender.Config.Job.Protection.Name, contender.Unprotected, seeds[^1]));
        }

        ImmutableArray<ComparedSeed> made = seeds.ToImmutable();
        JobOptions job = first!.Config.Job;
        ImmutableSortedDictionary<string, string> settings = Flat(entry.Overrides, "").Concat(chosen.Select(static setting => KeyValuePair.Create(setting.Path, Shown(setting.Value))))
            .Aggregate(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), static (all, setting) => all.SetItem(setting.Key, setting.Value));
        string model = made.Select(static seed => seed.Final).Any() ? job.Network?.Name ?? Kebab.From(job.Model.ToString()) : "";
        return new ComparedRun(entry.Name, job.AlgorithmName, model, job.Protection.Name, settings, notice, made[0].ModelSha256, RunSummary.Of(made), made, trials);
    }

    /// <summary>Tries every combination and takes the best; the earliest of equals.</summary>
    private (ImmutableArray<TrialReport> Trials, ImmutableArray<(string Path, HoconValue Value)> Chosen) Choose(CompareEntry entry)
    {
        if (entry.Tuned.IsEmpty) return ([], []);
        (ImmutableArray<(string Path, HoconValue Value)> Settings, double? Score, string? Failure)[] tried = [.. entry.Combinations.Select(combination =>
        {
            FedConfig settings = Contender.Of(_options.File, entry, combination, _config.Compare.Tune.Seed).Config;
            RunOutcome outcome = Outcome(Contender.Trial(_options.File, entry, combination, _config.Compare.Tune, settings)).Outcome;
            return (combination, outcome.Report is { } report ? Score(report) : null, outcome.Failure);
        })];
        bool isHigherBetter = _config.Job.Data.Classes > 0;
        int best = Enumerable.Range(0, tried.Length).Where(i => tried[i].Score is not null).DefaultIfEmpty(-1).MaxBy(i => i < 0 ? 0 : tried[i].Score * (isHigherBetter ? 1 : -1));
        if (best < 0) throw new UserException($"run '{entry.Name}': every combination that was tried failed; the first says: {tried[0].Failure}");
        ImmutableArray<TrialReport> trials = [.. tried.Select((trial, i) => new TrialReport(
            trial.Settings.ToImmutableSortedDictionary(static setting => setting.Path, static setting => Shown(setting.Value), StringComparer.Ordinal), trial.Score, i == best, trial.Failure))];
        return (trials, tried[best].Settings);
    }

    /// <summary>Mean accuracy (else loss) over the last quarter of the rounds: one round's luck decides little.</summary>
    private static double? Score(RunReport report) =>
        Spread.Of(report.Rounds.TakeLast(Math.Max(1, report.Rounds.Length / 4)).Select(static round => round.Accuracy ?? round.Loss))?.Mean;

    private (RunOutcome Outcome, bool WasKnown) Outcome(Contender contender)
    {
        _context.Cancel.ThrowIfCancellationRequested();
        if (_arena.Known(contender) is { } known)
        {
            _progress.Known(contender, known);
            return (known, true);
        }

        using IRunObserver view = _progress.Begin(contender);
        RunOutcome outcome = _arena.Make(contender, view);
        _progress.Made(contender, outcome);
        return (outcome, false);
    }

    private ComparedSeed Seed(Contender contender, RunOutcome outcome, bool wasKnown)
    {
        RunReport? report = outcome.Report;
        int? reached = report is null || _config.Compare.TargetAccuracy is not { } target ? null : report.Rounds.FirstOrDefault(round => round.Accuracy >= target)?.Round;
        return new ComparedSeed(
            contender.Seed, report?.Final.ModelSha256, reached, outcome.Failure, outcome.Seconds, outcome.CpuSeconds, outcome.PeakMemoryBytes, report?.Counts.BytesUp ?? 0, report?.Counts.BytesDown ?? 0,
            Path.GetRelativePath(Directory.GetCurrentDirectory(), _arena.FolderOf(contender)), wasKnown, report?.Final, report?.Rounds ?? [], report is { WithoutFederation: "local-only" } ? report.Baselines.Alone : []) { Traffic = report?.Traffic };
    }

    private static IEnumerable<KeyValuePair<string, string>> Flat(HoconObject node, string path) => node.Members.SelectMany(member =>
        member.Value is HoconObject below ? Flat(below, $"{path}{member.Key}.") : [KeyValuePair.Create($"{path}{member.Key}", Shown(member.Value))]);

    private static string Shown(HoconValue value) => value switch
    {
        HoconScalar scalar => scalar.Text,
        HoconArray list => $"[{string.Join(", ", list.Items.Select(Shown))}]",
        _ => value.Shown,
    };
}
