using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>
/// An actor's timers by key. They send it messages; a key started again replaces its timer, and a message of a timer that was cancelled or replaced is
/// never delivered, even where it was queued already. Restart and stop cancel all. For the actor's own turns only.
/// </summary>
public sealed class ActorTimers<TMessage>
{
    private readonly ActorCell<TMessage> _cell;
    private readonly Dictionary<object, Entry> _entries = [];

    internal ActorTimers(ActorCell<TMessage> cell) => _cell = cell;

    /// <summary>Sends <paramref name="message"/> once, after <paramref name="delay"/>.</summary>
    /// <param name="key">Compared with <see cref="object.Equals(object)"/>.</param>
    /// <param name="message">What to send.</param>
    /// <param name="delay">Zero or more.</param>
    public void StartSingle(object key, TMessage message, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Start(key, message, delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends <paramref name="message"/> every <paramref name="interval"/>, first after one interval. A tick that finds its forerunner still unread is left out.</summary>
    /// <param name="key">Compared with <see cref="object.Equals(object)"/>.</param>
    /// <param name="message">What to send.</param>
    /// <param name="interval">More than zero.</param>
    public void StartPeriodic(object key, TMessage message, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, message, interval, interval);
    }

    /// <summary>True where a timer of this key will still send something.</summary>
    public bool IsActive(object key)
    {
        _cell.AssertOnTurn();
        return _entries.ContainsKey(key);
    }

    /// <summary>Cancels a timer; nothing happens where there is none.</summary>
    public void Cancel(object key)
    {
        _cell.AssertOnTurn();
        if (_entries.Remove(key, out Entry? entry)) entry.Cancel();
    }

    /// <summary>Cancels all timers.</summary>
    public void CancelAll()
    {
        foreach (Entry entry in _entries.Values) entry.Cancel();
        _entries.Clear();
    }

    private void Start(object key, TMessage message, TimeSpan due, TimeSpan period)
    {
        Cancel(key);
        Entry entry = new(this, key, message, isPeriodic: period != Timeout.InfiniteTimeSpan);
        _entries.Add(key, entry);
        entry.Start(_cell.System.Time, due, period);
    }

    private sealed class Entry(ActorTimers<TMessage> timers, object key, TMessage message, bool isPeriodic) : Control
    {
        private ITimer? _timer;
        private int _isQueued;
        private bool _isCancelled;   // touched on the actor's turns only

        public override object? Content => _isCancelled ? null : message;

        public void Start(TimeProvider time, TimeSpan due, TimeSpan period) =>
            _timer = time.CreateTimer(static entry => ((Entry)entry!).Fire(), this, due, period);

        public void Cancel()
        {
            _isCancelled = true;
            _timer?.Dispose();
        }

        public override void Apply(ActorCell cell)
        {
            Volatile.Write(ref _isQueued, 0);
            if (_isCancelled) return;
            if (!isPeriodic)
            {
                timers._entries.Remove(key);
                _timer?.Dispose();
            }
            timers._cell.Deliver(message);
        }

        private void Fire()
        {
            if (Interlocked.Exchange(ref _isQueued, 1) == 0) timers._cell.Post(this);
        }
    }
}
