using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>Sends the actor a message when none came for a time. A message only marks the time; the timer, when due, looks whether it must wait on.</summary>
internal sealed class ReceiveTimeout<TMessage> : Control
{
    private readonly ActorCell<TMessage> _cell;
    private readonly TimeSpan _timeout;
    private readonly TMessage _message;
    private readonly ITimer _timer;
    private long _lastReceived;
    private int _isQueued;

    public ReceiveTimeout(ActorCell<TMessage> cell, TimeSpan timeout, TMessage message)
    {
        (_cell, _timeout, _message) = (cell, timeout, message);
        _lastReceived = Time.GetTimestamp();
        _timer = Time.CreateTimer(static self => ((ReceiveTimeout<TMessage>)self!).Fire(), this, timeout, Timeout.InfiniteTimeSpan);
    }

    private TimeProvider Time => _cell.System.Time;

    /// <summary>A message came.</summary>
    public void Touch() => _lastReceived = Time.GetTimestamp();

    public void Cancel() => _timer.Dispose();

    public override void Apply(ActorCell cell)
    {
        Volatile.Write(ref _isQueued, 0);
        if (!_cell.IsCurrent(this)) return;
        TimeSpan left = _timeout - Time.GetElapsedTime(_lastReceived);
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }
        Touch();
        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
        _cell.Deliver(_message);
    }

    private void Fire()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0) _cell.Post(this);
    }
}
