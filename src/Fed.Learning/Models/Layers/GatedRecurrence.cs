using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// A gated recurrent unit over sequences <c>[steps, features]</c>; gives the state after the last step. A step whose features are all zero is padding and leaves the state as it is, so that
/// sequences of any length share a batch.
/// </summary>
/// <remarks>
/// Cho et al. 2014, EMNLP, arXiv 1406.1078, with the reset gate behind the product (as in cuDNN and PyTorch): <c>r = s(x Wr + h Ur + br), z = s(x Wz + h Uz + bz),
/// n = tanh(x Wn + bn + r (h Un + c)), h' = (1 - z) n + z h</c>. Gates lie in the order r, z, n.
/// </remarks>
internal sealed class GatedRecurrence<T>(string name, int features, int steps, int hidden) : Layer<T>(
    steps * features, hidden,
    [
        new ParameterBlock($"{name}.input", [features, 3 * hidden], IsPenalised: true),
        new ParameterBlock($"{name}.recurrent", [hidden, 3 * hidden], IsPenalised: true),
        new ParameterBlock($"{name}.bias", [3 * hidden], IsPenalised: false),
        new ParameterBlock($"{name}.recurrent-bias", [hidden], IsPenalised: false),
    ])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The logistic curve of it is 1 to the last bit.
    private const double Shut = 1e4;
    private readonly int _gates = 3 * hidden;

    private int Recurrent => features * _gates;

    private int Bias => Recurrent + Outputs * _gates;

    private int RecurrentBias => Bias + _gates;

    public override void Init(Span<double> parameters, InitialDraws draws)
    {
        draws.Xavier(parameters[..Recurrent], features, Outputs);
        draws.Xavier(parameters[Recurrent..Bias], Outputs, Outputs);
    }

    public override LayerState<T> CreateState(int rowsMax) => new State(rowsMax, steps, Outputs);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State s = (State)pass.State;
        int rows = pass.Rows;
        Span<T> fromInput = s.FromInput.AsSpan(0, rows * steps * _gates);
        for (int i = 0; i < rows * steps; i++) parameters[Bias..RecurrentBias].CopyTo(fromInput[(i * _gates)..]);
        MatrixProduct.Add(new(x, rows * steps, features), new(parameters, features, _gates), fromInput);
        s.States.AsSpan(0, rows * Outputs).Clear();
        for (int t = 0; t < steps; t++)
        {
            Span<T> before = s.StateAt(t, rows), after = s.StateAt(t + 1, rows), recurrent = s.RecurrentAt(t, rows), gates = s.GatesAt(t, rows);
            recurrent.Clear();
            for (int r = 0; r < rows; r++) parameters.Slice(RecurrentBias, Outputs).CopyTo(recurrent[(r * _gates + 2 * Outputs)..]);
            MatrixProduct.Add(new(before, rows, Outputs), new(parameters[Recurrent..Bias], Outputs, _gates), recurrent);
            for (int r = 0; r < rows; r++)
            {
                Span<T> old = before.Slice(r * Outputs, Outputs), next = after.Slice(r * Outputs, Outputs);
                bool isPadding = !x.Slice((r * steps + t) * features, features).ContainsAnyExcept(T.Zero);
                s.IsPadding[t * rows + r] = isPadding;
                old.CopyTo(next);
                if (!isPadding) Step(fromInput.Slice((r * steps + t) * _gates, _gates), recurrent.Slice(r * _gates, _gates), gates.Slice(r * _gates, _gates), next);
            }
        }
        s.StateAt(steps, rows).CopyTo(y);
    }

    // ONNX's GRU with the reset gate behind the product is ours, gates in the order z, r, n. Padding is told to it by one feature more, which holds the update gate shut.
    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        OnnxValue sequence = graph.Shaped(x, steps, features);
        OnnxValue size = graph.Step("ReduceSum", [steps, 1], [graph.Each("Abs", sequence).Name, graph.Integers(2)], OnnxAttribute.Number("keepdims", 1));
        OnnxValue isPadding = graph.As(graph.Precision, graph.Each("Equal", size, graph.Number(0)));
        OnnxValue marked = graph.Step("Concat", [steps, features + 1], [sequence.Name, isPadding.Name], OnnxAttribute.Number("axis", 2));
        OnnxValue byStep = graph.Step("Transpose", [features + 1], [marked.Name], OnnxAttribute.List("perm", 1, 0, 2));

        double[] input = new double[_gates * (features + 1)], recurrent = new double[_gates * Outputs], bias = new double[2 * _gates];
        for (int gate = 0; gate < 3; gate++)
            for (int h = 0; h < Outputs; h++)
            {
                int to = gate * Outputs + h, from = (gate == 2 ? 2 : 1 - gate) * Outputs + h;
                for (int f = 0; f < features; f++) input[to * (features + 1) + f] = parameters[f * _gates + from];
                if (gate == 0) input[to * (features + 1) + features] = Shut;
                for (int k = 0; k < Outputs; k++) recurrent[to * Outputs + k] = parameters[Recurrent + k * _gates + from];
                bias[to] = parameters[Bias + from];
                if (gate == 2) bias[_gates + to] = parameters[RecurrentBias + h];
            }
        return graph.Shaped(
            graph.SecondOf(
                "GRU", [1, Outputs],
                [
                    byStep.Name,
                    graph.Weights(Blocks[0].Name, [1, _gates, features + 1], input),
                    graph.Weights(Blocks[1].Name, [1, _gates, Outputs], recurrent),
                    graph.Weights(Blocks[2].Name, [1, 2 * _gates], bias),
                ],
                OnnxAttribute.Number("hidden_size", Outputs), OnnxAttribute.Number("linear_before_reset", 1)),
            Outputs);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State s = (State)pass.State;
        int rows = pass.Rows;
        Span<T> bySteps = s.InputSlopes.AsSpan(0, rows * steps * _gates), byRecurrent = s.RecurrentSlopes.AsSpan(0, rows * _gates), slope = s.Slope.AsSpan(0, rows * Outputs);
        dy.CopyTo(slope);
        bySteps.Clear();
        for (int t = steps - 1; t >= 0; t--)
        {
            Span<T> before = s.StateAt(t, rows);
            byRecurrent.Clear();
            for (int r = 0; r < rows; r++)
            {
                if (s.IsPadding[t * rows + r]) continue;
                Unstep(
                    s.GatesAt(t, rows).Slice(r * _gates, _gates), s.RecurrentAt(t, rows).Slice(r * _gates + 2 * Outputs, Outputs), before.Slice(r * Outputs, Outputs),
                    slope.Slice(r * Outputs, Outputs), bySteps.Slice((r * steps + t) * _gates, _gates), byRecurrent.Slice(r * _gates, _gates));
                Elementwise.Add<T>(byRecurrent.Slice(r * _gates + 2 * Outputs, Outputs), gradient.Slice(RecurrentBias, Outputs));
            }
            MatrixProduct.Add(new MatrixView<T>(before, rows, Outputs).Transposed, new(byRecurrent, rows, _gates), gradient[Recurrent..Bias]);
            MatrixProduct.Add(new(byRecurrent, rows, _gates), new MatrixView<T>(parameters[Recurrent..Bias], Outputs, _gates).Transposed, slope);
        }
        MatrixProduct.Add(new MatrixView<T>(x, rows * steps, features).Transposed, new(bySteps, rows * steps, _gates), gradient[..Recurrent]);
        Elementwise.AddRows(bySteps, gradient[Bias..RecurrentBias]);
        if (dx.IsEmpty) return;
        dx.Clear();
        MatrixProduct.Add(new(bySteps, rows * steps, _gates), new MatrixView<T>(parameters, features, _gates).Transposed, dx);
    }

    // One example's step: gates from both sums, then the new state in the place of the old.
    private void Step(ReadOnlySpan<T> fromInput, ReadOnlySpan<T> recurrent, Span<T> gates, Span<T> state)
    {
        fromInput.CopyTo(gates);
        Span<T> switches = gates[..(2 * Outputs)], fresh = gates[(2 * Outputs)..];
        Elementwise.Add(recurrent[..(2 * Outputs)], switches);
        Activations.Forward<T, LogisticCurve>(switches, switches);
        for (int i = 0; i < Outputs; i++) fresh[i] += switches[i] * recurrent[2 * Outputs + i];
        Activations.Forward<T, HyperbolicTangent>(fresh, fresh);
        for (int i = 0; i < Outputs; i++) state[i] = (T.One - switches[Outputs + i]) * fresh[i] + switches[Outputs + i] * state[i];
    }

    // The same backwards: the slope by the new state becomes the part of the slope by the old one that goes around the product.
    private void Unstep(ReadOnlySpan<T> gates, ReadOnlySpan<T> recurrent, ReadOnlySpan<T> before, Span<T> slope, Span<T> byInput, Span<T> byRecurrent)
    {
        for (int i = 0; i < Outputs; i++)
        {
            T r = gates[i], z = gates[Outputs + i], n = gates[2 * Outputs + i], dh = slope[i];
            T dn = dh * (T.One - z) * (T.One - n * n), dz = dh * (before[i] - n) * z * (T.One - z), dr = dn * recurrent[i] * r * (T.One - r);
            byInput[i] = byRecurrent[i] = dr;
            byInput[Outputs + i] = byRecurrent[Outputs + i] = dz;
            byInput[2 * Outputs + i] = dn;
            byRecurrent[2 * Outputs + i] = dn * r;
            slope[i] = dh * z;
        }
    }

    private sealed class State(int rowsMax, int steps, int hidden) : LayerState<T>
    {
        public T[] FromInput { get; } = new T[rowsMax * steps * 3 * hidden];

        public T[] InputSlopes { get; } = new T[rowsMax * steps * 3 * hidden];

        public T[] RecurrentSlopes { get; } = new T[rowsMax * 3 * hidden];

        public T[] Slope { get; } = new T[rowsMax * hidden];

        public T[] States { get; } = new T[(steps + 1) * rowsMax * hidden];

        public bool[] IsPadding { get; } = new bool[rowsMax * steps];

        private T[] Recurrent { get; } = new T[steps * rowsMax * 3 * hidden];

        private T[] Gates { get; } = new T[steps * rowsMax * 3 * hidden];

        public Span<T> StateAt(int step, int rows) => States.AsSpan(step * rows * hidden, rows * hidden);

        public Span<T> RecurrentAt(int step, int rows) => Recurrent.AsSpan(step * rows * 3 * hidden, rows * 3 * hidden);

        public Span<T> GatesAt(int step, int rows) => Gates.AsSpan(step * rows * 3 * hidden, rows * 3 * hidden);
    }
}
