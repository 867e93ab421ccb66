namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>What goes over a broker.</summary>
public enum WireLane
{
    /// <summary>Control messages.</summary>
    Control,

    /// <summary>Pieces of blobs, and what is said about them.</summary>
    Bulk,
}
