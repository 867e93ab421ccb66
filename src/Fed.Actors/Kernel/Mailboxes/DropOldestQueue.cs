namespace Fed.Actors.Kernel.Mailboxes;

/// <summary>
/// The queue of a mailbox that drops its oldest message: producers remove too, so it has a short lock (never around user code). Kernel items are
/// neither counted nor dropped.
/// </summary>
internal sealed class DropOldestQueue<TMessage>(int capacity)
{
    private readonly LinkedList<Envelope<TMessage>> _items = new();
    private readonly Lock _gate = new();
    private int _userCount;

    public bool HasItems
    {
        get { lock (_gate) return _items.Count > 0; }
    }

    /// <summary>Adds an item. True: <paramref name="dropped"/> had to go for it.</summary>
    public bool Enqueue(in Envelope<TMessage> item, bool force, out TMessage dropped)
    {
        dropped = default!;
        bool isDropping = false;
        lock (_gate)
        {
            if (item.Control is null && !force && _userCount >= capacity)
            {
                LinkedListNode<Envelope<TMessage>> oldest = _items.First!;
                while (oldest.Value.Control is not null) oldest = oldest.Next!;
                dropped = oldest.Value.Message;
                isDropping = true;
                _items.Remove(oldest);
                _userCount--;
            }
            if (item.Control is null) _userCount++;
            _items.AddLast(item);
        }
        return isDropping;
    }

    public bool TryDequeue(out Envelope<TMessage> item)
    {
        lock (_gate)
        {
            if (_items.First is not { } first)
            {
                item = default;
                return false;
            }
            item = first.Value;
            _items.RemoveFirst();
            if (item.Control is null) _userCount--;
            return true;
        }
    }
}
