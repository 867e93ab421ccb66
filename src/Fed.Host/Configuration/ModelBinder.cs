using System.Collections.Immutable;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;

namespace Fed.Host.Configuration;

/// <summary>Which model, before its settings are read.</summary>
internal enum ModelChoice
{
    /// <summary>Linear regression.</summary>
    Linear,

    /// <summary>Logistic regression.</summary>
    Logistic,

    /// <summary>Softmax regression.</summary>
    Softmax,

    /// <summary>Dense layers.</summary>
    Mlp,

    /// <summary>Convolutions over images.</summary>
    Cnn,

    /// <summary>Hashed bag of words.</summary>
    TextBag,

    /// <summary>Convolutions over words.</summary>
    TextCnn,

    /// <summary>A gated recurrent unit over sequences.</summary>
    Gru,

    /// <summary>Convolutions over time series.</summary>
    SeriesCnn,

    /// <summary>Dense layers that reconstruct their input.</summary>
    Autoencoder,

    /// <summary>An encoder for each modality.</summary>
    Fusion,

    /// <summary>Dense layers that give a relative risk.</summary>
    Deepsurv,

    /// <summary>Dense layers that give hazards in intervals of time.</summary>
    DiscreteSurvival,

    /// <summary>What a process of the site's trains.</summary>
    External,
}

/// <summary>Reads and validates the <c>job.model</c> block. A linear model may be named alone: <c>model = logistic</c>.</summary>
internal static class ModelBinder
{
    private static readonly string[] Settings =
    [
        "input-scale", "hidden", "activation", "dropout", "residual", "channels", "height", "width", "filters", "kernel", "groups", "tokens", "length", "embed", "windows", "steps", "features",
        "masks", "state", "code", "modalities", "cuts", "trainer", "sha256", "initial",
    ];

    /// <summary>The kind of model.</summary>
    public static ModelChoice Choice(ConfigReader job)
    {
        if (job.IsBlock("model")) return job.Section("model").Choice<ModelChoice>("kind");
        ModelChoice named = job.Choice<ModelChoice>("model");
        return IsLinear(named) ? named : throw job.Refuse("model", $"job.model = {Kebab.From(named.ToString())} has settings of its own; write model {{ kind = {Kebab.From(named.ToString())}, ... }}");
    }

    /// <summary>True for the models that have an optimum and are trained in float64 unless asked otherwise.</summary>
    public static bool IsLinear(ModelChoice choice) => choice is ModelChoice.Linear or ModelChoice.Logistic or ModelChoice.Softmax;

    /// <summary>True for survival, whose target is a time with an event.</summary>
    public static bool IsSurvival(ModelChoice choice) => choice is ModelChoice.Deepsurv or ModelChoice.DiscreteSurvival;

    /// <summary>The plan's model and, where it is a network, its layers.</summary>
    /// <param name="job">The job block.</param>
    /// <param name="choice">The kind.</param>
    /// <param name="classes">Classes of the target, 0 when it is none.</param>
    /// <param name="seed">The job's.</param>
    public static (ModelKind Kind, NetworkOptions? Network) Bind(ConfigReader job, ModelChoice choice, int classes, long seed)
    {
        ModelKind linear = choice switch { ModelChoice.Linear => ModelKind.Linear, ModelChoice.Logistic => ModelKind.Logistic, _ => ModelKind.Softmax };
        if (!job.IsBlock("model")) return (linear, null);
        ConfigReader block = job.Section("model");
        NetworkPrecision? precision = block.OptionalChoice<NetworkPrecision>("precision");
        double scale = block.Real("input-scale", 0, above: true);
        ImmutableArray<double> cuts = block.Reals("cuts");
        ArchitectureOptions architecture = Architecture(block, choice);
        string[] used = Used(choice);
        foreach (string key in Settings)
            if (block.IsUsers(key) && !used.Contains(key, StringComparer.Ordinal)) throw block.Refuse(key, $"{block.Path}.{key} has no use with kind = {Kebab.From(choice.ToString())}; remove it");
        if (choice != ModelChoice.External && !block.Pairs("settings").IsEmpty) throw block.Refuse("settings", $"{block.Path}.settings has no use with kind = {Kebab.From(choice.ToString())}; remove it");
        if (choice == ModelChoice.External) return precision is null ? (ModelKind.External, null) : throw block.Refuse("precision", $"{block.Path}.precision has no use with kind = external: the trainer chooses its own; remove it");
        if (IsLinear(choice) && precision is not NetworkPrecision.Float32) return (linear, null);
        return (ModelKind.Network, new NetworkOptions(architecture, Task(choice, classes), precision ?? NetworkPrecision.Float32, scale, seed, cuts));
    }

