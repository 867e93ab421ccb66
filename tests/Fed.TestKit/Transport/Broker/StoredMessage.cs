namespace Fed.TestKit.Transport.Broker;

/// <summary>A message in a queue, or held by a consumer of it.</summary>
/// <param name="position">Its place in the queue, to which it comes back.</param>
/// <param name="message">The message.</param>
internal sealed class StoredMessage(long position, BrokerMessage message)
{
    public long Position => position;

    public BrokerMessage Message => message;

    /// <summary>How often it was handed to a consumer.</summary>
    public int Deliveries { get; set; }

    /// <summary>Whether the broker has it on its disk.</summary>
    public bool IsSynced { get; set; }

    /// <summary>Acknowledged, dropped or lost.</summary>
    public bool IsGone { get; set; }
}
