using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>Plaintext</c> of CKKS: a polynomial in NTT form at a level, with the scale of its numbers.</summary>
/// <remarks>Not safe for threads that write. Cleared on <see cref="Dispose"/>, which is for plaintexts that must not stay in memory.</remarks>
public sealed class Plaintext : SealObject, IDisposable
{
    internal Plaintext(ContextData level, double scale, ulong[] words) => (Level, Scale, Words) = (level, scale, words);

    /// <summary>The level that the plaintext belongs to.</summary>
    public ParmsId ParmsId => Level.ParmsId;

    /// <summary>What the numbers were multiplied by.</summary>
    public double Scale { get; }

    /// <summary>Residues: primes of the level times N.</summary>
    public int CoeffCount => Words.Length;

    /// <summary>Residues in NTT form, prime-major: word <c>[prime · N + i]</c>.</summary>
    public ReadOnlySpan<ulong> Data => Words;

    internal ContextData Level { get; private set; }

    internal ulong[] Words { get; private set; }

    internal override long BodyBytes => PlaintextFormat.BodyBytes(Words.Length);

    /// <summary>Reads a plaintext.</summary>
    /// <param name="context">Whose levels it may be of.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, an unknown or pure key level, a residue not below its prime, a scale that is not finite and positive.</exception>
    public static Plaintext Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, PlaintextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a plaintext from the stream's position and leaves it behind it.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static Plaintext Load(CkksContext context, Stream stream) => SealReader.Read(stream, PlaintextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>A copy that shares nothing.</summary>
    public Plaintext Clone() => new(Level, Scale, Words.AsSpan().ToArray());

    /// <summary>Overwrites the residues with zeros.</summary>
    public void Dispose() => Array.Clear(Words);

    /// <summary>Level and scale, never content.</summary>
    public override string ToString() => $"plaintext at level {Level.ChainIndex}, scale {Scale}";

    /// <summary>Becomes the same numbers at another level; what it held before is overwritten.</summary>
    internal void Become(ContextData level, ulong[] words)
    {
        Array.Clear(Words);
        (Level, Words) = (level, words);
    }

    private protected override void WriteBody(SealWriter writer) => PlaintextFormat.Write(writer, Level.ParmsId, Scale, Words);

    private static Plaintext ReadBody(SealReader reader, CkksContext context)
    {
        (ContextData level, double scale) = PlaintextFormat.ReadMetadata(reader, context, keys: false);
        ulong[] words = GC.AllocateUninitializedArray<ulong>(level.Ring.Words);
        reader.Residues(level.Ring, words);
        return new Plaintext(level, scale, words);
    }
}