    /// <summary>The external model of a plan, or null where it has one of ours.</summary>
    public static ExternalChoice? External(ConfigReader job, ModelChoice choice)
    {
        if (!job.IsBlock("model")) return null;
        ConfigReader block = job.Section("model");
        string? trainer = block.OptionalText("trainer"), sha256 = block.OptionalText("sha256"), initial = block.Has("initial") ? block.File("initial") : null;
        ImmutableSortedDictionary<string, string> settings = block.Pairs("settings");
        if (choice != ModelChoice.External) return null;
        if (trainer is null) throw block.Refuse("kind", $"{block.Path}.trainer is not set; kind = external needs the id of a trainer that every site knows");
        if (!TrainerBinder.IsId(trainer)) throw block.Refuse("trainer", $"expected the id of a trainer of 1 to 40 letters, digits, '.', '-' and '_' for {block.Path}.trainer, found '{trainer}'");
        if (sha256 is not null && (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)))
            throw block.Refuse("sha256", $"expected the SHA-256 of the trainer's files in 64 hexadecimal digits for {block.Path}.sha256, found '{sha256}'");
        return new ExternalChoice(trainer, sha256, initial, settings);
    }

    private static ModelTask Task(ModelChoice choice, int classes) => choice switch
    {
        ModelChoice.Deepsurv => ModelTask.Risk,
        ModelChoice.DiscreteSurvival => ModelTask.Hazard,
        ModelChoice.Autoencoder => ModelTask.Reconstruction,
        ModelChoice.Softmax => ModelTask.Classes,
        _ => classes switch { 0 => ModelTask.Regression, 2 => ModelTask.TwoClasses, _ => ModelTask.Classes },
    };

    private static string[] Used(ModelChoice choice) => choice switch
    {
        ModelChoice.Mlp or ModelChoice.Deepsurv => ["input-scale", "hidden", "activation", "dropout", "residual"],
        ModelChoice.DiscreteSurvival => ["input-scale", "hidden", "activation", "dropout", "residual", "cuts"],
        ModelChoice.Cnn => ["input-scale", "channels", "height", "width", "filters", "kernel", "groups", "hidden", "dropout"],
        ModelChoice.TextBag => ["tokens", "length"],
        ModelChoice.TextCnn => ["tokens", "length", "embed", "windows", "filters", "dropout"],
        ModelChoice.Gru => ["steps", "features", "embed", "state", "dropout"],
        ModelChoice.SeriesCnn => ["input-scale", "channels", "masks", "steps", "filters", "kernel", "dropout"],
        ModelChoice.Autoencoder => ["input-scale", "hidden", "code", "activation"],
        ModelChoice.Fusion => ["modalities", "embed", "activation", "dropout"],
        ModelChoice.External => ["trainer", "sha256", "initial"],
        _ => [],
    };

    // Reads all settings, so that what is wrong in one is told whatever the kind.
    private static ArchitectureOptions Architecture(ConfigReader block, ModelChoice choice)
    {
        ImmutableArray<int> hidden = block.Integers("hidden", 1), filters = block.Integers("filters", 1), windows = block.Integers("windows", 1);
        Activation activation = block.Choice<Activation>("activation");
        double dropout = block.Real("dropout", 0);
        if (dropout >= 1) throw block.Refuse("dropout", $"expected {block.Path}.dropout to be below 1");
        bool residual = block.Flag("residual");
        int kernel = block.Integer("kernel", 1), groups = block.Integer("groups", 0), embed = block.Integer("embed", 0), masks = block.Integer("masks", 0);
        Dictionary<string, int?> shape = new(StringComparer.Ordinal);
        foreach (string key in (ReadOnlySpan<string>)["channels", "height", "width", "tokens", "length", "steps", "features", "state", "code"]) shape[key] = block.OptionalInteger(key, 1);
        ImmutableArray<Modality> modalities = [.. block.Sections("modalities").Select(Modality)];
        int Needed(string key) => shape[key] ?? throw block.Refuse("kind", $"{block.Path}.{key} is not set; kind = {Kebab.From(choice.ToString())} needs it");
        return choice switch
        {
            ModelChoice.Cnn => new CnnOptions(Needed("channels"), Needed("height"), Needed("width"), filters, kernel, groups, hidden, dropout),
            ModelChoice.TextBag => new TextBagOptions(Needed("tokens"), Needed("length")),
            ModelChoice.TextCnn => new TextCnnOptions(Needed("tokens"), Needed("length"), embed, windows, OneOf(block, filters), dropout),
            ModelChoice.Gru => new GruOptions(Needed("steps"), Needed("features"), embed, Needed("state"), dropout),
            ModelChoice.SeriesCnn => new SeriesCnnOptions(Needed("channels"), masks, Needed("steps"), filters, kernel, dropout),
            ModelChoice.Autoencoder => new AutoencoderOptions(hidden, Needed("code"), activation),
            ModelChoice.Fusion => new FusionOptions(modalities, embed, activation, dropout),
            _ => new MlpOptions(hidden, activation, dropout, residual),
        };
    }

    private static int OneOf(ConfigReader block, ImmutableArray<int> filters) =>
        filters.Length == 1 ? filters[0] : throw block.Refuse("filters", $"expected {block.Path}.filters to hold one number for kind = text-cnn: the filters of each window");

    private static Modality Modality(ConfigReader item)
    {
        item.RefuseOthers("name", "columns", "hidden");
        string name = item.Text("name");
        return name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? new Modality(name, item.Integer("columns", 1), item.Integers("hidden", 1))
            : throw item.Refuse("name", $"expected the name of a modality in lower-case letters, digits and hyphens, found '{name}'");
    }
}
