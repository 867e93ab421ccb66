namespace Fed.TestKit.Federation;

/// <summary>
/// A clock whose timers are things that happen in a simulation. Each incarnation of a node has one of its own: when the node crashes the clock is stopped, and none of its timers
/// rings any more. Belongs to one thread.
/// </summary>
public sealed class SimulatedClock(ISimulation simulation) : TimeProvider
{
    private bool _isStopped;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How far the wall clock is ahead of true time; a change is a jump, which no timer notices.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>Timers that will still ring.</summary>
    public int Active { get; private set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => simulation.Now + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => simulation.Now.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SimulatedTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Silences all timers for ever.</summary>
    public void Stop()
    {
        _isStopped = true;
        Active = 0;
    }

    private sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;   // a setting that was changed or disposed of rings into the void
        private bool _isSet;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed) return false;
            Unset();
            if (dueTime != Timeout.InfiniteTimeSpan) Set(dueTime, period);
            return true;
        }

        public void Dispose()
        {
            Unset();
            _isDisposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(TimeSpan dueTime, TimeSpan period)
        {
            int setting = ++_setting;
            _isSet = true;
            clock.Active++;
            clock.Schedule(dueTime, () =>
            {
                if (setting != _setting || clock._isStopped) return;
                Unset();
                if (period > TimeSpan.Zero) Set(period, period);
                callback(state);
            });
        }

        private void Unset()
        {
            _setting++;
            if (_isSet && !clock._isStopped) clock.Active--;
            _isSet = false;
        }
    }

    private void Schedule(TimeSpan delay, Action action) => simulation.Schedule(delay, action);
}
