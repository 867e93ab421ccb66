namespace Fed.Cluster.Identity;

/// <summary>A request, certificate or revocation list is refused; the message says what is wrong with it and what to do.</summary>
public sealed class IdentityException(string message, Exception? inner = null) : Exception(message, inner);
