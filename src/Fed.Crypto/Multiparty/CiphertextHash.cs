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

/// <summary>Names all ciphertexts of a vector by two Merkle roots: whoever has all second polynomials and nothing else can check them by one of the two.</summary>
/// <param name="First">Over <see cref="CiphertextHash.First"/> of all ciphertexts, by index.</param>
/// <param name="Second">Over <see cref="CiphertextHash.Second"/> of all ciphertexts, by index.</param>
public readonly record struct CiphertextRoots(Hash256 First, Hash256 Second)
{
    /// <summary>Of ciphertexts by their hashes.</summary>
    public static CiphertextRoots Of(IReadOnlyCollection<CiphertextHash> hashes) => new(MerkleRoot.Of(hashes.Select(static hash => hash.First)), MerkleRoot.Of(hashes.Select(static hash => hash.Second)));

    /// <summary>The root of one part.</summary>
    internal Hash256 Of(SumPart part) => part == SumPart.First ? First : Second;
}
