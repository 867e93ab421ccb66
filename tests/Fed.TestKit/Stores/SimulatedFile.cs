namespace Fed.TestKit.Stores;

/// <summary>
/// Bytes as programs see them, and what is needed to find those of the disk: the length at the last sync, and the pages written since, as they were then.
/// Cost of a write is that of its pages, however long the file is.
/// </summary>
internal sealed class SimulatedFile
{
    public const int PageBytes = 4096, SectorBytes = 512;

    private readonly SortedDictionary<int, byte[]> _syncedPages = [];   // only of pages written since the last sync
    private byte[] _bytes = [];
    private int _length, _syncedLength;

    public long Length => _length;

    private bool IsDirty => _syncedPages.Count > 0 || _length != _syncedLength;

    public byte[] ToArray() => _bytes[.._length];

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        int start = checked((int)offset), end = checked(start + bytes.Length);
        Keep(Math.Min(start, _length), end);   // a gap in front of the write becomes zeros
        if (end > _bytes.Length) Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(start));
        _length = Math.Max(_length, end);
    }

    public int Read(long offset, Span<byte> destination)
    {
        if (offset >= _length) return 0;
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)offset, _length - (int)offset);
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    public void CutTo(int length)
    {
        if (length >= _length) return;
        Keep(length, _length);
        _bytes.AsSpan(length, _length - length).Clear();
        _length = length;
    }

    public void Sync()
    {
        _syncedPages.Clear();
        _syncedLength = _length;
    }

    /// <summary>
    /// What was synced stays. Of the rest the length is the old or the new one, and each page that was written is on the disk, is not, or is torn between two sectors; what was never there reads as zeros.
    /// </summary>
    public void Crash(ISimulation simulation)
    {
        if (IsDirty)
        {
            int length = simulation.Below(2) == 0 ? _syncedLength : _length;
            var found = new byte[length];
            _bytes.AsSpan(0, Math.Min(length, _length)).CopyTo(found);
            foreach ((int page, byte[] synced) in _syncedPages)
            {
                int start = page * PageBytes, sectors = PageBytes / SectorBytes;
                int written = start >= _length ? 0 : simulation.Below(3) switch { 0 => 0, 1 => sectors, _ => 1 + simulation.Below(sectors - 1) };
                int torn = start + (written * SectorBytes), end = Math.Min(start + PageBytes, length);
                if (torn >= end) continue;
                Span<byte> lost = found.AsSpan(torn, end - torn);
                lost.Clear();
                ReadOnlySpan<byte> old = synced.AsSpan(Math.Min(torn - start, synced.Length));
                old[..Math.Min(old.Length, lost.Length)].CopyTo(lost);
            }

            (_bytes, _length) = (found, length);
        }

        Sync();
    }

    public void Damage(int offset)
    {
        _bytes[offset] ^= 1;
        Sync();
    }

    /// <summary>Remembers the synced content of the pages that a change is about to touch.</summary>
    private void Keep(int start, int end)
    {
        for (int page = start / PageBytes; page * PageBytes < end; page++)
        {
            int from = page * PageBytes, to = Math.Min(from + PageBytes, _syncedLength);
            if (!_syncedPages.ContainsKey(page)) _syncedPages[page] = from < to ? _bytes[from..to] : [];
        }
    }
}
