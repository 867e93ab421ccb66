namespace Fed.Host.Export;

/// <summary>A file is not the safetensors file that it says it is; the message names the value seen and the bound it broke.</summary>
internal sealed class SafetensorsFormatException(string message, Exception? inner = null) : Exception(message, inner);
