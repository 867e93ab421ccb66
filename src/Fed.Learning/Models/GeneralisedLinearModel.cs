using Fed.Learning.Data;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;
using Fed.Learning.Models.Losses;
using Fed.Learning.Numerics;

namespace Fed.Learning.Models;

/// <summary>
/// A generalised linear model with L2 penalty. Objective: <c>mean loss + l2/2 * |coefficients|^2</c>; intercepts go free. Parameters are flat: coefficients, for softmax class by
/// class, shape <c>[outputs, features]</c>, then the intercepts, shape <c>[outputs]</c>.
/// </summary>
/// <remarks>Rows are visited in order and every sum has a fixed order, so results have the same bits on every CPU and for any number of threads. Thread-safe: holds no state.</remarks>
public sealed partial class GeneralisedLinearModel : IModel<double>, IOnnxModel
{
    private const int OutputsMax = 1024;
    private readonly ILoss _loss;

    /// <summary>Makes a model.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="features">Features a row, at least 1.</param>
    /// <param name="classes">2 for logistic, 2 to 1024 for softmax, 0 for linear.</param>
    /// <param name="l2">Penalty, at least 0.</param>
    /// <exception cref="ArgumentException">Classes do not suit the kind, or the penalty is negative.</exception>
    public GeneralisedLinearModel(ModelKind kind, int features, int classes, double l2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        if (!(l2 >= 0 && double.IsFinite(l2))) throw new ArgumentException($"l2 is {l2}; it must be a number of at least 0", nameof(l2));
        _loss = (kind, classes) switch
        {
            (ModelKind.Linear, 0) => new SquaredLoss(),
            (ModelKind.Logistic, 2) => new LogisticLoss(),
            (ModelKind.Softmax, >= 2 and <= OutputsMax) => new SoftmaxLoss(classes),
            _ => throw new ArgumentException($"a {kind} model cannot have {classes} classes; linear has 0, logistic 2, softmax 2 to {OutputsMax}", nameof(classes)),
        };
        Kind = kind;
        Features = features;
        Classes = classes;
        L2 = l2;
        Blocks = [new ParameterBlock("coefficients", Outputs == 1 ? [features] : [Outputs, features], IsPenalised: true), new ParameterBlock("intercept", [Outputs], IsPenalised: false)];
    }

    /// <summary>Which model it is.</summary>
    public ModelKind Kind { get; }

    /// <inheritdoc/>
    public ModelTask Task => Kind switch
    {
        ModelKind.Linear => ModelTask.Regression,
        ModelKind.Logistic => ModelTask.TwoClasses,
        _ => ModelTask.Classes,
    };

    /// <inheritdoc/>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    /// <inheritdoc/>
    public int Columns => Features;

    /// <summary>Features a row.</summary>
    public int Features { get; }

    /// <summary>Classes of the target; 0 for regression.</summary>
    public int Classes { get; }

    /// <summary>The penalty.</summary>
    public double L2 { get; }

    /// <summary>Scores a row has: 1, or one a class.</summary>
    public int Outputs => _loss.Outputs;

    /// <summary>Length of a parameter vector.</summary>
    public int Parameters => Outputs * (Features + 1);

    /// <summary>Coefficients among the parameters: those that the penalty binds.</summary>
    public int Coefficients => Outputs * Features;

    /// <inheritdoc/>
    OnnxType IOnnxModel.Precision => OnnxType.Double;

    /// <inheritdoc/>
    OnnxValue IOnnxModel.AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => graph.Step(
        "Gemm", [Outputs],
        [x.Name, graph.Weights(Blocks[0].Name, [Outputs, Features], parameters[..Coefficients]), graph.Weights(Blocks[1], parameters[Coefficients..])],
        OnnxAttribute.Number("transB", 1));

    /// <summary>The scores of one row (the logit, the number, the logits).</summary>
    public void Scores(ReadOnlySpan<double> row, ReadOnlySpan<double> parameters, Span<double> scores)
    {
        for (int o = 0; o < Outputs; o++) scores[o] = FixedOrder.Dot(row, parameters.Slice(o * Features, Features)) + parameters[Coefficients + o];
    }

