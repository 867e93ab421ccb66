namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>The last model that was fetched into memory, for a while: what a round's sites evaluate is what they train on in the next round. One for a node, and none that is larger than what a transport may take of its node's memory: that one is fetched again. Thread-safe.</summary>
internal sealed class KeptModel(TimeSpan time, long bytesMax)
{
    private readonly Lock _gate = new();
    private (Digest Hash, byte[] Bytes, long Used)? _last;

    /// <summary>The bytes of a hash; null where they are not kept. Nobody changes them.</summary>
    public byte[]? Find(Digest hash)
    {
        lock (_gate) return _last is { } kept && kept.Hash == hash ? kept.Bytes : null;
    }

    /// <summary>Keeps a model in the place of the last one. What is small is no model, and comes again as fast.</summary>
    public void Keep(Digest hash, byte[] bytes, TimeProvider clock)
    {
        if (bytes.Length < IBulkTransfer.PieceBytes || time <= TimeSpan.Zero) return;
        lock (_gate) _last = bytes.Length > bytesMax ? null : (hash, bytes, clock.GetTimestamp());
    }

    /// <summary>Forgets what was fetched too long ago.</summary>
    public void ForgetOld(TimeProvider clock)
    {
        lock (_gate)
        {
            if (_last is { } kept && clock.GetElapsedTime(kept.Used) > time) _last = null;
        }
    }
}
