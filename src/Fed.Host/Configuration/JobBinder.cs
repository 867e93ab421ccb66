using System.Globalization;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>job</c> block.</summary>
internal static class JobBinder
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    public static JobOptions Bind(ConfigReader job)
    {
        ModelChoice model = job.Choice<ModelChoice>("model");
        AlgorithmChoice algorithm = job.Choice<AlgorithmChoice>("algorithm");
        AlgorithmOptions.FedAvg fedAvg = FedAvg(job.Section("fedavg"));
        AlgorithmOptions.FedSgd fedSgd = new(job.Section("fedsgd").Real("learning-rate", 0, above: true));
        WeightChoice weights = job.Choice<WeightChoice>("weights");
        long? cap = job.OptionalLong("weight-cap", 1, 1L << 40);
        if (weights == WeightChoice.Uniform && cap is not null) throw job.Refuse("weight-cap", "job.weight-cap has no use with job.weights = uniform; remove one of them");
        return new JobOptions(
            job.Text("name"),
            job.Long("seed", 0),
            job.Integer("rounds", 1, 1_000_000),
            model,
            algorithm == AlgorithmChoice.Fedavg ? fedAvg : fedSgd,
            job.Real("l2", 0),
            weights,
            cap,
            job.Flag("standardise"),
            Selection(job.Section("selection")),
            job.Special("quorum", "all, a number of sites or a percentage such as 60%", Quorum.Parse),
            job.Integer("max-attempts", 1, 1_000),
            Timing(job.Section("timing")),
            Stop(job.Section("stop"), model, algorithm),
            Grid(job.Section("grid")),
            job.Choice<ProtectionChoice>("protection"),
            job.Special("retain-contributions", "all or a number of rounds", ParseRetention),
            DataBinder.Bind(job.Section("data"), model));
    }

    private static AlgorithmOptions.FedAvg FedAvg(ConfigReader block)
    {
        int? steps = block.OptionalInteger("local-steps", 1);
        int epochs = block.Integer("local-epochs", 1);
        if (steps is not null && block.IsUsers("local-epochs")) throw block.Refuse("local-epochs", $"{block.Path}.local-epochs and local-steps are both set; keep one of them");
        return new AlgorithmOptions.FedAvg(
            steps,
            steps is null ? epochs : null,
            block.Integer("batch-size", 0),
            block.Real("learning-rate", 0, above: true),
            block.Real("server-learning-rate", 0, above: true));
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

    private static StopOptions Stop(ConfigReader block, ModelChoice model, AlgorithmChoice algorithm)
    {
        ConfigReader parameters = block.Section("parameter-change");
        double? absolute = parameters.OptionalReal("absolute", 0);
        double? relative = parameters.OptionalReal("relative", 0);
        int patience = parameters.Integer("patience", 1);
        double? gradient = block.OptionalReal("gradient-norm", 0, above: true);
        if (gradient is not null && algorithm != AlgorithmChoice.Fedsgd)
            throw block.Refuse("gradient-norm", $"{block.Path}.gradient-norm needs job.algorithm = fedsgd, since fedavg sums changes of the model and no gradients; use {block.Path}.parameter-change");
        ConfigReader loss = block.Section("loss-change");
        double? change = loss.OptionalReal("relative", 0);
        int window = loss.Integer("window", 1);
        return new StopOptions(
            absolute is null && relative is null ? null : new ParameterChangeRule(absolute ?? 0, relative ?? 0, patience),
            gradient,
            Metric(block.Section("metric"), model),
            change is { } share ? new LossChangeRule(share, window) : null);
    }

    private static MetricRule? Metric(ConfigReader block, ModelChoice model)
    {
        MetricChoice? metric = block.OptionalChoice<MetricChoice>("name");
        double? least = block.OptionalReal("at-least", 0);
        if (metric is null && least is null) return null;
        if (metric is not { } name) throw block.Refuse("at-least", $"{block.Path}.at-least needs {block.Path}.name: accuracy or auc");
        if (least is not { } value) throw block.Refuse("name", $"{block.Path}.name needs {block.Path}.at-least, the value at which to stop");
        if (value > 1) throw block.Refuse("at-least", $"expected {block.Path}.at-least to be at most 1, since no {Kebab.From(name.ToString())} is above it");
        if (model == ModelChoice.Linear || (model == ModelChoice.Softmax && name == MetricChoice.Auc))
            throw block.Refuse("name", $"a {Kebab.From(model.ToString())} model has no {Kebab.From(name.ToString())}; remove {block.Path} or use stop.loss-change");
        return new MetricRule(name, value);
    }

    private static GridOptions Grid(ConfigReader block)
    {
        RingWidth ring = block.Special<RingWidth>("ring", "64 or 32", static text => text switch { "64" => RingWidth.Ring64, "32" => RingWidth.Ring32, _ => null });
        int width = (int)ring;
        int bits = block.OptionalInteger("bits", 2, width - 1) ?? (ring == RingWidth.Ring64 ? 48 : 16);
        int fraction = block.OptionalInteger("fraction-bits", 0, 62) ?? (ring == RingWidth.Ring64 ? 32 : 12);
        if (fraction >= bits)
            throw block.RefusePair("fraction-bits", "bits", $"{block.Path}.fraction-bits = {fraction} leaves no room in {bits} bits for values of 1 and more; raise bits or lower fraction-bits");
        return new GridOptions(ring, bits, fraction, block.Choice<GridRounding>("rounding"), block.Integer("statistic-fraction-bits", 0, 62));
    }

    private static Retention? ParseRetention(string text) =>
        text == "all" ? new Retention(null) : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? new Retention(rounds) : null;
}
