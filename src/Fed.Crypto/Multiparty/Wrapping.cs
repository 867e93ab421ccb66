using System.Security.Cryptography;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>What a party keeps on its own disk: secrets under AES-256-GCM and a wrapping key, bound to a context, so that what is damaged or somebody else's is told apart.</summary>
internal static class Wrapping
{
    private const int NonceBytes = 12, TagBytes = 16;

    /// <summary>Bytes beyond the secret's own.</summary>
    public const int Overhead = NonceBytes + TagBytes;

    public static byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> secret, IEntropy entropy)
    {
        byte[] wrapped = new byte[secret.Length + Overhead];
        Span<byte> nonce = wrapped.AsSpan(0, NonceBytes);
        entropy.Fill(nonce);
        using AesGcm gcm = new(wrappingKey, TagBytes);
        gcm.Encrypt(nonce, secret, wrapped.AsSpan(NonceBytes, secret.Length), wrapped.AsSpan(NonceBytes + secret.Length), context);
        return wrapped;
    }

    /// <summary>Opens what was wrapped.</summary>
    /// <param name="wrapped">From <see cref="Wrap"/>.</param>
    /// <param name="wrappingKey">The same 32 bytes.</param>
    /// <param name="context">The same context.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="RefusedException">Another wrapping key or context, or damaged bytes.</exception>
    public static SecretBuffer<byte> Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context, string what)
    {
        if (wrapped.Length < Overhead) throw new RefusedException($"{what} of {wrapped.Length} bytes is cut off");
        SecretBuffer<byte> secret = new(wrapped.Length - Overhead);
        try
        {
            using AesGcm gcm = new(wrappingKey, TagBytes);
            gcm.Decrypt(wrapped[..NonceBytes], wrapped[NonceBytes..^TagBytes], wrapped[^TagBytes..], secret.Span, context);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            secret.Dispose();
            throw new RefusedException($"{what} is damaged, of another holder or key, or under another wrapping key");
        }
    }
}
