namespace Fed.TestKit.Stores;

/// <summary>Bytes as programs see them and as the disk has them.</summary>
internal sealed class SimulatedFile
{
    private byte[] _bytes = [];
    private byte[] _synced = [];

    public long Length => _bytes.Length;

    public byte[] ToArray() => [.. _bytes];

    public void Truncate() => _bytes = [];

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        int end = checked((int)offset + bytes.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, end);
        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    public int Read(long offset, Span<byte> destination)
    {
        if (offset >= _bytes.Length) return 0;
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)offset);
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    public void Sync() => _synced = [.. _bytes];

    /// <summary>The synced bytes, the current ones, or current ones whose tail never reached the disk (zeros, as after a size that was written before its data).</summary>
    public void Crash(ISimulation simulation)
    {
        if (!_bytes.AsSpan().SequenceEqual(_synced))
        {
            switch (simulation.Below(3))
            {
                case 0:
                    _bytes = [.. _synced];
                    break;
                case 1 when _bytes.Length > 0:
                    int torn = simulation.Below(_bytes.Length);
                    _bytes.AsSpan(torn).Clear();
                    _synced.AsSpan(0, Math.Min(_synced.Length, _bytes.Length)).CopyTo(_bytes);
                    break;
            }
        }
        Sync();
    }

    public void Damage(int offset)
    {
        _bytes[offset] ^= 1;
        _synced = [.. _bytes];
    }
}
