using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fed.Host.Configuration.Hocon;
using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.Cyclic;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedAvgM;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Host.Configuration;

/// <summary>What <c>fed config check</c> prints.</summary>
internal static class ConfigSummary
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A table of the plan, one line a topic.</summary>
    public static string Text(FedConfig config)
    {
        (string Topic, string Value)[] rows =
        [
            ("job", $"{config.Job.Name}, seed {config.Job.Seed}, at most {config.Job.Rounds} rounds"),
            ("model", Model(config.Job)),
            ("algorithm", Algorithm(config.Job)),
            ("sites", Sites(config)),
            ("rounds", $"{Selection(config.Job.Selection)}, quorum {config.Job.Quorum}, up to {config.Job.MaxAttempts} attempts"),
            ("deadlines", $"round {HoconUnits.Format(config.Job.Timing.RoundDeadline)}, plan {HoconUnits.Format(config.Job.Timing.PlanDeadline)}, opening {HoconUnits.Format(config.Job.Timing.OpeningDeadline)}"),
            ("stops early", Stop(config.Job.Stop)),
            ("grid", Grid(config.Job.Grid)),
            ("protection", Protection(config.Job, config.Simulation.SiteCount)),
            ("data", $"{config.Simulation.DataFile}, target {config.Job.Data.Target}"),
            ("test rows", TestRows(config.Simulation)),
            ("threads", Number(config.Simulation.Workers)),
        ];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{config.File}: ok\n\n");
        foreach ((string topic, string value) in rows) text.Append(CultureInfo.InvariantCulture, $"  {topic,-12} {value}\n");
        return text.ToString();
    }

    /// <summary>Every setting with its value, defaults included.</summary>
    public static string Json(FedConfig config)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", true);
            writer.WriteString("file", config.File);
            writer.WritePropertyName("config");
            Write(writer, config.Effective);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, HoconValue value)
    {
        switch (value)
        {
            case HoconObject node:
                writer.WriteStartObject();
                foreach ((string key, HoconValue member) in node.Members)
                {
                    writer.WritePropertyName(key);
                    Write(writer, member);
                }
                writer.WriteEndObject();
                break;
            case HoconArray list:
                writer.WriteStartArray();
                foreach (HoconValue item in list.Items) Write(writer, item);
                writer.WriteEndArray();
                break;
            case HoconScalar { Kind: HoconScalarKind.Null }:
                writer.WriteNullValue();
                break;
            case HoconScalar { Kind: HoconScalarKind.Boolean or HoconScalarKind.Number } plain:
                writer.WriteRawValue(plain.Text);
                break;
            case HoconScalar text:
                writer.WriteStringValue(text.Text);
                break;
        }
    }

    private static string Model(JobOptions job) =>
        $"{Layers(job)}, l2 {Number(job.L2)}, {(job.Standardise ? "standardised" : "not standardised")}, weights by {Kebab.From(job.Weights.ToString())}{(job.WeightCap is { } cap ? $" up to {cap}" : "")}";

    private static string Layers(JobOptions job) => job.Network is not { } network ? Kebab.From(job.Model.ToString()) : $"{network.Name} in {Kebab.From(network.Precision.ToString())}";

    private static string Algorithm(JobOptions job) => string.Join(", ", Parts(job.Algorithm).Prepend(job.AlgorithmName).Concat(Training(job)));

    private static IEnumerable<string> Training(JobOptions job)
    {
        if (job.Optimizer is { } own)
        {
            yield return Kebab.From(own.Kind.ToString());
            if (own.WeightDecay > 0) yield return $"weight decay {Number(own.WeightDecay)}";
            if (own.ClipNorm is { } norm) yield return $"gradients up to {Number(norm)}";
            if (own.Schedule != RateSchedule.Constant) yield return $"{Kebab.From(own.Schedule.ToString())} rate";
        }
        if (job.EarlyStopping is { } stopping) yield return $"stops on {Number(stopping.Share * 100)} % held-out rows after {Count(stopping.Patience, "epoch")} without gain";
    }

    private static IEnumerable<string> Parts(AlgorithmOptions algorithm)
    {
        if (algorithm is FedSgdOptions sgd) return [$"learning rate {Number(sgd.LearningRate)}"];
        LocalTrainingOptions local = (LocalTrainingOptions)algorithm;
        string training = $"{(local.LocalSteps is { } steps ? Count(steps, "local step") : Count(local.LocalEpochs!.Value, "local epoch"))} on {(local.BatchSize == 0 ? "all rows" : $"batches of {local.BatchSize}")}";
        return [training, $"learning rate {Number(local.LearningRate)}", .. Own(local)];
    }

    private static IEnumerable<string> Own(LocalTrainingOptions algorithm) => algorithm switch
    {
        CyclicOptions => [],
        FedAvgOptions own => [$"server {Number(own.ServerLearningRate)}"],
        FedAvgMOptions own => [$"server {Number(own.ServerLearningRate)}", $"momentum {Number(own.Momentum)}"],
        FedProxOptions own => [$"mu {Number(own.Mu)}{(own.IsAdaptive ? " adaptive" : "")}", .. own.Inexactness is { } gamma ? [$"inexactness {Number(gamma)}"] : Array.Empty<string>()],
        ScaffoldOptions own => [$"server {Number(own.ServerLearningRate)}", $"control variates from {Kebab.From(own.ControlVariate.ToString())}"],
        FedNovaOptions own => [$"server {Number(own.ServerLearningRate)}", $"mu {Number(own.Mu)}"],
        FedAdamOptions own => [$"server {Number(own.ServerLearningRate)}", $"beta {Number(own.Beta1)} and {Number(own.Beta2)}", $"tau {Number(own.Tau)}"],
        FedYogiOptions own => [$"server {Number(own.ServerLearningRate)}", $"beta {Number(own.Beta1)} and {Number(own.Beta2)}", $"tau {Number(own.Tau)}"],
        FedOptOptions own => [$"server {Number(own.ServerLearningRate)}", $"beta {Number(own.Beta1)}", $"tau {Number(own.Tau)}"],
        FedDynOptions own => [$"alpha {Number(own.Alpha)}"],
        _ => throw new InvalidOperationException($"{algorithm.GetType().Name} has no summary"),
    };

    private static string Sites(FedConfig config) => config.Simulation.Partition switch
    {
        PartitionSource.FromFile file => $"by column {file.Column} of {file.Path}",
        PartitionSource.FromColumn column => $"one for each value of column {column.Name}",
        PartitionSource.Iid iid => $"{iid.Sites}, rows dealt out evenly (seed {iid.Seed})",
        PartitionSource.Dirichlet drawn => $"{drawn.Sites}, Dirichlet({Number(drawn.Alpha)}) (seed {drawn.Seed})",
        PartitionSource.Quantity drawn => $"{drawn.Sites}, sizes by Dirichlet({Number(drawn.Alpha)}) (seed {drawn.Seed})",
        _ => throw new InvalidOperationException($"{config.Simulation.Partition.GetType().Name} has no summary"),
    };

    private static string TestRows(SimulationOptions simulation)
    {
        string rule = simulation.Split switch
        {
            SplitRule.EveryNth nth => $"row i with i mod {nth.Every} = {nth.Offset}",
            SplitRule.ByKey key => $"{Number(key.Test * 100)} % of the values of {key.Name}{(key.Validation > 0 ? $", {Number(key.Validation * 100)} % for validation" : "")}",
            var other => $"by column {other.Column}",
        };
        string held = simulation.Split.ValidationEvery is { } every ? $"; of the others row i with i mod {every} = 0 for validation" : "";
        return rule + held + (simulation.Evaluate == EvaluateChoice.Validation ? "; reported are the validation rows" : "");
    }

    private static string Selection(SelectionOptions selection) =>
        selection.FractionPpm == Share.Whole ? "all sites" : $"{Share.Percent(selection.FractionPpm)} of the sites{(selection.OverSelectionPpm > Share.Whole ? $", {Share.Percent(selection.OverSelectionPpm)} of that invited" : "")}";

    private static string Stop(StoppingOptions stop)
    {
        string[] rules =
        [
            .. stop.ParameterChange is { } change ? [$"parameters change by at most {Number(change.Absolute)} + {Number(change.Relative)} |w| {Count(change.Patience, "time")} running"] : Array.Empty<string>(),
            .. stop.GradientNorm is { } norm ? [$"gradient at most {Number(norm)}"] : Array.Empty<string>(),
            .. stop.Metric is { } metric ? [$"{metric.Name} at least {Number(metric.AtLeast)}"] : Array.Empty<string>(),
            .. stop.LossChange is { } loss ? [$"loss changes by at most {Number(loss.Relative)} of itself over {Count(loss.Window, "round")}"] : Array.Empty<string>(),
        ];
        return rules.Length == 0 ? "never" : string.Join("; or ", rules);
    }

    private static string Grid(GridChoice choice) =>
        Grid(choice.Stated) + (choice.IsLeftToSize ? $"; from {Count(GridChoice.LargeModel, "parameter")} on ring 32, 16 bits, adaptive steps" : "");

    private static string Grid(GridOptions grid) =>
        $"ring {(int)grid.Ring}, {grid.TrainingBits} bits, {(grid.Step == StepRule.Adaptive ? "adaptive steps from" : "step")} 2^-{grid.TrainingFractionBits}, {Kebab.From(grid.Rounding.ToString())} rounding; statistics 2^-{grid.StatisticFractionBits}";

    private static string Protection(JobOptions job, int? sites)
    {
        ProtectionOptions protection = job.Protection;
        string collusion = protection.Mode == ProtectionChoice.Plain ? "" : $" against the server and {(protection.Colluding == 0 ? "no site" : Count(protection.Colluding, "site"))} with it";
        string verification = protection.Mode == ProtectionChoice.Ckks ? $", sums verified: {Kebab.From(protection.Verification.ToString())}" : "";
        string openers = (sites, protection) switch
        {
            ({ } count, { SecAgg: { } masks }) => $", opened by {masks.ThresholdOf(count)} of {count} sites",
            ({ } count, { Ckks: { } key }) => $", opened by {key.Threshold} of {count} sites after {key.ConfirmationsOf(count)} have confirmed",
            _ => "",
        };
        return $"{protection.Name}{collusion}{openers}{verification}, contributions kept: {Kept(protection.Retained(job.RetainContributions))}";
    }

    private static string Kept(int rounds) => rounds == int.MaxValue ? "all rounds" : rounds == 0 ? "none" : $"last {Count(rounds, "round")}";

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
