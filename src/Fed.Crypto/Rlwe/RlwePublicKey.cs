using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>A public key (b, a) with b = -a s + e, both in NTT form; a is expanded from a public seed.</summary>
/// <remarks>
/// Immutable, safe for all threads. Outside this assembly a key comes from a secret key or from a key ceremony whose transcript was verified: bytes that a server hands out are no key.
/// </remarks>
public sealed class RlwePublicKey
{
    private const string Label = "fedactors/rlwe-public-key/1";

    private readonly ulong[] _b, _a;

    /// <summary>Assembles a key from what a ceremony agreed on.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="seed">The public seed of a, 32 bytes.</param>
    /// <param name="label">What a is for; with the seed it fixes a (<see cref="Expansion"/>).</param>
    /// <param name="b">b in NTT form.</param>
    /// <exception cref="ArgumentException">A length does not fit, or the label is empty.</exception>
    internal RlwePublicKey(RnsRing ring, ReadOnlySpan<byte> seed, string label, ReadOnlySpan<ulong> b)
    {
        if (b.Length != ring.Words) throw new ArgumentException($"a polynomial of the ring has {ring.Words} residues, not {b.Length}", nameof(b));
        Ring = ring;
        _b = b.ToArray();
        _a = new ulong[ring.Words];
        Expansion.Uniform(seed, label, ring, _a);
        Id = Fingerprint(ring, _a, b);
    }

    /// <summary>The ring of the key.</summary>
    public RnsRing Ring { get; }

    /// <summary>SHA-256 over ring, a and b: names the key, 32 bytes.</summary>
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
        Expansion.Uniform(seed, Label, ring, a);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        RlweSample.Share(ring, a, secret.Evaluations, stream, b);
        return new RlwePublicKey(ring, seed, Label, b);
    }

    private static ImmutableArray<byte> Fingerprint(RnsRing ring, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        using RingHash hash = new("fedactors/rlwe-key/1", ring);
        hash.Append(a);
        hash.Append(b);
        return hash.Close();
    }
}
