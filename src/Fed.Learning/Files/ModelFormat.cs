namespace Fed.Learning.Files;

/// <summary>File formats of an exported model.</summary>
public enum ModelFormat
{
    /// <summary>Binary, readable from Python, R, Rust ...</summary>
    Safetensors,

    /// <summary>Text.</summary>
    Json,

    /// <summary>A graph from raw features to scores and probabilities, for any runtime of https://onnx.ai; written only.</summary>
    Onnx,
}
