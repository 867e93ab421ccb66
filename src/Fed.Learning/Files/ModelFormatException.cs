namespace Fed.Learning.Files;

/// <summary>A file is not a model that <see cref="ModelFile"/> wrote; the message names what is missing or wrong.</summary>
public sealed class ModelFormatException(string message, Exception? inner = null) : Exception(message, inner);
