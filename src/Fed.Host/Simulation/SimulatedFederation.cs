using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Presentation;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Vectors;
using Alg = Fed.Learning.Algorithms;
using Prog = Fed.Learning.Program;
using Rows = Fed.Learning.Data;

namespace Fed.Host.Simulation;

/// <summary>What a configuration file comes to once its data are read: the sites' rows, and the learning program that all of them will approve.</summary>
internal sealed class SimulatedFederation
{
    private readonly FedConfig _config;
    private readonly ImmutableArray<string> _labels;

    private SimulatedFederation(FedConfig config, ImmutableArray<SiteData> sites, ImmutableArray<string> dropped, ImmutableArray<string> labels, LearningPlan plan)
    {
        _config = config;
        _labels = labels;
        Sites = sites;
        Dropped = dropped;
        Learning = plan;
        Program = new FederatedProgram(plan);
    }

    /// <summary>The sites with their rows, in ordinal order of their names.</summary>
    public ImmutableArray<SiteData> Sites { get; }

    /// <summary>Sites without training rows, left out.</summary>
    public ImmutableArray<string> Dropped { get; }

    /// <summary>The learning part of the plan.</summary>
    public LearningPlan Learning { get; }

    /// <summary>Its program.</summary>
    public FederatedProgram Program { get; }

    /// <summary>Class labels in the order of the model's classes; empty for regression.</summary>
    public ImmutableArray<string> Labels => _labels;

    /// <summary>Reads the data that a configuration names and checks that everything fits together. Writes nothing.</summary>
    /// <exception cref="UserException">A file is missing, a cell is wrong, a site has no rows, the sums do not fit the ring.</exception>
    public static SimulatedFederation Load(FedConfig config)
    {
        try
        {
            return Read(config);
        }
        catch (DataException e)
        {
            throw new UserException(e.Message, e);
        }
    }

    /// <summary>The plan of a job over these sites.</summary>
    public JobPlan ToPlan(JobId job, ImmutableArray<RosterEntry> roster)
    {
        JobOptions options = _config.Job;
        return new JobPlan
        {
            Job = job,
            Name = options.Name,
            Program = Encoding.UTF8.GetString(Learning.ToJson()),
            Ring = options.Grid.Ring,
            Protection = "plain",
            StartSums = [.. Program.StartSums.Select(static sum => Sum(sum, everyone: true))],
            RoundSums = [.. Program.RoundSums.Select(static sum => Sum(sum, everyone: sum.Name != "training"))],
            Roster = roster,
            Rounds = options.Rounds,
            Participation = new ParticipationRule(
                options.Selection.FractionPpm, options.Selection.OverSelectionPpm, options.Quorum.Count ?? 0, options.Quorum.Ppm),
            MaxAttempts = options.MaxAttempts,
            Timings = new PlanTimings(options.Timing.RoundDeadline, options.Timing.OpeningDeadline, options.Timing.RetryBackoff, options.Timing.PlanDeadline),
            Seed = unchecked((ulong)options.Seed),
            RetainContributions = options.RetainContributions.LastRounds ?? int.MaxValue,
        };
    }

    /// <summary>What the report says of the sites.</summary>
    public ImmutableArray<SiteReport> SiteReports() =>
    [
        .. Sites.Select(site => new SiteReport(
            site.Site,
            site.Train.Rows,
            site.Test.Rows,
            _labels.Select((label, index) => KeyValuePair.Create(label, site.Train.Targets.LongCount(y => (int)y == index))).ToImmutableSortedDictionary(StringComparer.Ordinal),
            site.Warnings(Learning.Classes))),
    ];

    private static SimulatedFederation Read(FedConfig config)
    {
        JobOptions job = config.Job;
        SimulationOptions simulation = config.Simulation;
        DataSchema schema = SchemaOf(job, simulation);
        DataTable table = TableReader.Read(simulation.DataFile, schema);
        ColumnOptions? target = job.Data.Columns.FirstOrDefault(column => column.Name == job.Data.Target);
        int classes = schema.Classes > 0 || job.Model == ModelChoice.Linear ? schema.Classes : ClassesIn(table, target);
        ImmutableArray<string> labels = target is { Type: ColumnType.Category } ? target.Categories : [.. Enumerable.Range(0, classes).Select(static c => $"{c}")];

        ImmutableArray<SiteData> all = Partitioner.Divide(table, PartitionOf(simulation.Partition), classes, simulation.SiteNames);
        ImmutableArray<SiteData> sites = [.. all.Where(static site => site.Train.Rows > 0)];
        ImmutableArray<string> empty = [.. all.Where(static site => site.Train.Rows == 0).Select(static site => site.Site)];
        if (empty.Length > 0 && simulation.SiteMissing == SiteMissing.Fail)
            throw new UserException($"site {empty[0]} has no training rows in {simulation.DataFile}; give it data, or leave such sites out with simulation.site-missing = drop");
        if (sites.Length < 2) throw new UserException($"{simulation.DataFile} gives {sites.Length} site(s) with training rows; a federation needs at least 2");
        if (sites.FirstOrDefault(static site => !DataDirectory.IsName(site.Site)) is { } odd)
            throw new UserException($"'{odd.Site}' is no site name: use 1 to 40 of the characters a-z A-Z 0-9 _ . -, for example with simulation.site-names");
        config.CheckSites(sites.Length);

        LearningPlan plan = PlanOf(job, classes, sites[0].Features);
        if (plan.Check() is { } problem) throw new UserException($"{config.File}: {problem}");
        SimulatedFederation federation = new(config, sites, empty, labels, plan);
        if (federation.Program.CheckCapacity(sites.Length) is [string first, ..]) throw new UserException($"{config.File}: {first}");
        return federation;
    }

