namespace Fed.TestKit;

/// <summary>
/// A clock that stands still until it is advanced, from one place. Timers fire inside <see cref="Advance"/>, in order of their due times, those of one time in the order
/// in which they were set; each sees the time at which it was due. Belongs to one thread.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly SortedSet<ManualTimer> _timers = new(Comparer<ManualTimer>.Create(static (a, b) => (a.Due, a.Order).CompareTo((b.Due, b.Order))));
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;
    private long _order;

    /// <summary>Starts at a fixed date, the same in every run.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts at a given time.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _start = start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time until the next timer is due; null where none is set.</summary>
    public TimeSpan? NextDue => _timers.Min is { } next ? next.Due - _elapsed : null;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + _elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => _elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on and fires what is due.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan end = _elapsed + by;
        while (_timers.Min is { } next && next.Due <= end)
        {
            _elapsed = next.Due > _elapsed ? next.Due : _elapsed;
            next.Fire();
        }
        _elapsed = end;
    }

    /// <summary>Moves time to the next timer and fires what is due then; false where none is set.</summary>
    public bool AdvanceToNext()
    {
        if (NextDue is not { } due) return false;
        Advance(due > TimeSpan.Zero ? due : TimeSpan.Zero);
        return true;
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _isDisposed;

        public TimeSpan Due { get; private set; }

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed) return false;
            time._timers.Remove(this);
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) Set(time._elapsed + dueTime);
            return true;
        }

        public void Fire()
        {
            time._timers.Remove(this);
            if (_period > TimeSpan.Zero) Set(Due + _period);
            callback(state);
        }

        public void Dispose()
        {
            _isDisposed = true;
            time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(TimeSpan due)
        {
            (Due, Order) = (due, time._order++);
            time._timers.Add(this);
        }
    }
}
