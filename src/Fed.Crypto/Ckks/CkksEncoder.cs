using System.Collections.Concurrent;
using System.Numerics;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>CKKSEncoder</c>: numbers to plaintexts and back.</summary>
/// <remarks>
/// Immutable and safe for all threads. Encoding and decoding are floating-point arithmetic on the numbers; their time does not depend on the numbers except
/// where a number is refused and where coefficients reach 2^62.
/// </remarks>
public sealed class CkksEncoder
{
    private static readonly ConcurrentDictionary<int, SlotTransform> Transforms = new();

    private readonly CkksContext _context;
    private readonly SlotTransform _transform;

    /// <summary>Makes an encoder; its tables are made once per degree and kept.</summary>
    /// <param name="context">Whose levels plaintexts are for.</param>
    public CkksEncoder(CkksContext context)
    {
        _context = context;
        _transform = Transforms.GetOrAdd(context.PolyModulusDegree, static n => new SlotTransform(n));
    }

    /// <summary>Numbers of one plaintext: N/2.</summary>
    public int SlotCount => _transform.Slots;

    /// <summary>Encodes real numbers into slots.</summary>
    /// <param name="values">At most <see cref="SlotCount"/>; zeros follow.</param>
    /// <param name="scale">What they are multiplied by before rounding.</param>
    /// <param name="parmsId">The level; the first data level if absent.</param>
    /// <exception cref="ArgumentException">More numbers than slots.</exception>
    /// <exception cref="CapacityExceededException">A number that is not finite, or coefficients that do not fit the level's modulus.</exception>
    /// <exception cref="CkksMismatchException">A scale that is not positive or does not fit the level, or no data level of the context.</exception>
    public Plaintext Encode(ReadOnlySpan<double> values, double scale, ParmsId? parmsId = null)
    {
        ContextData level = RequireRoom(values.Length, scale, parmsId);
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i])) throw NotFinite(values[i], i);
        }
        using SecretScratch<double> real = new(SlotCount), imaginary = new(SlotCount);
        _transform.Scatter(values, real.Span, imaginary.Span);
        return Encode(real.Span, imaginary.Span, scale, level);
    }

    /// <summary>Encodes complex numbers into slots.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{double}, double, ParmsId?)"/>
    public Plaintext Encode(ReadOnlySpan<Complex> values, double scale, ParmsId? parmsId = null)
    {
        ContextData level = RequireRoom(values.Length, scale, parmsId);
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i].Real)) throw NotFinite(values[i].Real, i);
            if (!double.IsFinite(values[i].Imaginary)) throw NotFinite(values[i].Imaginary, i);
        }
        using SecretScratch<double> real = new(SlotCount), imaginary = new(SlotCount);
        _transform.Scatter(values, real.Span, imaginary.Span);
        return Encode(real.Span, imaginary.Span, scale, level);
    }

    /// <summary>Encodes one number into every slot: the constant polynomial <c>round(value · scale)</c>.</summary>
    /// <param name="value">The number.</param>
    /// <param name="scale">What it is multiplied by before rounding.</param>
    /// <param name="parmsId">The level; the first data level if absent.</param>
    /// <exception cref="CapacityExceededException">A number that is not finite or does not fit the level's modulus.</exception>
    /// <exception cref="CkksMismatchException">A scale that is not positive or does not fit the level, or no data level of the context.</exception>
    public Plaintext Encode(double value, double scale, ParmsId? parmsId = null)
    {
        ContextData level = RequireRoom(0, scale, parmsId);
        return Constant(Whole(value, scale, level), scale, level);
    }

    /// <summary>Encodes one complex number into every slot.</summary>
    /// <inheritdoc cref="Encode(double, double, ParmsId?)"/>
    public Plaintext Encode(Complex value, double scale, ParmsId? parmsId = null)
    {
        Complex[] values = new Complex[SlotCount];
        Array.Fill(values, value);
        return Encode(values, scale, parmsId);
    }

    /// <summary>Encodes one integer into every slot, exactly, at scale 1.</summary>
    /// <param name="value">The integer.</param>
    /// <param name="parmsId">The level; the first data level if absent.</param>
    /// <exception cref="CapacityExceededException">It does not fit the level's modulus.</exception>
    /// <exception cref="CkksMismatchException">No data level of the context.</exception>
    public Plaintext Encode(long value, ParmsId? parmsId = null)
    {
        ContextData level = RequireRoom(0, 1, parmsId);
        int bits = (int)((BigInteger)value).GetBitLength() + 2;
        if (bits >= level.TotalCoeffModulusBitCount) throw TooLarge(value, bits, level);
        ulong[] words = new ulong[level.Ring.Words];
        for (int i = 0; i < level.CoeffModulusSize; i++) words.AsSpan(i * level.Ring.N, level.Ring.N).Fill(level.Ring.Moduli[i].Reduce(value));
        return new Plaintext(level, 1, words);
    }

    /// <summary>The real parts of all slots.</summary>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    public double[] Decode(Plaintext plaintext)
    {
        double[] values = new double[SlotCount];
        Decode(plaintext, values);
        return values;
    }

    /// <summary>The real parts of the first slots.</summary>
    /// <param name="plaintext">What to decode.</param>
    /// <param name="values">Receives as many as fit, at most <see cref="SlotCount"/>.</param>
    /// <exception cref="ArgumentException">More than there are slots.</exception>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    public void Decode(Plaintext plaintext, Span<double> values)
    {
        RequireSlots(values.Length);
        using SecretScratch<double> real = new(SlotCount), imaginary = new(SlotCount);
        DecodePoints(plaintext, real.Span, imaginary.Span);
        for (int j = 0; j < values.Length; j++) values[j] = _transform.GatherReal(j, real.Span);
    }

    /// <summary>All slots.</summary>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    public Complex[] DecodeComplex(Plaintext plaintext)
    {
        using SecretScratch<double> real = new(SlotCount), imaginary = new(SlotCount);
        DecodePoints(plaintext, real.Span, imaginary.Span);
        Complex[] values = new Complex[SlotCount];
        for (int j = 0; j < values.Length; j++) values[j] = _transform.Gather(j, real.Span, imaginary.Span);
        return values;
    }

    /// <summary><c>round(value · scale)</c>, which must fit the level by SEAL's rule.</summary>
    internal static double Whole(double value, double scale, ContextData level)
    {
        if (!double.IsFinite(value)) throw NotFinite(value, 0);
        double scaled = value * scale;
        int bits = BitsOf(Math.Abs(scaled)) + 1;
        if (bits >= level.TotalCoeffModulusBitCount) throw TooLarge(value, bits, level);
        return RoundedResidue.Round(scaled);
    }

    private static Plaintext Constant(double whole, double scale, ContextData level)
    {
        ulong[] words = new ulong[level.Ring.Words];
        for (int i = 0; i < level.CoeffModulusSize; i++)
            words.AsSpan(i * level.Ring.N, level.Ring.N).Fill(RoundedResidue.Of(whole, level.Ring.Moduli[i]));
        return new Plaintext(level, scale, words);
    }

    private Plaintext Encode(Span<double> real, Span<double> imaginary, double scale, ContextData level)
    {
        _transform.ToCoefficients(real, imaginary, scale);
        double largest = CoefficientRounding.Round(real, imaginary);
        int bits = BitsOf(largest) + 1;
        if (bits >= level.TotalCoeffModulusBitCount) throw TooLarge(largest, bits, level);
        ulong[] words = GC.AllocateUninitializedArray<ulong>(level.Ring.Words);
        CoefficientRounding.ToResidues(real, imaginary, largest, level.Ring, words);
        level.Ring.Forward(words);
        return new Plaintext(level, scale, words);
    }

    private void DecodePoints(Plaintext plaintext, Span<double> real, Span<double> imaginary)
    {
        ContextData level = _context.RequireDataLevel(plaintext.ParmsId);
        using SecretScratch<ulong> coefficients = new(level.Ring.Words);
        plaintext.Data.CopyTo(coefficients.Span);
        level.Ring.Inverse(coefficients.Span);
        CentredDecoder.Decode(level.Ring, coefficients.Span, plaintext.Scale, real, imaginary);
        _transform.ToPoints(real, imaginary);
    }

    /// <summary><c>ceil(log2 x)</c> of at least 1: the bits that SEAL reckons with.</summary>
    private static int BitsOf(double magnitude) => double.IsFinite(magnitude) ? (int)Math.Ceiling(Math.Log2(Math.Max(magnitude, 1))) : int.MaxValue - 1;

    private ContextData RequireRoom(int values, double scale, ParmsId? parmsId)
    {
        RequireSlots(values);
        ContextData level = _context.RequireDataLevel(parmsId ?? _context.FirstParmsId);
        // SEAL leaves one bit here that products of scales need not have.
        return level.Holds(2 * scale) ? level : throw level.ScaleOutOfBounds(scale);
    }

    private void RequireSlots(int count)
    {
        if (count > SlotCount) throw new ArgumentException($"{count} numbers were given; N = {_context.PolyModulusDegree} has {SlotCount} slots");
    }

    private static CapacityExceededException NotFinite(double value, int slot) =>
        new($"the number in slot {slot} is {value}; only finite numbers can be encoded");

    private static CapacityExceededException TooLarge(double value, int bits, ContextData level) =>
        new($"{value:G6} needs {bits} bits at this scale; the level's modulus has {level.TotalCoeffModulusBitCount}, and more than the value needs must remain");
}
