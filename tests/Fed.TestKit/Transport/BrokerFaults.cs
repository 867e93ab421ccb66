namespace Fed.TestKit.Transport;

/// <summary>What may happen to a broker and to connections with it; all zero is a healthy one.</summary>
public sealed record BrokerFaults
{
    /// <summary>A healthy broker.</summary>
    public static BrokerFaults None { get; } = new();

    /// <summary>Connections lost per ten thousand steps: unacknowledged messages come again, unconfirmed ones have arrived or not.</summary>
    public int ConnectionLossPer10K { get; init; }

    /// <summary>Restarts of the broker per ten thousand steps.</summary>
    public int RestartsPer10K { get; init; }

    /// <summary>Queues per ten thousand steps whose bindings are taken away for a time.</summary>
    public int UnbindingsPer10K { get; init; }

    /// <summary>After so long without a frame a connection is given up on both sides: so long a leader that sleeps keeps its messages.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages that may wait for one address, the oldest being dropped for one more; null for any number.</summary>
    public int? LengthMax { get; init; }
}
