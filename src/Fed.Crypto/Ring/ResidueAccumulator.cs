namespace Fed.Crypto.Ring;

/// <summary>
/// Sums many polynomials without reducing: one word per residue, reduced once at <see cref="Close"/>. With 49-bit primes 2^15 summands fit.
/// </summary>
/// <remarks>Adding allocates nothing and costs one pass over the accumulator. Not safe for several threads at once.</remarks>
public sealed class ResidueAccumulator
{
    private readonly RnsRing _ring;
    private readonly ulong[] _sums;
    private readonly int _polys;

    /// <summary>An empty sum.</summary>
    /// <param name="ring">The ring of the summands.</param>
    /// <param name="polys">Polynomials per summand: 2 for a ciphertext, 1 for a share.</param>
    /// <exception cref="ArgumentOutOfRangeException">No polynomial.</exception>
    public ResidueAccumulator(RnsRing ring, int polys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(polys, 1);
        _ring = ring;
        _polys = polys;
        _sums = new ulong[checked(polys * ring.Words)];
        Capacity = ring.Moduli.Min(static q => (long)Math.Min(ulong.MaxValue / (q.Value - 1), long.MaxValue));
    }

    /// <summary>Words of a summand, poly-major: <c>[(poly · primes + prime) · N + i]</c>.</summary>
    public int Words => _sums.Length;

    /// <summary>Summands so far.</summary>
    public long Summands { get; private set; }

    /// <summary>Summands that certainly fit: <c>floor((2^64 - 1) / (q - 1))</c> of the largest prime.</summary>
    public long Capacity { get; }

    /// <summary>Adds one summand.</summary>
    /// <param name="polynomials">Residues in <c>[0, q)</c>, <see cref="Words"/> of them; the caller has checked their range.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    /// <exception cref="CapacityExceededException">The sum is full; it is unchanged.</exception>
    public void Add(ReadOnlySpan<ulong> polynomials)
    {
        if (polynomials.Length != Words) throw new ArgumentException($"a summand has {Words} residues, not {polynomials.Length}");
        Count();
        Rows.AddWords(polynomials, _sums);
    }

    /// <summary>Adds one summand from its packed bytes (<see cref="ResiduePacking"/>), unpacking and adding in one pass.</summary>
    /// <param name="packed">The polynomials one after another, each <see cref="ResiduePacking.PackedBytes"/> long.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    /// <exception cref="SealFormatException">A residue is not below its prime, or padding is not zero; the sum is unchanged.</exception>
    /// <exception cref="CapacityExceededException">The sum is full; it is unchanged.</exception>
    public void AddPacked(ReadOnlySpan<byte> packed)
    {
        int bytes = ResiduePacking.PackedBytes(_ring);
        if (packed.Length != _polys * bytes) throw new ArgumentException($"a packed summand has {_polys * bytes} bytes, not {packed.Length}");
        Count();
        if (Unpack(packed, subtract: false)) return;
        Unpack(packed, subtract: true);
        Summands--;
        throw new SealFormatException("a packed summand has a residue that is not below its prime, or padding that is not zero");
    }

    /// <summary>Reduces the sum, hands it out and starts anew.</summary>
    /// <param name="sum">Receives residues in <c>[0, q)</c>, <see cref="Words"/> of them.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Close(Span<ulong> sum)
    {
        if (sum.Length != Words) throw new ArgumentException($"a sum has {Words} residues, not {sum.Length}");
        for (int row = 0; row < _polys * _ring.Moduli.Length; row++)
            Rows.Reduce(_sums.AsSpan(row * _ring.N, _ring.N), sum.Slice(row * _ring.N, _ring.N), _ring.Moduli[row % _ring.Moduli.Length]);
        Array.Clear(_sums);
        Summands = 0;
    }

    private bool Unpack(ReadOnlySpan<byte> packed, bool subtract)
    {
        int bytes = packed.Length / _polys;
        bool canonical = true;
        for (int poly = 0; poly < _polys; poly++)
            canonical &= ResiduePacking.UnpackAdd(_ring, packed.Slice(poly * bytes, bytes), _sums.AsSpan(poly * _ring.Words, _ring.Words), subtract);
        return canonical;
    }

    private void Count()
    {
        if (Summands == Capacity)
            throw new CapacityExceededException($"summand {Summands + 1} does not fit: the {_ring.Moduli.Max(static q => q.BitCount)}-bit primes leave room for {Capacity} in a word");
        Summands++;
    }
}
