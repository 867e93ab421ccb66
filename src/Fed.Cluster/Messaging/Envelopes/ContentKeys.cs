using System.Security.Cryptography;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>
/// Wraps content keys for each recipient: ephemeral ECDH on P-256, HKDF-SHA256 (RFC 5869) bound to the ephemeral point and the recipient's key, AES-256-GCM. Every key encrypts one thing once, so nonces are
/// zero: an envelope's wraps are bound to a salt of its own. The shape is that of HPKE's base mode (RFC 9180); the sender is proved by the signature.
/// </summary>
internal static class ContentKeys
{
    /// <summary>What an envelope's content key is wrapped as. A wrap for one purpose does not open as one for another.</summary>
    public static ReadOnlySpan<byte> OfEnvelope => "fedactors/envelope/1/wrap\n"u8;

    /// <summary>The purpose of one envelope's wraps: with its salt, so that no other has it.</summary>
    public static byte[] PurposeOf(ReadOnlySpan<byte> salt) => [.. OfEnvelope, .. salt];

    private static ReadOnlySpan<byte> Nonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Encrypts under a key that encrypts nothing else.</summary>
    public static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> outside)
    {
        using AesGcm cipher = new(key, EnvelopeForm.TagBytes);
        cipher.Encrypt(Nonce, plaintext, ciphertext, tag, outside);
    }

    /// <summary>Decrypts what was encrypted under a key of its own.</summary>
    /// <exception cref="CryptographicException">It was not encrypted under this key, or changed.</exception>
    public static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> outside)
    {
        using AesGcm cipher = new(key, EnvelopeForm.TagBytes);
        cipher.Decrypt(Nonce, ciphertext, tag, plaintext, outside);
    }

    /// <summary>Wraps a content key for one recipient.</summary>
    public static void Wrap(ReadOnlySpan<byte> contentKey, ECDiffieHellman ephemeral, ReadOnlySpan<byte> point, CertifiedKey recipient, Span<byte> wrapped, ReadOnlySpan<byte> purpose)
    {
        byte[] secret = Agree(ephemeral, recipient);
        Wrap(contentKey, secret, point, recipient.KeyId, wrapped, purpose);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>Wraps a content key for one recipient by a secret that is shared with it. No two content keys may be wrapped by one secret for one purpose.</summary>
    public static void Wrap(ReadOnlySpan<byte> contentKey, byte[] secret, ReadOnlySpan<byte> point, Digest recipient, Span<byte> wrapped, ReadOnlySpan<byte> purpose)
    {
        Span<byte> key = stackalloc byte[EnvelopeForm.ContentKeyBytes];
        Derive(secret, point, recipient, purpose, key);
        Encrypt(key, contentKey, wrapped[..EnvelopeForm.ContentKeyBytes], wrapped[EnvelopeForm.ContentKeyBytes..], []);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>The secret that an ephemeral key shares with a recipient.</summary>
    public static byte[] Agree(ECDiffieHellman ephemeral, CertifiedKey recipient)
    {
        using ECDiffieHellman peer = ECDiffieHellman.Create();
        peer.ImportSubjectPublicKeyInfo(recipient.PublicKey.Span, out _);
        using ECDiffieHellmanPublicKey publicKey = peer.PublicKey;
        return ephemeral.DeriveRawSecretAgreement(publicKey);
    }

    /// <summary>Takes a content key out of its wrap.</summary>
    /// <exception cref="CryptographicException">It was not wrapped for this key, or changed.</exception>
    public static void Unwrap(ReadOnlySpan<byte> wrapped, EncryptionKey own, ReadOnlySpan<byte> point, Span<byte> contentKey, ReadOnlySpan<byte> purpose)
    {
        byte[] secret = own.Agree(point);
        Unwrap(wrapped, secret, point, own.KeyId, contentKey, purpose);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>Takes a content key out of its wrap by the secret that is shared with the sender.</summary>
    /// <inheritdoc cref="Unwrap(ReadOnlySpan{byte}, EncryptionKey, ReadOnlySpan{byte}, Span{byte}, ReadOnlySpan{byte})" path="/exception"/>
    public static void Unwrap(ReadOnlySpan<byte> wrapped, byte[] secret, ReadOnlySpan<byte> point, Digest own, Span<byte> contentKey, ReadOnlySpan<byte> purpose)
    {
        Span<byte> key = stackalloc byte[EnvelopeForm.ContentKeyBytes];
        Derive(secret, point, own, purpose, key);
        Decrypt(key, wrapped[..EnvelopeForm.ContentKeyBytes], wrapped[EnvelopeForm.ContentKeyBytes..], contentKey, []);
        CryptographicOperations.ZeroMemory(key);
    }

    private static void Derive(byte[] secret, ReadOnlySpan<byte> point, Digest recipient, ReadOnlySpan<byte> purpose, Span<byte> key)
    {
        byte[] info = new byte[purpose.Length + EnvelopeForm.PointBytes + Digest.Size];
        purpose.CopyTo(info);
        point.CopyTo(info.AsSpan(purpose.Length));
        recipient.CopyTo(info.AsSpan(purpose.Length + EnvelopeForm.PointBytes));
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, [], info);
    }
}
