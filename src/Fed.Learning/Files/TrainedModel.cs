using System.Text.Json;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Files;

/// <summary>A model from a file, ready to predict from raw rows. Thread-safe.</summary>
public sealed class TrainedModel
{
    /// <summary>The tensor of the values that are subtracted from the features, shape <c>[features]</c>.</summary>
    public const string MeanTensor = "feature_mean";

    /// <summary>The tensor of the values by which features are divided then, shape <c>[features]</c>.</summary>
    public const string ScaleTensor = "feature_scale";

    /// <summary>The tensor of the values that stand in for missing ones, shape <c>[features]</c>; where there is none the means do.</summary>
    public const string FillTensor = "feature_fill";

    private TrainedModel(ExportedModel source, IModel model, double[] parameters, double[] fill, double[] means, double[] scales)
    {
        (Source, Model, Parameters, Fill) = (source, model, parameters, fill);
        Standardiser = new Standardiser(means, scales, IsScaling: true);
    }

    /// <summary>What the file says.</summary>
    public ExportedModel Source { get; }

    /// <summary>The model behind the standardised features; its penalty is 0.</summary>
    public IModel Model { get; }

    /// <summary>Its parameters, block after block.</summary>
    public ReadOnlyMemory<double> Parameters { get; }

    /// <summary>What stands in for missing values, shape <c>[features]</c>.</summary>
    internal double[] Fill { get; }

    /// <summary>From features to the model's inputs.</summary>
    internal Standardiser Standardiser { get; }

    /// <summary>Makes the model that a file describes.</summary>
    /// <exception cref="ModelFormatException">The kind is unknown here, or a tensor is missing, superfluous or of another shape.</exception>
    public static TrainedModel Of(ExportedModel source)
    {
        int features = source.Features.Length;
        Dictionary<string, ExportedTensor> tensors = source.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        double[] take(string name, IEnumerable<long> shape)
        {
            if (!tensors.Remove(name, out ExportedTensor? tensor)) throw new ModelFormatException($"a {source.Kind} model needs the tensor '{name}'");
            return tensor.Shape.SequenceEqual(shape)
                ? tensor.Values
                : throw new ModelFormatException($"tensor '{name}' has the shape [{string.Join(", ", tensor.Shape)}], a {source.Kind} model of {features} features needs [{string.Join(", ", shape)}]");
        }

        IModel model = Create(source, features);
        double[] means = take(MeanTensor, [features]), scales = take(ScaleTensor, [features]), fill = tensors.ContainsKey(FillTensor) ? take(FillTensor, [features]) : means;
        if (Array.Exists(scales, static scale => !(scale > 0))) throw new ModelFormatException($"tensor '{ScaleTensor}' holds a value that is not above 0");
        double[] parameters = [.. model.Blocks.SelectMany(block => take(block.Name, block.Shape.Select(static axis => (long)axis)))];
        return tensors.Count == 0
            ? new TrainedModel(source, model, parameters, fill, means, scales)
            : throw new ModelFormatException($"a {source.Kind} model has no tensor '{tensors.Keys.First()}'");
    }

    /// <summary>The scores of raw rows: a number, a logit, a logit a class ..., as the kind has it.</summary>
    /// <param name="rows">As many columns as features; NaN where a value is missing.</param>
    /// <returns>Shape <c>[rows, Model.Outputs]</c>.</returns>
    /// <exception cref="ArgumentException">Another number of columns.</exception>
    public double[] Predict(Matrix rows)
    {
        if (rows.Columns != Source.Features.Length) throw new ArgumentException($"the rows have {rows.Columns} columns, the model {Source.Features.Length} features", nameof(rows));
        double[] filled = [.. rows.Values.Select((value, i) => double.IsNaN(value) ? Fill[i % rows.Columns] : value)];
        double[] scores = new double[rows.Rows * Model.Outputs];
        Model.Predict(Standardiser.Apply(new Matrix(rows.Columns, filled, rows.Targets, rows.TargetColumns)), Parameters.Span, scores);
        return scores;
    }

    private static IModel Create(ExportedModel source, int features)
    {
        try
        {
            if (source.Architecture is { } architecture)
            {
                NetworkOptions options = JsonSerializer.Deserialize(architecture, LearningPlanJson.Default.NetworkOptions) ?? throw new JsonException("it is null");
                return (options with { InputScale = 1 }).Create(features, source.Classes.Length, l2: 0);   // the scale is in the file's feature_scale
            }

            ModelKind kind = source.Kind switch
            {
                "linear" => ModelKind.Linear,
                "logistic" => ModelKind.Logistic,
                "softmax" => ModelKind.Softmax,
                _ => throw new ModelFormatException($"the model is of the kind '{source.Kind}' and does not say its architecture; linear, logistic and softmax models need none"),
            };
            return new GeneralisedLinearModel(kind, features, source.Classes.Length, l2: 0);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or ArgumentException)
        {
            throw new ModelFormatException($"the architecture of the {source.Kind} model cannot be built: {exception.Message}", exception);
        }
    }
}
