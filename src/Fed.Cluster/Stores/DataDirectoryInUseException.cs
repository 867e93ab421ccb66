namespace Fed.Cluster.Stores;

/// <summary>Another process writes to the data directory.</summary>
public sealed class DataDirectoryInUseException(string message, Exception? inner = null) : Exception(message, inner);
