using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>Ciphertext</c> of CKKS: two polynomials in NTT form at a level, with the scale of the numbers inside.</summary>
/// <remarks>
/// Not safe for threads that write. There are no ciphertexts of more polynomials: those come from products of ciphertexts, which nothing here makes or opens.
/// </remarks>
public sealed class Ciphertext : SealObject
{
    /// <summary>Polynomials of a ciphertext.</summary>
    public const int PolynomialCount = 2;

    internal Ciphertext(ContextData level, double scale, ulong[] words) => (Level, _scale, Words) = (level, scale, words);

    private double _scale;

    /// <summary>The level that the ciphertext belongs to.</summary>
    public ParmsId ParmsId => Level.ParmsId;

    /// <summary>What the numbers were multiplied by. May be set, as in SEAL, to give operands of nearly equal scales the same one.</summary>
    /// <exception cref="CkksMismatchException">Not finite, not positive, or not below the level's modulus.</exception>
    public double Scale
    {
        get => _scale;
        set => _scale = Level.Holds(value) ? value : throw Level.ScaleOutOfBounds(value);
    }

    /// <summary>Polynomials: always 2.</summary>
    public int Size => Words.Length / Level.Ring.Words;

    /// <summary>Ring degree N.</summary>
    public int PolyModulusDegree => Level.Ring.N;

    /// <summary>Primes of the level, L.</summary>
    public int CoeffModulusSize => Level.CoeffModulusSize;

    /// <summary>Always: CKKS ciphertexts stay in NTT form.</summary>
    public bool IsNttForm { get; } = true;

    /// <summary>Always 1: only BGV uses another.</summary>
    public ulong CorrectionFactor { get; } = 1;

    /// <summary>Whether the second polynomial is zero, so that anybody can read the first; no operation hands out such a ciphertext.</summary>
    public bool IsTransparent => !Data(1).ContainsAnyExcept(0UL);

    internal ContextData Level { get; private set; }

    /// <summary>Both polynomials: word <c>[(polynomial · L + prime) · N + i]</c>.</summary>
    internal ulong[] Words { get; private set; }

    internal override long BodyBytes => CiphertextFormat.BodyBytes(Level, seeded: false);

    /// <summary>Reads a ciphertext; a seeded one is expanded.</summary>
    /// <param name="context">Whose levels it may be of.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, an unknown or pure key level, a residue not below its prime, a scale that is not finite and positive.</exception>
    public static Ciphertext Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a ciphertext from the stream's position and leaves it behind it; a seeded one is expanded.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static Ciphertext Load(CkksContext context, Stream stream) => SealReader.Read(stream, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Residues of one polynomial in NTT form, prime-major.</summary>
    /// <param name="polynomial">0 or 1.</param>
    public ReadOnlySpan<ulong> Data(int polynomial) => Polynomial(polynomial);

    /// <summary>A copy that shares nothing.</summary>
    public Ciphertext Clone() => new(Level, Scale, Words.AsSpan().ToArray());

    /// <summary>Level and scale.</summary>
    public override string ToString() => $"ciphertext at level {Level.ChainIndex}, scale {Scale}";

    internal Span<ulong> Polynomial(int polynomial) => Words.AsSpan(polynomial * Level.Ring.Words, Level.Ring.Words);

    /// <summary>Becomes the result of an operation that changes the level.</summary>
    internal void Become(ContextData level, double scale, ulong[] words) => (Level, _scale, Words) = (level, scale, words);

    private protected override void WriteBody(SealWriter writer) => CiphertextFormat.Write(writer, Level, Scale, Words, seed: null);

    private static Ciphertext ReadBody(SealReader reader, CkksContext context)
    {
        (ContextData level, double scale, ulong[] words, _) = CiphertextFormat.Read(reader, context, keys: false, expand: true);
        return new Ciphertext(level, scale, words);
    }
}
