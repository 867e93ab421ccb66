namespace Fed.Learning.Files.Onnx;

/// <summary>A model that can be written down as an ONNX graph.</summary>
internal interface IOnnxModel
{
    /// <summary>The precision of its arithmetic.</summary>
    OnnxType Precision { get; }

    /// <summary>Adds the way from standardised features to scores.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="x">Standardised features in the model's precision, shape <c>[rows, Columns]</c>.</param>
    /// <returns>Shape <c>[rows, Outputs]</c>.</returns>
    OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x);
}
