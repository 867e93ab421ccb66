namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>Limits of what a node fetches through its broker.</summary>
public sealed record BulkOptions
{
    /// <summary>Pieces of 1 MiB that one transfer has asked for and not received.</summary>
    public int PiecesMax { get; init; } = 8;

    /// <summary>Pieces on their way from the broker to the node.</summary>
    public ushort Prefetch { get; init; } = 8;

    /// <summary>A transfer that hears nothing for so long asks again for what is missing.</summary>
    public TimeSpan RepairAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A transfer that hears nothing for so long fails; whoever wanted it decides whether to begin again.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest blob that is fetched: what a peer announces is not believed beyond it.</summary>
    public long BlobBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;
}
