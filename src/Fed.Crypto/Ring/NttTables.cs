using System.Collections.Concurrent;
using System.Numerics;

namespace Fed.Crypto.Ring;

/// <summary>
/// The negacyclic number-theoretic transform of one degree and one prime, with SEAL's root and order: natural order in,
/// <c>out[i] = a(ψ^(2·rev(i)+1))</c> out, ψ the numerically smallest primitive 2n-th root of unity.
/// </summary>
/// <remarks>Immutable and safe for all threads. No transform allocates, branches or indexes by residues.</remarks>
public sealed class NttTables
{
    private const int CachedMax = 256;
    private static readonly ConcurrentDictionary<(int Degree, ulong Prime), NttTables> Cache = new();

    private readonly Lazy<ScalarNtt> _scalar;   // made only where it is used
    private readonly VectorNtt? _vector;

    private NttTables(int n, Modulus q)
    {
        N = n;
        Modulus = q;
        Root = SmallestRoot(n, q);
        _scalar = new Lazy<ScalarNtt>(() => new ScalarNtt(n, q, Root));
        _vector = VectorNtt.Create(n, q, Root);
    }

    /// <summary>Degree of the ring.</summary>
    public int N { get; }

    /// <summary>The prime.</summary>
    public Modulus Modulus { get; }

    /// <summary>ψ: the smallest primitive 2N-th root of unity.</summary>
    public ulong Root { get; }

    /// <summary>Whether the double-precision path serves this prime on this processor.</summary>
    public bool IsFast => _vector is not null && Modulus.BitCount <= Rows.ProductBitCountMax;

    /// <summary>The tables, computed at first use and kept.</summary>
    /// <param name="n">Ring degree, a power of two in 2..131072.</param>
    /// <param name="q">A prime that is 1 modulo 2n.</param>
    /// <exception cref="InvalidParametersException">No ring degree, or a prime without a primitive 2n-th root of unity.</exception>
    public static NttTables Get(int n, Modulus q)
    {
        PrimeSearch.RequireDegree(n);
        if ((q.Value - 1) % (2 * (ulong)n) != 0)
            throw new InvalidParametersException($"prime {q} is not 1 modulo {2 * n}: it has no transform of degree {n}");
        // Parameters read from hostile bytes must not grow the cache without bound; our own few come back at once.
        if (Cache.Count >= CachedMax) Cache.Clear();
        return Cache.GetOrAdd((n, q.Value), static (key, prime) => new NttTables(key.Degree, prime), q);
    }

    /// <summary>Coefficients to evaluations, in place.</summary>
    /// <param name="row">N residues in <c>[0, q)</c>, before and after.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Forward(Span<ulong> row)
    {
        RequireLength(row.Length);
        if (_vector is not null) _vector.Forward(row);
        else _scalar.Value.Forward(row);
    }

    /// <summary>Evaluations to coefficients, in place; includes the division by N.</summary>
    /// <inheritdoc cref="Forward" path="/param|/exception"/>
    public void Inverse(Span<ulong> row)
    {
        RequireLength(row.Length);
        if (_vector is not null) _vector.Inverse(row);
        else _scalar.Value.Inverse(row);
    }

    /// <summary><see cref="Forward"/> by integer butterflies: the twin that works for every prime on every processor.</summary>
    /// <inheritdoc cref="Forward" path="/param|/exception"/>
    public void ForwardScalar(Span<ulong> row)
    {
        RequireLength(row.Length);
        _scalar.Value.Forward(row);
    }

    /// <summary><see cref="Inverse"/> by integer butterflies.</summary>
    /// <inheritdoc cref="Forward" path="/param|/exception"/>
    public void InverseScalar(Span<ulong> row)
    {
        RequireLength(row.Length);
        _scalar.Value.Inverse(row);
    }

    private void RequireLength(int length)
    {
        if (length != N) throw new ArgumentException($"a row of degree {N} has {N} residues, not {length}");
    }

    private static ulong SmallestRoot(int n, Modulus q)
    {
        ulong root = AnyRoot(n, q);
        ulong square = q.Multiply(root, root), smallest = root;
        for (int i = 1; i < n; i++)
        {
            root = q.Multiply(root, square);   // the odd powers are all the primitive roots
            smallest = Math.Min(smallest, root);
        }
        return smallest;
    }

    private static ulong AnyRoot(int n, Modulus q)
    {
        for (ulong candidate = 2; ; candidate++)
        {
            ulong root = q.Power(candidate, (q.Value - 1) / (2 * (ulong)n));
            if (q.Power(root, (ulong)n) == q.Value - 1) return root;
        }
    }

    /// <summary>Reverses the lowest <paramref name="bits"/> bits.</summary>
    internal static int Reverse(int value, int bits)
    {
        int reversed = 0;
        for (int i = 0; i < bits; i++) reversed |= ((value >> i) & 1) << (bits - 1 - i);
        return reversed;
    }

    /// <summary>Powers of a root at bit-reversed exponents: entry i is <c>root^rev(i)</c>.</summary>
    internal static ulong[] ReversedPowers(int n, Modulus q, ulong root)
    {
        ulong[] powers = new ulong[n];
        int bits = BitOperations.Log2((uint)n);
        ulong power = 1;
        for (int i = 0; i < n; i++)
        {
            powers[Reverse(i, bits)] = power;
            power = q.Multiply(power, root);
        }
        return powers;
    }
}
