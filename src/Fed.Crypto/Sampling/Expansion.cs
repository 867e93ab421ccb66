using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Sampling;

/// <summary>Public polynomials grown from a seed: what every party computes alike from 32 bytes and a label.</summary>
/// <remarks>
/// Byte by byte: the AES-256 key is HKDF-SHA256 (RFC 5869) of the seed, without salt, with the label's UTF-8 bytes as info; the stream is the key's counter mode from the zero block
/// (<see cref="AesCtrStream"/>). For each prime q in order, with b = bit length of q - 1, the next ceil(b/8) bytes are read as a little-endian number and cut to their low b bits; the number is the
/// next residue when it is below q, and skipped otherwise. Residues fill the prime's row from coefficient 0; the next prime goes on behind the last byte used. The residues are the polynomial in
/// transformed (NTT) form.
/// </remarks>
public static class Expansion
{
    /// <summary>The stream of a seed and a label.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="label">Says what the stream is for; two purposes never share one.</param>
    /// <exception cref="ArgumentException">The seed has another length or the label is empty.</exception>
    public static AesCtrStream Stream(ReadOnlySpan<byte> seed, string label)
    {
        if (seed.Length != AesCtrStream.SeedBytes) throw new ArgumentException($"a seed has {AesCtrStream.SeedBytes} bytes, this one has {seed.Length}", nameof(seed));
        ArgumentException.ThrowIfNullOrEmpty(label);
        Span<byte> key = stackalloc byte[AesCtrStream.SeedBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, seed, key, [], Encoding.UTF8.GetBytes(label));
        AesCtrStream stream = new(key);
        CryptographicOperations.ZeroMemory(key);
        return stream;
    }

    /// <summary>Fills the rows of a polynomial, one for each prime.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="label">Says what the polynomial is for.</param>
    /// <param name="ring">The primes.</param>
    /// <param name="residues">Receives residues, shape [prime, coefficient].</param>
    /// <exception cref="ArgumentException">A length does not fit, or the label is empty.</exception>
    public static void Uniform(ReadOnlySpan<byte> seed, string label, RnsRing ring, Span<ulong> residues)
    {
        using AesCtrStream stream = Stream(seed, label);
        Sampler.Uniform(stream, ring, residues);
    }
}
