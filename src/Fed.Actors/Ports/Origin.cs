namespace Fed.Actors.Ports;

/// <summary>Where a message comes from: the sending node, and the leadership epoch under which it was sent, by which receivers tell a leader of today from one of yesterday.</summary>
/// <param name="Address">The sender.</param>
/// <param name="Epoch">From 1; 0 where nobody contends for the sender's role.</param>
public readonly record struct Origin(NodeAddress Address, long Epoch)
{
    /// <summary>A sender whose role nobody contends for.</summary>
    public static implicit operator Origin(NodeAddress address) => FromNodeAddress(address);

    /// <summary>A sender whose role nobody contends for.</summary>
    public static Origin FromNodeAddress(NodeAddress address) => new(address, 0);

    /// <inheritdoc/>
    public override string ToString() => Epoch == 0 ? Address.Value : $"{Address} (epoch {Epoch})";
}
