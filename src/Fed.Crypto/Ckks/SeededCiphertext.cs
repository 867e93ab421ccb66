using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>
/// SEAL's <c>Serializable&lt;Ciphertext&gt;</c>: a symmetric encryption whose second polynomial is kept as the seed it is expanded from, at half the size.
/// </summary>
/// <remarks>Immutable.</remarks>
public sealed class SeededCiphertext : SealObject
{
    private readonly ulong[] _words;

    internal SeededCiphertext(ContextData level, double scale, ulong[] first, UniformRandomGeneratorInfo seed) =>
        (Level, Scale, _words, Seed) = (level, scale, first, seed);

    /// <summary>The level that the ciphertext belongs to.</summary>
    public ParmsId ParmsId => Level.ParmsId;

    /// <summary>What the numbers were multiplied by.</summary>
    public double Scale { get; }

    /// <summary>What the second polynomial is expanded from.</summary>
    public UniformRandomGeneratorInfo Seed { get; }

    internal ContextData Level { get; }

    internal override long BodyBytes => CiphertextFormat.BodyBytes(Level, seeded: true);

    /// <summary>Reads a seeded ciphertext without expanding it.</summary>
    /// <param name="context">Whose levels it may be of.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, a ciphertext with both polynomials among them.</exception>
    public static SeededCiphertext Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a seeded ciphertext from the stream's position and leaves it behind it.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static SeededCiphertext Load(CkksContext context, Stream stream) => SealReader.Read(stream, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>The ciphertext with both polynomials.</summary>
    public Ciphertext Expand()
    {
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * _words.Length);
        _words.CopyTo(words, 0);
        Seed.Expand(Level.Ring, words.AsSpan(_words.Length));
        return new Ciphertext(Level, Scale, words);
    }

    /// <summary>Level and scale.</summary>
    public override string ToString() => $"seeded ciphertext at level {Level.ChainIndex}, scale {Scale}";

    private protected override void WriteBody(SealWriter writer) => CiphertextFormat.Write(writer, Level, Scale, _words, Seed);

    private static SeededCiphertext ReadBody(SealReader reader, CkksContext context)
    {
        (ContextData level, double scale, ulong[] words, UniformRandomGeneratorInfo? seed) = CiphertextFormat.Read(reader, context, keys: false, expand: false);
        return new SeededCiphertext(level, scale, words, seed!);
    }
}
