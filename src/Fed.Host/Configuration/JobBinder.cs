using System.Globalization;
using Fed.Actors.Protocol.Aggregation;
using Fed.Learning.Algorithms;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>job</c> block.</summary>
internal static class JobBinder
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    public static JobOptions Bind(ConfigReader job)
    {
        ModelChoice model = ModelBinder.Choice(job);
        AlgorithmChoice algorithm = job.Choice<AlgorithmChoice>("algorithm");
        SiteWeights weights = job.Choice<SiteWeights>("weights");
        long? cap = job.OptionalLong("weight-cap", 1, 1L << 40);
        if (weights == SiteWeights.Uniform && cap is not null) throw job.Refuse("weight-cap", "job.weight-cap has no use with job.weights = uniform; remove one of them");
        long seed = job.Long("seed", 0);
        AlgorithmOptions federated = AlgorithmBinder.Bind(job, algorithm);
        DataOptions data = DataBinder.Bind(job.Section("data"), model);
        (ModelKind kind, NetworkOptions? network) = ModelBinder.Bind(job, model, data.Classes, seed);
        SelectionOptions selection = Selection(job.Section("selection"));
        Quorum quorum = job.Special("quorum", "all, a number of sites or a percentage such as 60%", Quorum.Parse);
        ProtectionOptions protection = ProtectionBinder.Bind(job.Section("protection"));
        AlgorithmBinder.CheckShape(job, algorithm, selection, quorum, protection.Mode);
        if (model == ModelChoice.External && AlgorithmBinder.KindOf(algorithm) != RunKind.Federated)
            throw job.Refuse("algorithm", $"job.algorithm = {Kebab.From(algorithm.ToString())} trains without a federation, which a trainer of the sites' does not; use a federated algorithm, or a model of ours");
        return new JobOptions(
            job.Text("name"),
            seed,
            job.Integer("rounds", 1, 1_000_000),
            kind,
            network,
            federated,
            OptimizerBinder.Bind(job.Section("optimizer"), federated),
            OptimizerBinder.EarlyStopping(job.Section("early-stopping"), federated),
            job.Real("l2", 0),
            weights,
            cap,
            job.Flag("standardise"),
            selection,
            quorum,
            job.Integer("max-attempts", 1, 1_000),
            Timing(job.Section("timing")),
            Stop(job.Section("stop"), model, data.Classes, algorithm),
            Grid(job.Section("grid")),
            protection,
            job.Special("retain-contributions", "all or a number of rounds", ParseRounds),
            data)
        {
            Kind = AlgorithmBinder.KindOf(algorithm),
            ClipNorm = job.OptionalReal("clip-norm", 0, above: true),
            ClassFiguresMinimum = ClassFigures(job.Section("class-figures"), protection),
            Aggregators = job.Integer("aggregators", 1, AggregatorTree.PartsMax) is > 1 and int parts ? parts : null,
            External = ModelBinder.External(job, model),
        };
    }

    private static int? ClassFigures(ConfigReader block, ProtectionOptions protection)
    {
        ClassCohort? cohort = block.OptionalChoice<ClassCohort>("cohort");
        int? minimum = block.OptionalInteger("minimum-contributors", 2, 1_000_000);
        if (cohort is null && minimum is not null) throw block.Refuse("minimum-contributors", $"{block.Path}.minimum-contributors needs {block.Path}.cohort = block");
        return cohort is null ? null : minimum ?? Math.Max(3, protection.MinimumContributors ?? 0);
    }

    private static SelectionOptions Selection(ConfigReader block)
    {
        int fraction = block.Special("fraction", "a share above 0 up to 1 (such as 0.5, 50% or all)", Share.Parse);
        int over = block.Special("over-selection", "a factor from 1 to 1000", static text => ConfigReader.TryReal(text, out double value) && value is >= 1 and <= 1_000 ? Share.FromReal(value) : null);
        if (over > Share.Whole && fraction == Share.Whole)
            throw block.RefusePair("over-selection", "fraction", $"{block.Path}.over-selection = {block.Text("over-selection")} invites more sites than a round needs, but with fraction = {block.Text("fraction")} it needs all of them; lower the fraction or remove over-selection");
        return new SelectionOptions(fraction, over);
    }

    private static TimingOptions Timing(ConfigReader block)
    {
        TimingOptions timing = new(
            block.Duration("plan-deadline", Instant, Week),
            block.Duration("round-deadline", Instant, Week),
            block.Duration("opening-deadline", Instant, Week),
            block.Duration("retry-backoff", TimeSpan.Zero, Week),
            block.Duration("resend-interval", Instant, Week),
            block.Duration("beat-interval", Instant, Week));
        if (timing.ResendInterval >= timing.RoundDeadline) throw block.RefusePair("resend-interval", "round-deadline", $"{block.Path}.resend-interval must be shorter than round-deadline, else nothing is ever sent again within a round");
        if (timing.BeatInterval >= timing.RoundDeadline) throw block.RefusePair("beat-interval", "round-deadline", $"{block.Path}.beat-interval must be shorter than round-deadline, else no progress is seen within a round");
        return timing;
    }

    private static StoppingOptions Stop(ConfigReader block, ModelChoice model, int classes, AlgorithmChoice algorithm)
    {
        ConfigReader parameters = block.Section("parameter-change");
        double? absolute = parameters.OptionalReal("absolute", 0);
        double? relative = parameters.OptionalReal("relative", 0);
        int patience = parameters.Integer("patience", 1);
        double? gradient = block.OptionalReal("gradient-norm", 0, above: true);
        if (gradient is not null && algorithm != AlgorithmChoice.Fedsgd)
            throw block.Refuse("gradient-norm", $"{block.Path}.gradient-norm needs job.algorithm = fedsgd, since {Kebab.From(algorithm.ToString())} sums changes of the model and no gradients; use {block.Path}.parameter-change");
        ConfigReader loss = block.Section("loss-change");
        double? change = loss.OptionalReal("relative", 0);
        int window = loss.Integer("window", 1);
        return new StoppingOptions(
            absolute is null && relative is null ? null : new ParameterChangeRule(absolute ?? 0, relative ?? 0, patience),
            gradient,
            Metric(block.Section("metric"), model, classes),
            change is { } share ? new LossChangeRule(share, window) : null);
    }

    private static MetricRule? Metric(ConfigReader block, ModelChoice model, int classes)
    {
        MetricChoice? metric = block.OptionalChoice<MetricChoice>("name");
        double? least = block.OptionalReal("at-least", 0);
        if (metric is null && least is null) return null;
        if (metric is not { } name) throw block.Refuse("at-least", $"{block.Path}.at-least needs {block.Path}.name: accuracy or auc");
        if (least is not { } value) throw block.Refuse("name", $"{block.Path}.name needs {block.Path}.at-least, the value at which to stop");
        if (value > 1) throw block.Refuse("at-least", $"expected {block.Path}.at-least to be at most 1, since no {Kebab.From(name.ToString())} is above it");
        if (classes == 0 || (name == MetricChoice.Auc && (model == ModelChoice.Softmax || classes > 2)))
            throw block.Refuse("name", $"a {Kebab.From(model.ToString())} model has no {Kebab.From(name.ToString())}; remove {block.Path} or use stop.loss-change");
        return new MetricRule(Kebab.From(name.ToString()), value);
    }

    private static GridChoice Grid(ConfigReader block)
    {
        RingWidth? stated = block.Has("ring") ? block.Special<RingWidth>("ring", "64 or 32", static text => text switch { "64" => RingWidth.Ring64, "32" => RingWidth.Ring32, _ => null }) : null;
        RingWidth ring = stated ?? RingWidth.Ring64;
        StepRule? step = block.OptionalChoice<StepRule>("step");
        GridOptions usual = GridOptions.For(ring, block.Choice<GridRounding>("rounding"), step ?? StepRule.Fixed);
        int bits = block.OptionalInteger("bits", 2, (int)ring - 1) ?? usual.TrainingBits;
        // A range that adapts begins at +-1 however wide its entries are.
        int fraction = block.OptionalInteger("fraction-bits", 0, 62) ?? (usual.Step == StepRule.Adaptive ? Math.Min(usual.TrainingFractionBits, bits - 1) : usual.TrainingFractionBits);
        GridOptions grid = usual with
        {
            TrainingBits = bits,
            TrainingFractionBits = fraction,
            StatisticFractionBits = block.OptionalInteger("statistic-fraction-bits", 0, 80) ?? usual.StatisticFractionBits,
        };
        if (grid.TrainingFractionBits >= grid.TrainingBits)
            throw block.RefusePair("fraction-bits", "bits", $"{block.Path}.fraction-bits = {grid.TrainingFractionBits} leaves no room in {grid.TrainingBits} bits for values of 1 and more; raise bits or lower fraction-bits");
        bool isLeftToSize = stated is null && step is null && !block.Has("bits") && !block.Has("fraction-bits") && !block.Has("statistic-fraction-bits");
        return new GridChoice(grid, isLeftToSize);
    }

    private static int? ParseRounds(string text) =>
        text == "all" ? int.MaxValue : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : null;
}
