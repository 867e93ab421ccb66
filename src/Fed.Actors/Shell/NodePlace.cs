namespace Fed.Actors.Shell;

/// <summary>
/// A node's place on the switchboard. It is taken as soon as the node is spawned, so that a message that comes before the node's first turn waits in its mailbox; a node that has stopped
/// by then gives it up at once.
/// </summary>
internal sealed class NodePlace : IDisposable
{
    private readonly Lock _gate = new();
    private ImmutableArray<IDisposable> _held = [];
    private bool _isGivenUp;

    public void Hold(params ImmutableArray<IDisposable> parts)
    {
        lock (_gate)
        {
            if (!_isGivenUp)
            {
                _held = parts;
                return;
            }
        }

        foreach (IDisposable part in parts) part.Dispose();
    }

    public void Dispose()
    {
        ImmutableArray<IDisposable> parts;
        lock (_gate) (parts, _held, _isGivenUp) = (_held, [], true);
        foreach (IDisposable part in parts) part.Dispose();
    }
}
