namespace Fed.Cluster.Stores;

/// <summary>A stored file's bytes are not those that its name promises.</summary>
public sealed class BlobDamagedException(string message) : Exception(message);
