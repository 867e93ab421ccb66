namespace Fed.Host.Comparisons;

/// <summary>A protection changed a model: a bug of ours, or damage on this machine, and no mistake of the user's.</summary>
internal sealed class ModelsDifferException(string message) : Exception(message);
