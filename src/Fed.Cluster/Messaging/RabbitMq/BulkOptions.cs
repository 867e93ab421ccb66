namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>Limits of what a node fetches through its broker.</summary>
public sealed record BulkOptions
{
    /// <summary>Pieces of 1 MiB that one transfer has asked for and not received.</summary>
    public int PiecesMax { get; init; } = 8;

    /// <summary>Pieces that all transfers of a node together have asked for and not received. They lie at the broker, whose queue for a node drops what is too much. So many transfers are under way at most; more wait for their turn.</summary>
    public int TotalPiecesMax { get; init; } = 48;

    /// <summary>A model that was fetched into memory is kept for so long, the last one alone: a round's evaluation and the next round's training are of the same. Zero keeps none.</summary>
    public TimeSpan ModelKeptFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A larger one is not kept: with what lies in transfers under way, a node's transport stays below 64 MB whatever the model's size. A model of ten million float32 fits.</summary>
    public long ModelKeptMax { get; init; } = 42 * 1000 * 1000;

    /// <summary>Pieces on their way from the broker to the node.</summary>
    public ushort Prefetch { get; init; } = 8;

    /// <summary>A transfer that hears nothing for so long asks again for what is missing.</summary>
    public TimeSpan RepairAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A transfer that hears nothing for so long fails; whoever wanted it decides whether to begin again.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest blob that is fetched: what a peer announces is not believed beyond it.</summary>
    public long BlobBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;
}
