namespace Fed.Actors.Ports;

/// <summary>
/// A node's own secrets (keys, seeds, shares): never in a journal, a message, a blob or a log. Durable, readable by nobody else, and erased for good: a name that was erased stays taken, so that
/// nothing is made anew under it. Synchronous: called from worker jobs only. Names are path-safe and ordinal.
/// </summary>
public interface ISecretStore
{
    /// <summary>What is stored under a name; null where there is nothing, or nothing any more. The caller zeroes the array when it is done.</summary>
    byte[]? Read(string name);

    /// <summary>Stores under a name, in place of what was there; durable on return.</summary>
    /// <exception cref="SecretErasedException">The name was erased.</exception>
    void Write(string name, ReadOnlySpan<byte> secret);

    /// <summary>Erases a name, whether there is something under it or not; durable on return.</summary>
    void Erase(string name);

    /// <summary>Names under which there is something, in ordinal order.</summary>
    IReadOnlyList<string> Names { get; }
}

/// <summary>A secret of this name was erased, and none is ever stored under it again.</summary>
public sealed class SecretErasedException(string message) : Exception(message);
