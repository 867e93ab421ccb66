using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Fed.Cluster.Identity;

/// <summary>Public keys that were imported before. An import costs more than a verification, and a node hears from the same few hundred keys all day. Thread-safe.</summary>
internal sealed class VerificationKeys
{
    /// <summary>Keys that are kept; with one more all are forgotten, and imported again as they come.</summary>
    public const int KeptMax = 1024;

    private readonly ConcurrentDictionary<Digest, ECDsa> _keys = [];

    /// <summary>How many are kept.</summary>
    public int Count => _keys.Count;

    /// <summary>Verifies a signature over a hash. Nothing is kept of a key that is none.</summary>
    /// <exception cref="CryptographicException">The bytes are no P-256 public key.</exception>
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        ECDsa key = KeyOf(publicKey);
        lock (key) return key.VerifyHash(hash, signature);   // an instance serves one thread at a time
    }

    private ECDsa KeyOf(ReadOnlySpan<byte> publicKey)
    {
        Digest name = Digest.Of(publicKey);
        if (_keys.TryGetValue(name, out ECDsa? known)) return known;
        ECDsa imported = KeyFiles.ImportPublic(publicKey);
        if (_keys.Count >= KeptMax) _keys.Clear();           // not disposed: another thread may be verifying with one
        ECDsa kept = _keys.GetOrAdd(name, imported);
        if (!ReferenceEquals(kept, imported)) imported.Dispose();
        return kept;
    }
}
