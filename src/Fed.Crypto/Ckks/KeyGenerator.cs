using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>KeyGenerator</c>: one secret key and any number of public keys for it.</summary>
/// <remarks>Randomness comes from the operating system. The generator owns the secret key it made; <see cref="Dispose"/> clears it.</remarks>
public sealed class KeyGenerator : IDisposable
{
    private readonly Func<ISampleSource> _samples;
    private readonly bool _ownsKey;

    /// <summary>Draws a new secret key: coefficients uniform on {-1, 0, 1}.</summary>
    public KeyGenerator(CkksContext context)
        : this(context, static () => new SystemSampleSource()) { }

    /// <summary>Takes a secret key, for more public keys; it stays the caller's.</summary>
    /// <exception cref="CkksMismatchException">The key is of another context.</exception>
    public KeyGenerator(CkksContext context, SecretKey secretKey)
    {
        context.RequireKey(secretKey.ParmsId);
        (SecretKey, _samples) = (secretKey, static () => new SystemSampleSource());
    }

    internal KeyGenerator(CkksContext context, Func<ISampleSource> samples)
    {
        (_samples, _ownsKey) = (samples, true);
        SecretKey = new SecretKey(context.KeyContextData);
        using ISampleSource source = samples();
        using SecretScratch<sbyte> coefficients = new(context.PolyModulusDegree);
        source.Ternary(coefficients.Span);
        RnsRing ring = context.KeyContextData.Ring;
        ring.FromSigned(coefficients.Span, SecretKey.Words);
        ring.Forward(SecretKey.Words);
    }

    /// <summary>The secret key. Whoever has it opens every ciphertext under it.</summary>
    public SecretKey SecretKey { get; }

    /// <summary>A new public key.</summary>
    public PublicKey CreatePublicKey()
    {
        ContextData level = SecretKey.KeyLevel;
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * level.Ring.Words);
        Span<ulong> second = words.AsSpan(level.Ring.Words);
        using ISampleSource source = _samples();
        source.Uniform(level.Ring, second);
        ZeroEncryption.Symmetric(level, SecretKey, second, source, words.AsSpan(0, level.Ring.Words));
        return new PublicKey(level, words);
    }

    /// <summary>A new public key that is stored and sent at half the size.</summary>
    /// <param name="type">The generator that expands the seed.</param>
    /// <exception cref="InvalidParametersException">A generator that cannot be expanded here.</exception>
    public SeededPublicKey CreateSeededPublicKey(PrngType type = PrngType.Blake2xb)
    {
        ContextData level = SecretKey.KeyLevel;
        using ISampleSource source = _samples();
        (ulong[] first, UniformRandomGeneratorInfo seed) = ZeroEncryption.Seeded(level, SecretKey, type, source);
        return new SeededPublicKey(level, first, seed);
    }

    /// <summary>Clears the secret key if the generator made it.</summary>
    public void Dispose()
    {
        if (_ownsKey) SecretKey.Dispose();
    }
}
