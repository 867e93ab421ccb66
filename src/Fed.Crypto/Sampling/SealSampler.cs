using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Sampling;

/// <summary>SEAL's samplers, bit for bit: the same stream gives the same polynomials as SEAL 4.4 built with GCC.</summary>
/// <remarks>For objects that SEAL expands or that must be reproduced from its seeds. Everything else uses <see cref="Sampler"/>, which is many times faster.</remarks>
public static class SealSampler
{
    private const int NoiseBytes = 6;
    private const ulong NoiseMask = 0x1FFFFF;   // 21 bits: bytes 0 to 2, the last of them cut to 5 bits

    /// <summary>Uniform residues: a word of the stream for each, replaced from behind the bulk while it would favour small residues.</summary>
    /// <param name="stream">SEAL's stream, Blake2xb or SHAKE256.</param>
    /// <param name="ring">The primes, of the level that the object lives on.</param>
    /// <param name="residues">Receives residues in [0, q), shape [prime, coefficient]; in CKKS they are the transformed polynomial itself.</param>
    /// <exception cref="ArgumentException">The ring's polynomials have another length.</exception>
    public static void Uniform(IRandomStream stream, RnsRing ring, Span<ulong> residues)
    {
        if (residues.Length != ring.Words) throw new ArgumentException($"a polynomial of this ring has {ring.Words} words, not {residues.Length}", nameof(residues));
        stream.Fill(MemoryMarshal.AsBytes(residues));
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (int row = 0; row < ring.Moduli.Length; row++)
        {
            Modulus q = ring.Moduli[row];
            ulong limit = ulong.MaxValue - (ulong.MaxValue % q.Value) - 1;
            foreach (ref ulong residue in residues.Slice(row * ring.N, ring.N))
            {
                ulong candidate = BitConverter.IsLittleEndian ? residue : BinaryPrimitives.ReverseEndianness(residue);
                while (candidate >= limit)
                {
                    stream.Fill(word);
                    candidate = BinaryPrimitives.ReadUInt64LittleEndian(word);
                }
                residue = q.Reduce(candidate);
            }
        }
    }

    /// <summary>Centred binomial errors, 21 bits a side: standard deviation sqrt(10.5), magnitude at most 21.</summary>
    public static void CenteredBinomial(IRandomStream stream, Span<sbyte> errors)
    {
        Span<byte> bytes = stackalloc byte[NoiseBytes + 2];
        bytes.Clear();
        for (int i = 0; i < errors.Length; i++)
        {
            stream.Fill(bytes[..NoiseBytes]);
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            errors[i] = (sbyte)(BitOperations.PopCount(bits & NoiseMask) - BitOperations.PopCount((bits >> 24) & NoiseMask));
        }
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>Uniform on {-1, 0, 1}, drawn as libstdc++'s <c>uniform_int_distribution</c> does: the high word of 3x, x drawn again where the low word is 0.</summary>
    public static void Ternary(IRandomStream stream, Span<sbyte> coefficients)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        for (int i = 0; i < coefficients.Length; i++)
        {
            ulong product;
            do
            {
                stream.Fill(word);
                product = 3UL * BinaryPrimitives.ReadUInt32LittleEndian(word);
            }
            while ((uint)product == 0);   // the word drawn again is discarded, so this tells nothing of the coefficient
            coefficients[i] = (sbyte)((int)(product >> 32) - 1);
        }
        CryptographicOperations.ZeroMemory(word);
    }
}
