using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>In training, sets each entry to zero with a probability and divides the others by its complement; else nothing. The draws follow from the job's seed.</summary>
/// <remarks>Srivastava et al. 2014, JMLR 15, with the scaling moved into training.</remarks>
internal sealed class Dropout<T>(int length, double probability) : Layer<T>(length, length)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override LayerState<T> CreateState(int rowsMax) => new State(rowsMax * Inputs);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        x.CopyTo(y);
        if (pass.Workspace.Noise is not { } noise) return;
        State state = (State)pass.State;
        Span<ulong> words = state.Words.AsSpan(0, (x.Length + 1) / 2);
        noise.Fill(pass.Workspace.NoiseDrawn, words);
        pass.Workspace.NoiseDrawn += words.Length;
        T kept = T.CreateSaturating(1 / (1 - probability));
        uint limit = (uint)(probability * uint.MaxValue);
        for (int i = 0; i < x.Length; i++) state.Mask[i] = (uint)(words[i / 2] >> 32 * (i % 2)) < limit ? T.Zero : kept;
        Elementwise.Multiply<T>(state.Mask.AsSpan(0, x.Length), y);
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => x;

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (dx.IsEmpty) return;
        dy.CopyTo(dx);
        if (pass.Workspace.Noise is not null) Elementwise.Multiply<T>(((State)pass.State).Mask.AsSpan(0, x.Length), dx);
    }

    private sealed class State(int length) : LayerState<T>
    {
        public T[] Mask { get; } = new T[length];

        public ulong[] Words { get; } = new ulong[(length + 1) / 2];
    }
}
