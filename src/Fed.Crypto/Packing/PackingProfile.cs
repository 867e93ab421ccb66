using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Packing;

/// <summary>
/// Checked parameters of ciphertexts that carry integers in their coefficients: ring degree, primes below 2^50 and who holds the key. No prime is special, since nothing is ever multiplied.
/// </summary>
/// <remarks>Immutable, safe for all threads. The primes of a profile follow from its name, degree and bits by <see cref="PrimeSearch"/>, so the hash names them.</remarks>
public sealed class PackingProfile
{
    /// <summary>The widest prime: the transform in double precision serves all below 2^50.</summary>
    public const int PrimeBitsMax = 49;

    private static readonly Lazy<PackingProfile> Silo = new(static () => Create("silo-threshold", 8192, [49, 49, 49, 49], isThreshold: true));
    private static readonly Lazy<PackingProfile> Symmetric = new(static () => Create("fast-symmetric", 4096, [49, 49], isThreshold: false));

    private PackingProfile(string name, RnsRing ring, bool isThreshold, SecurityLevel security)
    {
        Name = name;
        Ring = ring;
        IsThreshold = isThreshold;
        Security = security;
        Hash = [.. SHA256.HashData(Encoding.UTF8.GetBytes(ToString()))];
    }

    /// <summary>The profile of rounds: N = 8192, four primes of 49 bits, a collective public key, smudged openings.</summary>
    public static PackingProfile SiloThreshold => Silo.Value;

    /// <summary>One secret key shared by all sites, against the server only: N = 4096, two primes of 49 bits, seeded ciphertexts. No protection of one site from another: for the library and benchmarks.</summary>
    public static PackingProfile FastSymmetric => Symmetric.Value;

    /// <summary>The profiles that there are.</summary>
    public static ImmutableArray<PackingProfile> All => [SiloThreshold, FastSymmetric];

    /// <summary>Unique, <c>[a-z0-9-]+</c>.</summary>
    public string Name { get; }

    /// <summary>The ring of both polynomials.</summary>
    public RnsRing Ring { get; }

    /// <summary>Coefficients of a ciphertext.</summary>
    public int N => Ring.N;

    /// <summary>The modulus, product of the primes.</summary>
    public BigInteger Q => Ring.Product;

    /// <summary>Bit length of <see cref="Q"/>; every sample that is ever published under a key is modulo Q.</summary>
    public int ModulusBits => (int)Q.GetBitLength();

    /// <summary>True for a collective key and smudged openings; false for one shared key.</summary>
    public bool IsThreshold { get; }

    /// <summary>The strongest level that N and Q reach.</summary>
    public SecurityLevel Security { get; }

    /// <summary>The most ciphertexts that are added up without a reduction in between: 2^(64 - bits of the widest prime).</summary>
    public int SummandsMax => 1 << Math.Min(30, 64 - Ring.Moduli.Max(static q => q.BitCount));

    /// <summary>SHA-256 of <see cref="ToString"/>, 32 bytes.</summary>
    public ImmutableArray<byte> Hash { get; }

    /// <summary>Makes a profile.</summary>
    /// <param name="name">Its name, part of the hash.</param>
    /// <param name="n">Ring degree.</param>
    /// <param name="primeBits">Bits of each prime, at most <see cref="PrimeBitsMax"/>.</param>
    /// <param name="isThreshold">True for a collective key and smudged openings.</param>
    /// <exception cref="InvalidParametersException">Below 128-bit classical security, or primes that are too wide or do not exist.</exception>
    public static PackingProfile Create(string name, int n, ReadOnlySpan<int> primeBits, bool isThreshold)
    {
        foreach (int bits in primeBits)
            if (bits > PrimeBitsMax) throw new InvalidParametersException($"a prime of {bits} bits in profile {name}: at most {PrimeBitsMax} bits are served");
        SecurityLevel.Require(n, Sum(primeBits), SecurityLevel.Classical128);   // before primes are searched: a wrong N shall not cost minutes
        RnsRing ring = new(n, PrimeSearch.Create(n, primeBits));
        return new PackingProfile(name, ring, isThreshold, SecurityLevel.Strongest(n, (int)ring.Product.GetBitLength())!);
    }

    /// <summary>Refuses keys of another ring, and of the kind whose errors the profile's bounds do not count.</summary>
    /// <param name="ring">The key's ring.</param>
    /// <param name="isPublic">True for a public key, false for a secret key that sites share.</param>
    /// <exception cref="InvalidParametersException">The key does not suit.</exception>
    internal void RequireKey(RnsRing ring, bool isPublic)
    {
        if (ring.N != N || !ring.Moduli.SequenceEqual(Ring.Moduli)) throw new InvalidParametersException($"the key's ring, N = {ring.N} with {ring.Moduli.Length} primes, is not that of profile {Name}");
        if (isPublic != IsThreshold) throw new InvalidParametersException($"profile {Name} is for {(IsThreshold ? "a collective public key" : "a shared secret key")}, not for {(isPublic ? "a public" : "a shared secret")} one");
    }

    /// <summary>The profile of a name, or null.</summary>
    public static PackingProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <summary>The canonical text that is hashed.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"fedactors/profile/1\n{Name} N={N} primes={string.Join(',', Ring.Moduli.Select(static q => q.Value))} secret=ternary error=cbd21 {(IsThreshold ? "threshold" : "symmetric")}\n");

    private static int Sum(ReadOnlySpan<int> bits)
    {
        int sum = 0;
        foreach (int b in bits) sum += b;
        return sum;
    }
}
