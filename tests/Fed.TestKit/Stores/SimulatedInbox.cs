using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>Contributions in memory. A crash forgets all of them, which is what the real inbox promises at most.</summary>
public sealed class SimulatedInbox : ISimulatedInbox
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IInboxEntry Open(string entryId, Digest hash, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (!_entries.TryGetValue(entryId, out Entry? entry) || !entry.Is(hash, length)) _entries[entryId] = entry = new Entry(hash, length);
        return entry;
    }

    /// <inheritdoc/>
    public Stream? OpenRead(string entryId, Digest hash, long length) =>
        _entries.TryGetValue(entryId, out Entry? entry) && entry.Is(hash, length) && entry.IsVerified ? entry.OpenRead() : null;

    /// <inheritdoc/>
    public void Discard(string prefix)
    {
        foreach (string id in _entries.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
        {
            _entries[id].Remove();
            _entries.Remove(id);
        }
    }

    /// <summary>What it holds, in part or whole, in ordinal order.</summary>
    public IReadOnlyCollection<string> Entries => _entries.Keys;

    /// <summary>Stops the machine and starts it again: nothing is left.</summary>
    public void Crash() => Discard("");

    private sealed class Entry(Digest hash, long length) : IInboxEntry
    {
        private readonly byte[] _bytes = new byte[length];
        private readonly bool[] _arrived = new bool[(length + IBulkTransfer.PieceBytes - 1) / IBulkTransfer.PieceBytes];
        private bool _removed;

        public bool IsVerified { get; private set; }

        public bool Is(Digest otherHash, long otherLength) => otherHash == hash && otherLength == length;

        public Stream OpenRead() => new MemoryStream(_bytes, writable: false);

        public void Remove() => _removed = true;

        public void Write(long pieceIndex, ReadOnlySpan<byte> bytes)
        {
            if (pieceIndex < 0 || pieceIndex >= _arrived.Length)
                throw new ArgumentOutOfRangeException(nameof(pieceIndex), pieceIndex, $"the contribution has {_arrived.Length} pieces");
            int expected = (int)Math.Min(IBulkTransfer.PieceBytes, length - (pieceIndex * IBulkTransfer.PieceBytes));
            if (bytes.Length != expected) throw new ArgumentException($"piece {pieceIndex} has {bytes.Length} bytes, not {expected}", nameof(bytes));
            if (_removed || _arrived[pieceIndex]) return;
            bytes.CopyTo(_bytes.AsSpan((int)(pieceIndex * IBulkTransfer.PieceBytes)));
            _arrived[pieceIndex] = true;
        }

        public bool Has(long pieceIndex) => !_removed && pieceIndex >= 0 && pieceIndex < _arrived.Length && _arrived[pieceIndex];

        public bool Complete()
        {
            if (_removed || !_arrived.All(static arrived => arrived)) return false;
            IsVerified = Digest.Of(_bytes) == hash;
            if (!IsVerified) Array.Clear(_arrived);
            return IsVerified;
        }

        public void Dispose()
        {
        }
    }
}
