using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>Names a packed ciphertext by its two polynomials, so that whoever needs one of them can check it without the other.</summary>
/// <param name="First">Hash of the header and c0, which carries the values.</param>
/// <param name="Second">Hash of c1, which meets the secret: all that a share is made of.</param>
public readonly record struct CiphertextHash(Hash256 First, Hash256 Second)
{
    /// <summary>Hashes a ciphertext.</summary>
    /// <param name="ciphertext">The whole of it, header included.</param>
    /// <exception cref="SealFormatException">The bytes are no header and two polynomials.</exception>
    public static CiphertextHash Of(ReadOnlySpan<byte> ciphertext) => new(Hash256.Of(FirstOf(ciphertext)), ShareRequests.C1(SecondOf(ciphertext)));

    /// <summary>The header and c0.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static ReadOnlySpan<byte> FirstOf(ReadOnlySpan<byte> ciphertext) => ciphertext[..SecondAt(ciphertext.Length)];

    /// <summary>c1, packed.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static ReadOnlySpan<byte> SecondOf(ReadOnlySpan<byte> ciphertext) => ciphertext[SecondAt(ciphertext.Length)..];

    private static int SecondAt(int bytes) => bytes > PackedFormat.HeaderBytes && (bytes - PackedFormat.HeaderBytes) % 2 == 0
        ? PackedFormat.HeaderBytes + ((bytes - PackedFormat.HeaderBytes) / 2)
        : throw new SealFormatException($"{bytes} bytes are no ciphertext of two polynomials");
}
