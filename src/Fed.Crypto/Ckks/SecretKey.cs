using Fed.Crypto.Ckks.Wire;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>SecretKey</c>: the ternary secret in NTT form, for every prime of the key level.</summary>
/// <remarks>Lives in pinned memory, so that the collector leaves no copies behind; <see cref="Dispose"/> clears it.</remarks>
public sealed class SecretKey : SealObject, IDisposable
{
    private readonly SecretBuffer<ulong> _words;
    private bool _disposed;

    /// <summary>A key to fill, all zero.</summary>
    internal SecretKey(ContextData keyLevel)
    {
        KeyLevel = keyLevel;
        _words = new SecretBuffer<ulong>(keyLevel.Ring.Words);
    }

    /// <summary>The key level.</summary>
    public ParmsId ParmsId => KeyLevel.ParmsId;

    internal ContextData KeyLevel { get; }

    /// <summary>The key for every prime.</summary>
    /// <exception cref="ObjectDisposedException">The key has been cleared.</exception>
    internal Span<ulong> Words
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _words.Span;
        }
    }

    internal override long BodyBytes => PlaintextFormat.BodyBytes(KeyLevel.Ring.Words);

    /// <summary>Reads a secret key.</summary>
    /// <param name="context">Whose key it may be.</param>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, another level than the key level, a residue not below its prime, a scale other than 1.</exception>
    public static SecretKey Load(CkksContext context, ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, PlaintextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Reads a secret key from the stream's position and leaves it behind it.</summary>
    /// <inheritdoc cref="Load(CkksContext, ReadOnlySpan{byte})" path="/param[@name='context']|/exception"/>
    public static SecretKey Load(CkksContext context, Stream stream) => SealReader.Read(stream, PlaintextFormat.BytesMax(context), r => ReadBody(r, context));

    /// <summary>Overwrites the key with zeros; it cannot be used afterwards.</summary>
    public void Dispose()
    {
        _words.Dispose();
        _disposed = true;
    }

    /// <summary>Says nothing of the key.</summary>
    public override string ToString() => "<redacted>";

    /// <summary>The key for the primes of a level, in NTT form.</summary>
    internal ReadOnlySpan<ulong> At(ContextData level) => Words[..level.Ring.Words];

    private protected override void WriteBody(SealWriter writer) => PlaintextFormat.Write(writer, KeyLevel.ParmsId, 1.0, Words);

    private static SecretKey ReadBody(SealReader reader, CkksContext context)
    {
        PlaintextFormat.ReadMetadata(reader, context, keys: true);
        SecretKey key = new(context.KeyContextData);
        try
        {
            reader.Residues(key.KeyLevel.Ring, key.Words);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
