using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// The pieces of one upload under AES-256-GCM with a key of its own (HKDF-SHA256 of the store's key over store and upload), so that a piece's number serves as nonce: a piece fits its place in its upload and no other. The seal, made
/// when the upload is named, binds hash and length to it: nobody else can name it otherwise, or cut it. One user at a time.
/// </summary>
internal sealed class BlobCipher : IDisposable
{
    public const int TagBytes = 16;
    private const int NonceBytes = 12, SealNonce = -1;

    private readonly AesGcm _cipher;

    public BlobCipher(BlobKey key, string store, Guid upload)
    {
        Span<byte> secret = stackalloc byte[BlobKey.Bytes];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Secret, secret, Encoding.UTF8.GetBytes($"fedactors/blobs/1/upload\n{store}\n{upload:N}"));
        _cipher = new AesGcm(secret, TagBytes);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>Encrypts a piece where it lies; the tag follows it.</summary>
    /// <param name="piece">Its number.</param>
    /// <param name="framed">The piece, and behind it place for the tag.</param>
    public void Encrypt(int piece, Span<byte> framed)
    {
        Span<byte> content = framed[..^TagBytes], nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, piece);
        _cipher.Encrypt(nonce, content, content, framed[^TagBytes..]);
    }

    /// <summary>Decrypts a piece where it lies, its tag behind it; false where it is not what was stored in this place.</summary>
    public bool TryDecrypt(int piece, Span<byte> framed)
    {
        if (framed.Length < TagBytes) return false;
        Span<byte> content = framed[..^TagBytes], nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, piece);
        return TryOpen(nonce, content, framed[^TagBytes..], []);
    }

    /// <summary>What binds hash and length to the upload.</summary>
    public byte[] Seal(Digest hash, long length)
    {
        byte[] seal = new byte[TagBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes], name = stackalloc byte[Digest.Size + sizeof(long)];
        WriteNonce(nonce, SealNonce);
        WriteName(name, hash, length);
        _cipher.Encrypt(nonce, [], [], seal, name);
        return seal;
    }

    /// <summary>True where the upload was named so.</summary>
    public bool IsSealed(Digest hash, long length, ReadOnlySpan<byte> seal)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes], name = stackalloc byte[Digest.Size + sizeof(long)];
        WriteNonce(nonce, SealNonce);
        WriteName(name, hash, length);
        return seal.Length == TagBytes && TryOpen(nonce, [], seal, name);
    }

    public void Dispose() => _cipher.Dispose();

    private bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> content, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> outside)
    {
        try
        {
            _cipher.Decrypt(nonce, content, tag, content, outside);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static void WriteNonce(Span<byte> nonce, int number)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(nonce, number);
    }

    private static void WriteName(Span<byte> name, Digest hash, long length)
    {
        hash.CopyTo(name);
        BinaryPrimitives.WriteInt64LittleEndian(name[Digest.Size..], length);
    }
}
