namespace Fed.Cluster.Journals;

/// <summary>A journal file without tables: the writer that creates it has only just begun, or was stopped there. A writer that opens it makes it whole.</summary>
public sealed class JournalEmptyException(string message) : IOException(message);
