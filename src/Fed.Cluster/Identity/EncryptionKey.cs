using System.Security.Cryptography;

namespace Fed.Cluster.Identity;

/// <summary>A node's key for what is meant for it alone: ECDH on P-256 (NIST SP 800-56A). The private half stays in its file, readable by its owner only. Thread-safe.</summary>
public sealed class EncryptionKey : IDisposable
{
    /// <summary>Bytes of a public point, uncompressed (SEC 1, 2.3.3).</summary>
    public const int PointBytes = 65;

    private readonly Lock _gate = new();
    private readonly ECDiffieHellman _key;

    private EncryptionKey(ECDiffieHellman key)
    {
        _key = key;
        byte[] publicKey = key.ExportSubjectPublicKeyInfo();
        PublicKey = publicKey;
        KeyId = Digest.Of(publicKey);
    }

    /// <summary>SHA-256 of the public key.</summary>
    public Digest KeyId { get; }

    /// <summary>The public key (SubjectPublicKeyInfo, DER).</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Loads the private key, or creates one where there is no file (mode 0600, durable before it is used).</summary>
    /// <exception cref="KeyFileException">The file is readable by others, or holds no P-256 private key.</exception>
    public static EncryptionKey LoadOrCreate(string path)
    {
        using ECDsa stored = File.Exists(path) ? KeyFiles.LoadPrivate(path) : KeyFiles.CreatePrivate(path);   // a key on a curve is the same for both uses
        return new EncryptionKey(ECDiffieHellman.Create(stored.ExportParameters(includePrivateParameters: true)));
    }

    /// <summary>The secret that this node shares with whoever holds the key of a point: 32 bytes, to be put through a key derivation, and erased.</summary>
    /// <exception cref="CryptographicException">The bytes are no point of the curve.</exception>
    internal byte[] Agree(ReadOnlySpan<byte> point)
    {
        using ECDiffieHellman peer = ImportPoint(point);
        using ECDiffieHellmanPublicKey publicKey = peer.PublicKey;
        lock (_gate) return _key.DeriveRawSecretAgreement(publicKey);
    }

    internal static ECDiffieHellman ImportPoint(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointBytes || point[0] != 4) throw new CryptographicException("no uncompressed point of P-256");
        int half = (PointBytes - 1) / 2;
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point.Slice(1, half).ToArray(), Y = point[(1 + half)..].ToArray() } });
    }

    internal static void ExportPoint(ECDiffieHellman key, Span<byte> point)
    {
        ECPoint q = key.ExportParameters(includePrivateParameters: false).Q;
        point[0] = 4;
        q.X.CopyTo(point[1..]);
        q.Y.CopyTo(point[(1 + q.X!.Length)..]);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
