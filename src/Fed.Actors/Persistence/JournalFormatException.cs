namespace Fed.Actors.Persistence;

/// <summary>A stored event cannot be read: an unknown tag, a newer schema version, or damaged bytes.</summary>
public sealed class JournalFormatException(string message, Exception? inner = null) : Exception(message, inner);
