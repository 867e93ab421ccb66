using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>Secrets that senders' ephemeral keys share with a node's own: senders use theirs for several envelopes. Only of envelopes whose signature was verified, so that no stranger fills it. Thread-safe.</summary>
internal sealed class ReceivedSecrets
{
    private const int KeptMax = 1_024;

    private readonly ConcurrentDictionary<(Digest Own, Digest Point), byte[]> _secrets = [];

    /// <summary>The secret of a point and a key of this node: 32 bytes, not to be changed.</summary>
    /// <exception cref="CryptographicException">The bytes are no point of the curve.</exception>
    public byte[] Of(EncryptionKey own, ReadOnlySpan<byte> point)
    {
        (Digest, Digest) name = (own.KeyId, Digest.Of(point));
        if (_secrets.TryGetValue(name, out byte[]? known)) return known;
        byte[] secret = own.Agree(point);
        if (_secrets.Count >= KeptMax) _secrets.Clear();
        return _secrets.GetOrAdd(name, secret);
    }
}
