namespace Fed.Learning.Files;

/// <summary>A file is not the safetensors file that it says it is; the message names the value seen and the bound it broke.</summary>
public sealed class SafetensorsFormatException(string message, Exception? inner = null) : Exception(message, inner);
