using System.Collections.Immutable;
using System.Numerics;

namespace Fed.Crypto.Ring;

/// <summary>
/// <c>Z_Q[X]/(X^N + 1)</c> with <c>Q</c> the product of distinct NTT primes. A polynomial is one flat span of <see cref="Words"/> residues in <c>[0, q)</c>,
/// prime-major: word <c>[prime · N + i]</c>.
/// </summary>
/// <remarks>Immutable and safe for all threads. No operation on polynomials allocates (those that hand out BigInteger excepted) or branches on residues.</remarks>
public sealed partial class RnsRing
{
    private readonly ImmutableArray<NttTables> _tables;

    /// <summary>Makes the ring and the tables of its transforms.</summary>
    /// <param name="n">Ring degree, a power of two in 2..131072.</param>
    /// <param name="moduli">At least one prime, each 1 modulo 2n, no one twice.</param>
    /// <exception cref="InvalidParametersException">Anything else.</exception>
    public RnsRing(int n, ImmutableArray<Modulus> moduli)
    {
        PrimeSearch.RequireDegree(n);
        if (moduli.IsDefaultOrEmpty) throw new InvalidParametersException("a ring needs at least one prime; none was given");
        if (moduli.GroupBy(static q => q.Value).FirstOrDefault(static g => g.Count() > 1) is { } twice)
            throw new InvalidParametersException($"prime {twice.Key} occurs {twice.Count()} times; the primes of a ring must differ");
        N = n;
        Moduli = moduli;
        _tables = [.. moduli.Select(q => NttTables.Get(n, q))];
        Product = moduli.Aggregate(BigInteger.One, static (product, q) => product * q.Value);
        (_garner, _garnerQuotients) = GarnerConstants(moduli);
        _productWords = ToWords(Product, ComposedWords);
        _halfWords = ToWords(Product >> 1, ComposedWords);
    }

    /// <summary>Degree of the ring.</summary>
    public int N { get; }

    /// <summary>The primes, in the order of the rows.</summary>
    public ImmutableArray<Modulus> Moduli { get; }

    /// <summary>Q, the product of the primes.</summary>
    public BigInteger Product { get; }

    /// <summary>Words of a polynomial: primes times N.</summary>
    public int Words => Moduli.Length * N;

    /// <summary>The transform of one row.</summary>
    /// <param name="prime">Index of the prime.</param>
    public NttTables Tables(int prime) => _tables[prime];

    /// <summary>The ring of the first <paramref name="k"/> primes: its polynomials are the first <c>k · N</c> words of this ring's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">k is not in 1..the number of primes.</exception>
    public RnsRing Prefix(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, Moduli.Length);
        return k == Moduli.Length ? this : new RnsRing(N, Moduli[..k]);
    }

    /// <summary>Coefficients to evaluations, row by row, in place.</summary>
    /// <param name="poly">Residues, <see cref="Words"/> of them.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Forward(Span<ulong> poly)
    {
        RequireLength(poly.Length);
        for (int i = 0; i < _tables.Length; i++) _tables[i].Forward(Row(poly, i));
    }

    /// <summary>Evaluations to coefficients, row by row, in place.</summary>
    /// <inheritdoc cref="Forward" path="/param|/exception"/>
    public void Inverse(Span<ulong> poly)
    {
        RequireLength(poly.Length);
        for (int i = 0; i < _tables.Length; i++) _tables[i].Inverse(Row(poly, i));
    }

    private void RequireLength(int length)
    {
        if (length != Words) throw new ArgumentException($"a polynomial of {Moduli.Length} primes and degree {N} has {Words} residues, not {length}");
    }
}
