using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Learning.Models.Layers;
using Fed.Learning.Models.Losses;
using Fed.Learning.Program;

namespace Fed.Learning.Models.Networks;

/// <summary>A floating-point format: in which a model is trained, or goes to the sites.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NetworkPrecision>))]
public enum NetworkPrecision
{
    /// <summary>24 bits of mantissa: the usual one for networks.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>53 bits of mantissa.</summary>
    [JsonStringEnumMemberName("float64")]
    Float64,
}

/// <summary>A network as the plan carries it.</summary>
/// <param name="Architecture">Its layers.</param>
/// <param name="Task">What it predicts.</param>
/// <param name="Precision">In which format it is trained.</param>
/// <param name="InputScale">Multiplies every input, above 0; for features that are not standardised, such as grey values.</param>
/// <param name="Seed">From which the first parameters are drawn.</param>
/// <param name="Cuts">Ends of the intervals but the last, ascending; for <see cref="ModelTask.Hazard"/> only.</param>
/// <param name="Local">Beginnings of names of blocks that stay at their site, for algorithms that know such.</param>
public sealed record NetworkOptions(
    ArchitectureOptions Architecture, ModelTask Task, NetworkPrecision Precision = NetworkPrecision.Float32, double InputScale = 1, long Seed = 0, ImmutableArray<double> Cuts = default,
    ImmutableArray<string> Local = default)
{
    /// <summary>Ends of the intervals but the last; empty where there are none.</summary>
    public ImmutableArray<double> Cuts { get; init; } = Cuts.IsDefault ? [] : Cuts;

    /// <summary>Beginnings of names of blocks that stay at their site.</summary>
    public ImmutableArray<string> Local { get; init; } = Local.IsDefault ? [] : Local;

    /// <summary>The name in settings and reports, such as <c>mlp</c>.</summary>
    [JsonIgnore]
    public string Name => Task switch
    {
        ModelTask.Risk => "deepsurv",
        ModelTask.Hazard => "discrete-survival",
        _ => Architecture.Kind,
    };

    /// <summary>Canonical JSON, as the plan holds it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LearningPlanJson.Default.NetworkOptions);

    /// <summary>32 bytes from which the first parameters are drawn; of the seed only, so that every plan with it starts alike.</summary>
    public byte[] InitialSeed() => InitialSeedOf(Seed);

    /// <summary>32 bytes from which the first parameters of a model are drawn.</summary>
    /// <param name="seed">The job's.</param>
    public static byte[] InitialSeedOf(long seed) => SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/init/{seed}"));

    /// <summary>Makes the model.</summary>
    /// <param name="columns">Entries of an example's row.</param>
    /// <param name="classes">Classes of the target, 0 when it is none.</param>
    /// <param name="l2">Penalty on weights, at least 0.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the columns do not suit the architecture; the message says which and what is possible.</exception>
    public IModel Create(int columns, int classes, double l2)
    {
        int outputs = (Task, classes) switch
        {
            (ModelTask.TwoClasses, 2) => 1,
            (ModelTask.Classes, >= 2) => classes,
            (ModelTask.Regression or ModelTask.Risk, 0) => 1,
            (ModelTask.Reconstruction, 0) => columns,
            (ModelTask.Hazard, 0) => Cuts.Length + 1,
            _ => throw new ArgumentException($"a network for {Task} cannot have {classes} classes"),
        };
        if (!(InputScale > 0 && double.IsFinite(InputScale))) throw new ArgumentException($"input-scale is {InputScale}; it must be above 0");
        if (Task == ModelTask.Hazard != !Cuts.IsEmpty) throw new ArgumentException("cuts are the ends of discrete-time survival's intervals: it needs at least one, and nothing else has any");
        for (int i = 0; i < Cuts.Length; i++)
            if (!(Cuts[i] > (i == 0 ? 0 : Cuts[i - 1]))) throw new ArgumentException($"cut {i} is {Cuts[i]}; cuts are above 0 and ascend");
        if (Task == ModelTask.Reconstruction != Architecture is AutoencoderOptions) throw new ArgumentException("an autoencoder reconstructs its input, and only it does");
        return Precision == NetworkPrecision.Float32 ? Create<float>(columns, outputs, l2) : Create<double>(columns, outputs, l2);
    }

    private Network<T> Create<T>(int columns, int outputs, double l2)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layer<T> body = Architecture.Build<T>(columns, outputs);
        if (body.Inputs != columns) throw new ArgumentException($"the model takes rows of {body.Inputs} entries, but the data have {columns} feature columns");
        if (InputScale != 1) body = new Chain<T>(new Scale<T>(columns, InputScale), body);
        return new Network<T>(body, Task, Loss(columns, outputs), l2, Local);
    }

    private Func<int, IBatchLoss> Loss(int columns, int outputs) => Task switch
    {
        ModelTask.Regression => static rowsMax => new RowLosses(new SquaredLoss(), rowsMax),
        ModelTask.TwoClasses => static rowsMax => new RowLosses(new LogisticLoss(), rowsMax),
        ModelTask.Classes => rowsMax => new RowLosses(new SoftmaxLoss(outputs), rowsMax),
        ModelTask.Reconstruction => _ => new ReconstructionLoss(columns),
        ModelTask.Risk => static rowsMax => new RiskLoss(rowsMax),
        _ => _ => new HazardLoss(Cuts),
    };
}
