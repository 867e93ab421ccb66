using System.Runtime.InteropServices;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's name of one level: BLAKE2b-256 over scheme, degree, primes and plain modulus, as four little-endian words.</summary>
/// <param name="Word0">Bytes 0..7 of the digest.</param>
/// <param name="Word1">Bytes 8..15.</param>
/// <param name="Word2">Bytes 16..23.</param>
/// <param name="Word3">Bytes 24..31.</param>
public readonly record struct ParmsId(ulong Word0, ulong Word1, ulong Word2, ulong Word3)
{
    /// <summary>SEAL's mark of a plaintext that is not in NTT form; no level has it.</summary>
    public static ParmsId Zero => default;

    /// <summary>The id of a level.</summary>
    /// <param name="n">Ring degree.</param>
    /// <param name="primes">The primes of that level, in order.</param>
    internal static ParmsId Of(int n, ReadOnlySpan<Modulus> primes)
    {
        ulong[] words = new ulong[primes.Length + 3];
        words[0] = (ulong)SchemeType.Ckks;
        words[1] = (ulong)n;
        for (int i = 0; i < primes.Length; i++) words[i + 2] = primes[i].Value;
        // The last word is the plain modulus, which CKKS does not have: zero.
        Span<ulong> digest = stackalloc ulong[4];
        WordBytes.SwapToLittleEndian(words);
        Blake2b.HashData(MemoryMarshal.AsBytes(words.AsSpan()), MemoryMarshal.AsBytes(digest));
        WordBytes.SwapToLittleEndian(digest);
        return new ParmsId(digest[0], digest[1], digest[2], digest[3]);
    }

    /// <summary>The digest in hexadecimal, first byte first, as SEAL's users print it.</summary>
    public override string ToString()
    {
        Span<ulong> words = [Word0, Word1, Word2, Word3];
        WordBytes.SwapToLittleEndian(words);
        return Convert.ToHexStringLower(MemoryMarshal.AsBytes(words));
    }
}
