using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>A public key (b, a) with b = -a s + e, both in NTT form; a is expanded from a public seed.</summary>
/// <remarks>
/// Immutable, safe for all threads. Outside this assembly a key comes from a secret key or from a key ceremony whose transcript was verified: bytes that a server hands out are no key.
/// </remarks>
public sealed class RlwePublicKey
{
    private readonly ulong[] _b, _a;

    /// <summary>Assembles a key from what a ceremony agreed on.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="seed">The public seed of a, 32 bytes.</param>
    /// <param name="b">b in NTT form.</param>
    internal RlwePublicKey(RnsRing ring, ReadOnlySpan<byte> seed, ReadOnlySpan<ulong> b)
    {
        if (seed.Length != AesCtrStream.SeedBytes) throw new ArgumentException($"a seed has {AesCtrStream.SeedBytes} bytes, not {seed.Length}", nameof(seed));
        if (b.Length != ring.Words) throw new ArgumentException($"a polynomial of the ring has {ring.Words} residues, not {b.Length}", nameof(b));
        Ring = ring;
        Seed = [.. seed];
        _b = b.ToArray();
        _a = new ulong[ring.Words];
        Expand(ring, seed, _a);
        Id = Fingerprint(ring, seed, b);
    }

    /// <summary>The ring of the key.</summary>
    public RnsRing Ring { get; }

    /// <summary>The public seed of a, 32 bytes.</summary>
    public ImmutableArray<byte> Seed { get; }

    /// <summary>SHA-256 over ring, seed and b: names the key, 32 bytes.</summary>
    public ImmutableArray<byte> Id { get; }

    /// <summary>b in NTT form, <c>[prime * N + i]</c>.</summary>
    public ReadOnlySpan<ulong> B => _b;

    /// <summary>a in NTT form, <c>[prime * N + i]</c>.</summary>
    public ReadOnlySpan<ulong> A => _a;

    /// <summary>Makes the public key of a secret key.</summary>
    /// <param name="secret">The secret key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    public static RlwePublicKey Generate(RlweSecretKey secret, IEntropy entropy)
    {
        RnsRing ring = secret.Ring;
        Span<byte> seed = stackalloc byte[AesCtrStream.SeedBytes];
        entropy.Fill(seed);
        ulong[] b = new ulong[ring.Words], a = new ulong[ring.Words];
        Expand(ring, seed, a);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        RlweSample.Share(ring, a, secret.Evaluations, stream, b);
        return new RlwePublicKey(ring, seed, b);
    }

    /// <summary>The uniform polynomial, in NTT form, that a public seed stands for.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="seed">32 bytes.</param>
    /// <param name="poly">Receives the residues.</param>
    public static void Expand(RnsRing ring, ReadOnlySpan<byte> seed, Span<ulong> poly)
    {
        using AesCtrStream stream = new(seed);
        Sampler.Uniform(stream, ring, poly);
    }

    private static ImmutableArray<byte> Fingerprint(RnsRing ring, ReadOnlySpan<byte> seed, ReadOnlySpan<ulong> b)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("fedactors/rlwe-key/1\n"u8);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, (ulong)ring.N);
        hash.AppendData(word);
        foreach (Modulus q in ring.Moduli)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, q.Value);
            hash.AppendData(word);
        }
        hash.AppendData(seed);
        if (BitConverter.IsLittleEndian) hash.AppendData(MemoryMarshal.AsBytes(b));
        else
        {
            foreach (ulong residue in b)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(word, residue);
                hash.AppendData(word);
            }
        }
        return [.. hash.GetHashAndReset()];
    }
}
