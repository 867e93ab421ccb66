namespace Fed.Cluster.Identity;

/// <summary>A key file cannot be used: unreadable, of another kind, or open to others.</summary>
public sealed class KeyFileException(string message, Exception? inner = null) : Exception(message, inner);
