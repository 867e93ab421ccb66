namespace Fed.Cluster.Journals;

/// <summary>
/// A dedicated thread that takes everything that has gathered while it was busy, as one group. Posting never blocks; nothing is allocated per item but what the two
/// lists need to grow. A handler that throws ends the process: it is a bug, and state in doubt must not go on.
/// </summary>
internal sealed class Lane<TItem> : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _arrived = new(initialState: false);
    private readonly Action<List<TItem>> _handle;
    private readonly Thread _thread;
    private List<TItem> _waiting = [];
    private bool _closed;

    public Lane(string name, Action<List<TItem>> handle)
    {
        _handle = handle;
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Hands an item over; false when the lane is closed.</summary>
    public bool TryPost(TItem item)
    {
        lock (_gate)   // the signal too: once closed, nobody touches the event any more
        {
            if (_closed) return false;
            _waiting.Add(item);
            if (_waiting.Count == 1) _arrived.Set();
            return true;
        }
    }

    private void Loop()
    {
        List<TItem> group = [];
        while (true)
        {
            lock (_gate)
            {
                (group, _waiting) = (_waiting, group);
                if (group.Count == 0 && _closed) return;
            }
            if (group.Count == 0)
            {
                _arrived.WaitOne();
                continue;
            }
            _handle(group);
            group.Clear();
        }
    }

    /// <summary>Finishes what was posted, then ends the thread. Not to be called from a handler.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            _arrived.Set();
        }
        _thread.Join();
        _arrived.Dispose();
    }
}
