namespace Fed.Learning.Files;

/// <summary>File formats of an exported model.</summary>
public enum ModelFormat
{
    /// <summary>Binary, readable from Python, R, Rust ...</summary>
    Safetensors,

    /// <summary>Text.</summary>
    Json,
}
