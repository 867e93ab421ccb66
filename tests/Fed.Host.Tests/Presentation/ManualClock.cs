namespace Fed.Host.Tests.Presentation;

/// <summary>Time that moves when the test says so, in steps of the timers' shortest period.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add(new ManualTimer(callback, state, period));
        return _timers[^1];
    }

    /// <summary>Moves on, firing every timer after each step.</summary>
    public void Advance(TimeSpan time)
    {
        TimeSpan step = _timers.Select(timer => timer.Period).Append(time).Min();
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += step)
        {
            _ticks += step.Ticks;
            foreach (ManualTimer timer in _timers) timer.Fire();
        }
    }

    private sealed class ManualTimer(TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        private bool _isDisposed;

        public TimeSpan Period { get; } = period;

        public void Fire()
        {
            if (!_isDisposed) callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("views keep their frame rate");

        public void Dispose() => _isDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
