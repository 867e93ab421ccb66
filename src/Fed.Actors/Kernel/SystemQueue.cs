namespace Fed.Actors.Kernel;

/// <summary>A message between kernel parts. It overtakes every user message and is handled on the receiver's turn.</summary>
internal abstract class SystemMessage
{
    internal SystemMessage? Next { get; set; }

    /// <summary>Carried out on the turn of a living actor.</summary>
    public abstract void Apply(ActorCell cell);

    /// <summary>Carried out in place of <see cref="Apply"/> when the actor has already stopped; on any thread.</summary>
    public virtual void ApplyStopped(ActorCell cell) { }
}

/// <summary>A lock-free queue of system messages: a stack that the consumer takes whole and turns round. Costs one reference while empty.</summary>
internal struct SystemQueue
{
    private static readonly SystemMessage Closed = new ClosedMark();

    private SystemMessage? _top;

    /// <summary>True where messages wait.</summary>
    public bool HasMessages
    {
        get
        {
            SystemMessage? top = Volatile.Read(ref _top);
            return top is not null && !ReferenceEquals(top, Closed);
        }
    }

    /// <summary>Adds a message. False: the queue is closed.</summary>
    public bool TryPush(SystemMessage message)
    {
        while (true)
        {
            SystemMessage? top = Volatile.Read(ref _top);
            if (ReferenceEquals(top, Closed)) return false;
            message.Next = top;
            if (Interlocked.CompareExchange(ref _top, message, top) == top) return true;
        }
    }

    /// <summary>Takes all messages, linked oldest first; null where there are none.</summary>
    public SystemMessage? TakeAll() => HasMessages ? Reversed(Interlocked.Exchange(ref _top, null)) : null;

    /// <summary>Takes all messages and lets no more in.</summary>
    public SystemMessage? Close()
    {
        SystemMessage? top = Interlocked.Exchange(ref _top, Closed);
        return ReferenceEquals(top, Closed) ? null : Reversed(top);
    }

    private static SystemMessage? Reversed(SystemMessage? newestFirst)
    {
        SystemMessage? oldestFirst = null;
        while (newestFirst is not null)
        {
            SystemMessage? next = newestFirst.Next;
            newestFirst.Next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = next;
        }
        return oldestFirst;
    }

    private sealed class ClosedMark : SystemMessage
    {
        public override void Apply(ActorCell cell) => throw new System.Diagnostics.UnreachableException("the mark of a closed queue is no message");
    }
}