    private static DataSchema SchemaOf(JobOptions job, SimulationOptions simulation)
    {
        ImmutableArray<ColumnSpec> columns = [.. job.Data.Columns.Select(static c => new ColumnSpec(c.Name, Kind(c.Type), Missing(c.Missing), c.Categories))];
        if (simulation.Partition is PartitionOptions.FromColumn key && !columns.Any(c => c.Name == key.Name)) columns = columns.Add(new ColumnSpec(key.Name, ColumnKind.Key));
        SplitRule split = simulation.Split switch
        {
            SplitOptions.EveryNth nth => new SplitRule.EveryNth(nth.Every, nth.Offset),
            SplitOptions.ByColumn column => new SplitRule.ByColumn(column.Name),
            _ => throw new InvalidOperationException("a split of unknown kind"),
        };
        ColumnOptions? target = job.Data.Columns.FirstOrDefault(c => c.Name == job.Data.Target);
        int classes = (job.Model, target) switch
        {
            (ModelChoice.Linear, _) => 0,
            (ModelChoice.Logistic, { Type: ColumnType.Category } t) when t.Categories.Length != 2 =>
                throw new UserException($"the target '{t.Name}' has {t.Categories.Length} categories, a logistic model has two classes; use model = softmax"),
            (ModelChoice.Logistic, _) => 2,
            (ModelChoice.Softmax, { Type: ColumnType.Category } t) => t.Categories.Length,
            _ => 0,   // counted in the data below
        };
        ColumnKind? byDefault = job.Data.DefaultType is { } type ? Kind(type) : null;
        return new DataSchema(columns, job.Data.Target, split, byDefault, Missing(job.Data.DefaultMissing), classes);
    }

    private static int ClassesIn(DataTable table, ColumnOptions? target)
    {
        double most = table.All.Targets.Max();
        if (table.All.Targets.Any(static y => y < 0 || y != Math.Floor(y)) || most > 1_000)
            throw new UserException($"{table.File}, target column '{target?.Name}': a softmax model needs classes 0, 1, 2 ...; declare it as a category, or use model = linear");
        return (int)most + 1;
    }

    private static Rows.PartitionSource PartitionOf(PartitionOptions partition) => partition switch
    {
        PartitionOptions.FromFile file => new Rows.PartitionSource.FromFile(file.Path, file.Column),
        PartitionOptions.FromColumn column => new Rows.PartitionSource.FromColumn(column.Name),
        PartitionOptions.Iid iid => new Rows.PartitionSource.Iid(iid.Sites, iid.Seed),
        PartitionOptions.Dirichlet dirichlet => new Rows.PartitionSource.Dirichlet(dirichlet.Sites, dirichlet.Alpha, dirichlet.Seed),
        _ => throw new InvalidOperationException("a partition of unknown kind"),
    };

    private static LearningPlan PlanOf(JobOptions job, int classes, ImmutableArray<string> features) => new(
        job.Model switch { ModelChoice.Linear => ModelKind.Linear, ModelChoice.Logistic => ModelKind.Logistic, _ => ModelKind.Softmax },
        classes,
        features,
        job.Algorithm switch
        {
            AlgorithmOptions.FedAvg avg => new Alg.FedAvg.FedAvgOptions(avg.LocalSteps, avg.LocalEpochs, avg.BatchSize, avg.LearningRate, avg.ServerLearningRate),
            AlgorithmOptions.FedSgd sgd => new Alg.FedSgd.FedSgdOptions(sgd.LearningRate),
            _ => throw new InvalidOperationException("an algorithm of unknown kind"),
        },
        job.Weights == WeightChoice.Samples ? SiteWeights.Samples : SiteWeights.Uniform,
        job.L2,
        job.Standardise,
        job.WeightCap,
        new StoppingOptions(
            job.Stop.ParameterChange is { } change ? new Prog.ParameterChangeRule(change.Absolute, change.Relative, change.Patience) : null,
            job.Stop.GradientNorm,
            job.Stop.Metric is { } metric ? new Prog.MetricRule(metric.Metric == MetricChoice.Auc ? "auc" : "accuracy", metric.AtLeast) : null,
            job.Stop.LossChange is { } loss ? new Prog.LossChangeRule(loss.Relative, loss.Window) : null),
        LearningPlan.EvaluationBinsDefault,
        Prog.GridOptions.For(job.Grid.Ring, job.Grid.Rounding) with { TrainingBits = job.Grid.Bits, TrainingFractionBits = job.Grid.FractionBits });

    private static SumPlan Sum(ProgramSum sum, bool everyone) => new(sum.Name, [.. sum.Schema.Segments.Where(static s => s.Name != VectorSchema.ClippedSegment)], everyone);

    private static ColumnKind Kind(ColumnType type) => type switch
    {
        ColumnType.Numeric => ColumnKind.Numeric,
        ColumnType.Integer => ColumnKind.Integer,
        ColumnType.Category => ColumnKind.Category,
        ColumnType.Key => ColumnKind.Key,
        _ => ColumnKind.Ignore,
    };

    private static Rows.MissingPolicy Missing(Configuration.MissingPolicy policy) => policy switch
    {
        Configuration.MissingPolicy.Mean => Rows.MissingPolicy.Mean,
        Configuration.MissingPolicy.Zero => Rows.MissingPolicy.Zero,
        Configuration.MissingPolicy.DropRow => Rows.MissingPolicy.DropRow,
        _ => Rows.MissingPolicy.Error,
    };
}