    /// <summary>Objective over all rows and, where asked, its gradient.</summary>
    /// <param name="data">At least one row.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Receives the gradient, shape <c>[Parameters]</c>; empty when not wanted.</param>
    public double Objective(Matrix data, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        gradient.Clear();
        double loss = AddRows(data, [], data.Rows, parameters, gradient, new Workspace(data.Rows, Outputs));
        return Finish(loss, data.Rows, parameters, gradient);
    }

    /// <inheritdoc/>
    public double Objective(Examples<double> examples, ReadOnlySpan<int> batch, ReadOnlySpan<double> parameters, Span<double> gradient, ModelWorkspace<double> workspace)
    {
        gradient.Clear();
        double loss = AddRows(examples.Source, batch, batch.Length, parameters, gradient, (Workspace)workspace);
        return Finish(loss, batch.Length, parameters, gradient);
    }

    /// <inheritdoc/>
    public double ExampleGradient(Examples<double> examples, int row, ReadOnlySpan<double> parameters, Span<double> gradient, ModelWorkspace<double> workspace)
    {
        gradient.Clear();
        return AddRows(examples.Source, [row], 1, parameters, gradient, (Workspace)workspace);
    }

    /// <summary>Zeros: the objective is convex, so that any start is as good.</summary>
    /// <param name="seed">Not used.</param>
    public double[] Init(ReadOnlySpan<byte> seed) => new double[Parameters];

    /// <inheritdoc/>
    public ModelWorkspace<double> CreateWorkspace(int rowsMax) => new Workspace(rowsMax, Outputs);

    /// <inheritdoc/>
    public void Predict(Matrix data, ReadOnlySpan<double> parameters, Span<double> scores)
    {
        if (data.Rows > 0) Score(new RowSet<double>(data.Values, Features), parameters, scores);
    }

    /// <inheritdoc/>
    public double LossSum(Matrix data, ReadOnlySpan<double> scores)
    {
        double[] losses = new double[data.Rows];
        _loss.Evaluate(scores, data.Targets, new double[scores.Length], losses);
        double sum = 0;
        foreach (double loss in losses) sum += loss;
        return sum;
    }

    /// <summary>Second derivatives of the objective, row-major, shape <c>[Parameters, Parameters]</c>, both triangles. Cost O(rows * Parameters^2).</summary>
    internal void Hessian(Matrix data, ReadOnlySpan<double> parameters, Span<double> hessian)
    {
        hessian.Clear();
        int outputs = Outputs, width = Parameters;
        double[] scores = new double[outputs], curvature = new double[outputs * outputs];
        for (int r = 0; r < data.Rows; r++)
        {
            ReadOnlySpan<double> row = data.Row(r);
            Scores(row, parameters, scores);
            _loss.Curvature(scores, curvature);
            for (int a = 0; a < outputs; a++)
            {
                for (int b = 0; b < outputs; b++)
                {
                    double c = curvature[a * outputs + b] / data.Rows;
                    for (int j = 0; j < Features; j++)
                    {
                        Span<double> line = hessian.Slice((a * Features + j) * width, width);
                        FixedOrder.AddScaled(c * row[j], row, line.Slice(b * Features, Features));
                        line[Coefficients + b] += c * row[j];
                    }
                    Span<double> intercept = hessian.Slice((Coefficients + a) * width, width);
                    FixedOrder.AddScaled(c, row, intercept.Slice(b * Features, Features));
                    intercept[Coefficients + b] += c;
                }
            }
        }
        for (int i = 0; i < Coefficients; i++) hessian[i * width + i] += L2;
    }

    private double Finish(double loss, int rows, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        ReadOnlySpan<double> coefficients = parameters[..Coefficients];
        for (int i = 0; i < gradient.Length; i++) gradient[i] /= rows;
        if (!gradient.IsEmpty) FixedOrder.AddScaled(L2, coefficients, gradient[..Coefficients]);
        return loss / rows + 0.5 * L2 * FixedOrder.Dot(coefficients, coefficients);
    }
}
