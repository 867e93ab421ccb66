using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>Serializable&lt;PublicKey&gt;</c>: a public key whose uniform polynomial is kept as its seed, at half the size.</summary>
/// <remarks>Immutable.</remarks>
public sealed class SeededPublicKey : SealObject
{
    private readonly ulong[] _words;

    internal SeededPublicKey(ContextData keyLevel, ulong[] first, UniformRandomGeneratorInfo seed) => (KeyLevel, _words, Seed) = (keyLevel, first, seed);

    /// <summary>The key level.</summary>
    public ParmsId ParmsId => KeyLevel.ParmsId;

    /// <summary>What the uniform polynomial is expanded from.</summary>
    public UniformRandomGeneratorInfo Seed { get; }

    internal ContextData KeyLevel { get; }

    internal override long BodyBytes => CiphertextFormat.BodyBytes(KeyLevel, seeded: true);

    /// <summary>Reads a seeded public key without expanding it.</summary>
    /// <param name="context">Whose key it may be.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, a key with both polynomials among them.</exception>
    public static SeededPublicKey Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a seeded public key from the stream's position and leaves it behind it.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static SeededPublicKey Load(CkksContext context, Stream stream) => SealReader.Read(stream, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>The key with both polynomials.</summary>
    public PublicKey Expand()
    {
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * _words.Length);
        _words.CopyTo(words, 0);
        Seed.Expand(KeyLevel.Ring, words.AsSpan(_words.Length));
        return new PublicKey(KeyLevel, words);
    }

    private protected override void WriteBody(SealWriter writer) => CiphertextFormat.Write(writer, KeyLevel, 1.0, _words, Seed);

    private static SeededPublicKey ReadBody(SealReader reader, CkksContext context)
    {
        (ContextData level, _, ulong[] words, UniformRandomGeneratorInfo? seed) = CiphertextFormat.Read(reader, context, keys: true, expand: false);
        return new SeededPublicKey(level, words, seed!);
    }
}
