using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>Messages put aside, in order, at most as many as its capacity.</summary>
internal sealed class Stash<TMessage>(ActorPath path, int capacity)
{
    private readonly List<TMessage> _messages = [];

    public int Count => _messages.Count;

    public void Add(TMessage message)
    {
        if (_messages.Count == capacity) throw new StashOverflowException($"the stash of {path} is full: {capacity} messages");
        _messages.Add(message);
    }

    public void MoveTo(Queue<Envelope<TMessage>> front)
    {
        foreach (TMessage message in _messages) front.Enqueue(new Envelope<TMessage>(message, control: null));
        _messages.Clear();
    }
}
