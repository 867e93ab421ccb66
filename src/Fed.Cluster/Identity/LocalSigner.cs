using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fed.Cluster.Identity;

/// <summary>
/// Signs with an ECDSA P-256 key (FIPS 186-5) that lives in a PEM file of this machine, readable by its owner only; certificates say whose it is.
/// Thread-safe.
/// </summary>
public sealed class LocalSigner : ISigner, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;
    private readonly VerificationKeys _known = new();

    private LocalSigner(ECDsa key)
    {
        _key = key;
        byte[] publicKey = key.ExportSubjectPublicKeyInfo();
        PublicKey = publicKey;
        KeyId = Digest.Of(publicKey);
    }

    /// <summary>Loads the private key, or creates one where there is no file (mode 0600, durable before it is used).</summary>
    /// <exception cref="KeyFileException">The file is readable by others, or holds no P-256 private key.</exception>
    public static LocalSigner LoadOrCreate(string path) => new(File.Exists(path) ? KeyFiles.LoadPrivate(path) : KeyFiles.CreatePrivate(path));

    /// <summary>A signer with a fresh key that is nowhere stored: for readers, who only verify.</summary>
    public static LocalSigner CreateEphemeral() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <inheritdoc/>
    public Digest KeyId { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    /// <returns>64 bytes: r and s, each 32 bytes big-endian (IEEE P1363).</returns>
    public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content)
    {
        byte[] statement = Statement(purpose, content);
        lock (_gate) return _key.SignHash(statement);
    }

    /// <inheritdoc/>
    public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        try
        {
            return _known.Verify(publicKey, Statement(purpose, content), signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>SHA-256 over a fixed label, the purpose's length and bytes, and the content: no purpose and content can be read as another pair.</summary>
    internal static byte[] Statement(string purpose, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        byte[] purposeBytes = Encoding.UTF8.GetBytes(purpose);
        BinaryPrimitives.WriteInt32LittleEndian(length, purposeBytes.Length);
        hash.AppendData("fedactors/signature/1\n"u8);
        hash.AppendData(length);
        hash.AppendData(purposeBytes);
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
