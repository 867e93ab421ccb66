using Fed.Learning.Models;

namespace Fed.Learning.Files.Onnx;

/// <summary>
/// A trained model as an ONNX file that takes raw features: filling, standardising and the model are one graph. Input: <c>features</c> [rows, features], float64, NaN where a value is
/// missing. Output: <c>scores</c> [rows, outputs] and what follows from them, in the model's precision.
/// </summary>
internal static class OnnxExport
{
    /// <summary>Writes a model.</summary>
    /// <exception cref="NotSupportedException">The model has no ONNX form.</exception>
    public static void Write(TrainedModel trained, Stream output)
    {
        ExportedModel source = trained.Source;
        if (trained.Model is not IOnnxModel model) throw new NotSupportedException($"a {source.Kind} model has no ONNX form; export it as safetensors or json");
        OnnxGraph graph = new(model.Precision);
        OnnxValue x = Inputs(graph, trained), scores = graph.Flat(model.AddTo(graph, trained.Parameters.Span, x));
        graph.Result("scores", scores);
        Results(graph, trained.Model.Task, x, scores);
        OnnxWriter.Write(graph, source.Name, ModelTensors.MetadataOf(source), output);
    }

    // Missing values are filled and features standardised in float64, as in training; only then are they rounded to the model's precision.
    private static OnnxValue Inputs(OnnxGraph graph, TrainedModel trained)
    {
        int features = trained.Source.Features.Length;
        OnnxValue x = graph.Declare("features", OnnxType.Double, features), missing = graph.Each("IsNaN", x);
        x = graph.Each("Where", missing, graph.Floats(TrainedModel.FillTensor, [features], trained.Fill, OnnxType.Double), x.Name);
        double[] means = trained.Standardiser.Means, scales = trained.Standardiser.Deviations;
        if (Array.Exists(means, static mean => mean != 0)) x = graph.Each("Sub", x, graph.Floats(TrainedModel.MeanTensor, [features], means, OnnxType.Double));
        if (Array.Exists(scales, static scale => scale != 1)) x = graph.Each("Div", x, graph.Floats(TrainedModel.ScaleTensor, [features], scales, OnnxType.Double));
        return graph.Precision == OnnxType.Double ? x : graph.As(graph.Precision, x);
    }

    private static void Results(OnnxGraph graph, ModelTask task, OnnxValue x, OnnxValue scores)
    {
        switch (task)
        {
            case ModelTask.TwoClasses:   // each from its own side, so that neither loses its digits near 0
                graph.Result("probabilities", graph.Joined([graph.Each("Sigmoid", graph.Each("Neg", scores)), graph.Each("Sigmoid", scores)]));
                break;
            case ModelTask.Classes:
                graph.Result("probabilities", graph.Step("Softmax", scores.Shape, [scores.Name], OnnxAttribute.Number("axis", 1)));
                break;
            case ModelTask.Reconstruction:
                OnnxValue distance = graph.Each("Sub", x, scores.Name);
                graph.Result("error", graph.Step("ReduceMean", [1], [graph.Each("Mul", distance, distance.Name).Name], OnnxAttribute.List("axes", 1), OnnxAttribute.Number("keepdims", 1)));
                break;
            case ModelTask.Risk:
                graph.Result("relative_risk", graph.Each("Exp", scores));
                break;
            case ModelTask.Hazard:
                // ln(1 - hazard) = -softplus(score); survival to an interval's end is the exponential of their sum up to it.
                graph.Result("hazards", graph.Each("Sigmoid", scores));
                OnnxValue logs = graph.Each("Neg", graph.Each("Softplus", scores));
                graph.Result("survival", graph.Each("Exp", graph.Each("CumSum", logs, graph.Integer(1))));
                break;
            default:
                break;   // a regression's score is its prediction
        }
    }
}
