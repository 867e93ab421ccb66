namespace Fed.Actors.Kernel.Asking;

/// <summary>The questions of one length, in the order in which they expire.</summary>
internal sealed class AskLane(TimeSpan timeout, long ticks)
{
    private PendingAsk? _last;

    public TimeSpan Timeout { get; } = timeout;

    /// <summary>The length in the clock's own ticks.</summary>
    public long Ticks { get; } = ticks;

    public PendingAsk? First { get; private set; }

    public void Append(PendingAsk ask)
    {
        ask.Lane = this;
        ask.Previous = _last;
        if (_last is null) First = ask;
        else _last.Next = ask;
        _last = ask;
    }

    public void Remove(PendingAsk ask)
    {
        if (ask.Previous is null) First = ask.Next;
        else ask.Previous.Next = ask.Next;
        if (ask.Next is null) _last = ask.Previous;
        else ask.Next.Previous = ask.Previous;
        ask.Previous = ask.Next = null;
        ask.Lane = null;
    }
}

/// <summary>A question under way, as its deadline sees it.</summary>
internal abstract class PendingAsk
{
    public AskLane? Lane { get; set; }

    public PendingAsk? Previous { get; set; }

    public PendingAsk? Next { get; set; }

    public long Deadline { get; set; }

    /// <summary>Its time is over.</summary>
    public abstract void Expire();
}
