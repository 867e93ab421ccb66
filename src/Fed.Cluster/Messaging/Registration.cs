namespace Fed.Cluster.Messaging;

/// <summary>Undoes a registration, unless a later one has replaced it.</summary>
internal sealed class Registration(Action undo) : IDisposable
{
    public void Dispose() => undo();
}
