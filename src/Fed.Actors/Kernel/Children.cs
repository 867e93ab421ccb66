namespace Fed.Actors.Kernel;

/// <summary>The living children of an actor by name. Locked for the guardian's sake, whose children any thread may spawn; never around user code.</summary>
internal sealed class Children
{
    private readonly SortedDictionary<string, ActorCell> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<ActorCell> _stopping = [];
    private long _generated;
    private bool _isClosed;

    /// <summary>True while a child that was told to stop has not yet stopped.</summary>
    public bool IsAnyStopping
    {
        get { lock (_byName) return _stopping.Count > 0; }
    }

    /// <summary>Adds what <paramref name="make"/> makes for the name.</summary>
    public TCell Add<TCell>(ActorPath parent, string? name, Func<string, TCell> make)
        where TCell : ActorCell
    {
        lock (_byName)
        {
            if (_isClosed) throw new InvalidOperationException($"{parent} is stopping and starts no more actors");
            name ??= $"${++_generated}";
            TCell cell = make(name);
            if (!_byName.TryAdd(name, cell)) throw new ArgumentException($"{parent} has a child named '{name}' already", nameof(name));
            return cell;
        }
    }

    /// <summary>Lets no more children in.</summary>
    public void Close()
    {
        lock (_byName) _isClosed = true;
    }

    public bool Contains(ActorCell child)
    {
        lock (_byName) return _byName.TryGetValue(child.Path.Name, out ActorCell? found) && ReferenceEquals(found, child);
    }

    /// <summary>Notes that a child is told to stop.</summary>
    public void MarkStopping(ActorCell child)
    {
        lock (_byName)
        {
            if (_byName.TryGetValue(child.Path.Name, out ActorCell? found) && ReferenceEquals(found, child)) _stopping.Add(child);
        }
    }

    /// <summary>A child has stopped. True: it was the last that was awaited.</summary>
    public bool Remove(ActorCell child)
    {
        lock (_byName)
        {
            if (!_byName.TryGetValue(child.Path.Name, out ActorCell? found) || !ReferenceEquals(found, child)) return false;
            _byName.Remove(child.Path.Name);
            return _stopping.Remove(child) && _stopping.Count == 0;
        }
    }

    public ImmutableArray<ActorCell> Snapshot()
    {
        lock (_byName) return [.. _byName.Values];
    }
}
