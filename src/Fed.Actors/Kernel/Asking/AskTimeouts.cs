namespace Fed.Actors.Kernel.Asking;

/// <summary>
/// The deadlines of all questions under way. Questions of one length expire in the order in which they were asked, so each length has a queue, linked through the
/// questions themselves; one timer serves all, and an answered question costs no timer call.
/// </summary>
internal sealed class AskTimeouts(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TimeSpan, AskLane> _lanes = [];
    private AskLane? _lastLane;
    private ITimer? _timer;
    private long _armedFor = long.MaxValue;

    /// <summary>Starts a question's time.</summary>
    public void Add(PendingAsk ask, TimeSpan timeout)
    {
        long now = time.GetTimestamp();
        lock (_gate)
        {
            if (_lastLane is null || _lastLane.Timeout != timeout) _lastLane = LaneOf(timeout);
            ask.Deadline = now + _lastLane.Ticks;
            _lastLane.Append(ask);
            if (ask.Deadline < _armedFor) Arm(ask.Deadline, now);
        }
    }

    /// <summary>Ends a question's time: it was answered.</summary>
    public void Remove(PendingAsk ask)
    {
        lock (_gate) ask.Lane?.Remove(ask);
    }

    private AskLane LaneOf(TimeSpan timeout)
    {
        if (!_lanes.TryGetValue(timeout, out AskLane? lane))
        {
            lane = new AskLane(timeout, Math.Max(1, (long)(timeout.TotalSeconds * time.TimestampFrequency)));
            _lanes.Add(timeout, lane);
        }
        return lane;
    }

    private void Arm(long deadline, long now)
    {
        _armedFor = deadline;
        // Rounded up to a millisecond, the unit of the machine's timers, so that it never fires just too early.
        TimeSpan due = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((deadline - now) * 1000.0 / time.TimestampFrequency)));
        _timer ??= time.CreateTimer(static self => ((AskTimeouts)self!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void Expire()
    {
        List<PendingAsk> expired = [];
        lock (_gate)
        {
            long now = time.GetTimestamp();
            long next = long.MaxValue;
            foreach (AskLane lane in _lanes.Values)
            {
                while (lane.First is { } ask && ask.Deadline <= now)
                {
                    lane.Remove(ask);
                    expired.Add(ask);
                }
                if (lane.First is { } waiting) next = Math.Min(next, waiting.Deadline);
            }
            _armedFor = long.MaxValue;
            if (next != long.MaxValue) Arm(next, now);
            foreach (TimeSpan empty in _lanes.Where(static lane => lane.Value.First is null).Select(static lane => lane.Key).ToList()) _lanes.Remove(empty);
            _lastLane = null;
        }
        foreach (PendingAsk ask in expired) ask.Expire();
    }
}
