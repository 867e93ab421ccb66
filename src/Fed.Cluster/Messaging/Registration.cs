namespace Fed.Cluster.Messaging;

/// <summary>Undoes a registration, and that one only.</summary>
internal sealed class Registration(Action undo) : IDisposable
{
    public void Dispose() => undo();
}
