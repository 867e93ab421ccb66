using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>PublicKey</c>: an encryption of zero at the key level, <c>(b, a)</c> with <c>b + a·s</c> small.</summary>
/// <remarks>Immutable.</remarks>
public sealed class PublicKey : SealObject
{
    private readonly ulong[] _words;

    internal PublicKey(ContextData keyLevel, ulong[] words) => (KeyLevel, _words) = (keyLevel, words);

    /// <summary>The key level.</summary>
    public ParmsId ParmsId => KeyLevel.ParmsId;

    internal ContextData KeyLevel { get; }

    internal override long BodyBytes => CiphertextFormat.BodyBytes(KeyLevel, seeded: false);

    /// <summary>Reads a public key; a seeded one is expanded.</summary>
    /// <param name="context">Whose key it may be.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, another level than the key level, a residue not below its prime, a scale other than 1.</exception>
    public static PublicKey Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a public key from the stream's position and leaves it behind it; a seeded one is expanded.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static PublicKey Load(CkksContext context, Stream stream) => SealReader.Read(stream, CiphertextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Residues of one polynomial in NTT form, prime-major over the key level's primes.</summary>
    /// <param name="polynomial">0 for b, 1 for a.</param>
    public ReadOnlySpan<ulong> Data(int polynomial) => _words.AsSpan(polynomial * KeyLevel.Ring.Words, KeyLevel.Ring.Words);

    private protected override void WriteBody(SealWriter writer) => CiphertextFormat.Write(writer, KeyLevel, 1.0, _words, seed: null);

    private static PublicKey ReadBody(SealReader reader, CkksContext context)
    {
        (ContextData level, _, ulong[] words, _) = CiphertextFormat.Read(reader, context, keys: true, expand: true);
        return new PublicKey(level, words);
    }
}
