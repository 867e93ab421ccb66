using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>
/// A secret store in memory. What was written or erased is there after a crash, as production's is after its syncs; <see cref="Snapshot"/> and <see cref="Restore"/> are a backup that somebody
/// puts back, tombstones of the time since being lost with it.
/// </summary>
public sealed class SimulatedSecretStore : ISecretStore
{
    private readonly SortedDictionary<string, byte[]?> _secrets = new(StringComparer.Ordinal);   // null: erased

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. _secrets.Where(static pair => pair.Value is not null).Select(static pair => pair.Key)];

    /// <inheritdoc/>
    public byte[]? Read(string name) => _secrets.GetValueOrDefault(name)?.ToArray();

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<byte> secret)
    {
        if (_secrets.TryGetValue(name, out byte[]? known) && known is null) throw new SecretErasedException($"the secrets '{name}' were erased");
        _secrets[name] = secret.ToArray();
    }

    /// <inheritdoc/>
    public void Erase(string name) => _secrets[name] = null;

    /// <summary>A backup of what is there now.</summary>
    public IReadOnlyDictionary<string, byte[]?> Snapshot() => new SortedDictionary<string, byte[]?>(_secrets, StringComparer.Ordinal);

    /// <summary>Puts a backup in the place of what is there.</summary>
    public void Restore(IReadOnlyDictionary<string, byte[]?> backup)
    {
        _secrets.Clear();
        foreach ((string name, byte[]? secret) in backup) _secrets[name] = secret;
    }
}
