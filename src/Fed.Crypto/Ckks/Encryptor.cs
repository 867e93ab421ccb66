namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>Encryptor</c>: under a public key, under the secret key, or both.</summary>
/// <remarks>Randomness comes from the operating system. Holds no state but the keys, which stay the caller's; safe for all threads.</remarks>
public sealed class Encryptor
{
    private readonly CkksContext _context;
    private readonly PublicKey? _publicKey;
    private readonly SecretKey? _secretKey;
    private readonly Func<ISampleSource> _samples;

    /// <summary>Encrypts under a public key.</summary>
    /// <exception cref="CkksMismatchException">The key is of another context.</exception>
    public Encryptor(CkksContext context, PublicKey publicKey)
        : this(context, publicKey, null, static () => new SystemSampleSource()) { }

    /// <summary>Encrypts under the secret key: smaller errors and seed-compressed ciphertexts, where the encrypting side may have the key.</summary>
    /// <exception cref="CkksMismatchException">The key is of another context.</exception>
    public Encryptor(CkksContext context, SecretKey secretKey)
        : this(context, null, secretKey, static () => new SystemSampleSource()) { }

    /// <summary>Encrypts under either key.</summary>
    /// <exception cref="CkksMismatchException">A key is of another context.</exception>
    public Encryptor(CkksContext context, PublicKey publicKey, SecretKey secretKey)
        : this(context, publicKey, secretKey, static () => new SystemSampleSource()) { }

    internal Encryptor(CkksContext context, PublicKey? publicKey, SecretKey? secretKey, Func<ISampleSource> samples)
    {
        if (publicKey is not null) context.RequireKey(publicKey.ParmsId);
        if (secretKey is not null) context.RequireKey(secretKey.ParmsId);
        (_context, _publicKey, _secretKey, _samples) = (context, publicKey, secretKey, samples);
    }

    /// <summary>Encrypts under the public key, at the plaintext's level.</summary>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    /// <exception cref="InvalidOperationException">The encryptor has no public key.</exception>
    public Ciphertext Encrypt(Plaintext plaintext) => WithMessage(EncryptZero(plaintext.ParmsId), plaintext);

    /// <summary>Encrypts zero under the public key.</summary>
    /// <param name="parmsId">The level; the first data level if absent.</param>
    /// <exception cref="CkksMismatchException">No data level of the context.</exception>
    /// <exception cref="InvalidOperationException">The encryptor has no public key.</exception>
    public Ciphertext EncryptZero(ParmsId? parmsId = null)
    {
        ContextData level = _context.RequireDataLevel(parmsId ?? _context.FirstParmsId);
        PublicKey key = _publicKey ?? throw new InvalidOperationException("the encryptor was made without a public key; use EncryptSymmetric or give it one");
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * level.Ring.Words);
        using ISampleSource source = _samples();
        ZeroEncryption.Public(level, key, source, words);
        return new Ciphertext(level, 1.0, words);
    }

    /// <summary>Encrypts under the secret key, at the plaintext's level.</summary>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    /// <exception cref="InvalidOperationException">The encryptor has no secret key.</exception>
    public Ciphertext EncryptSymmetric(Plaintext plaintext) => WithMessage(EncryptZeroSymmetric(plaintext.ParmsId), plaintext);

    /// <summary>Encrypts zero under the secret key.</summary>
    /// <param name="parmsId">The level; the first data level if absent.</param>
    /// <exception cref="CkksMismatchException">No data level of the context.</exception>
    /// <exception cref="InvalidOperationException">The encryptor has no secret key.</exception>
    public Ciphertext EncryptZeroSymmetric(ParmsId? parmsId = null)
    {
        ContextData level = _context.RequireDataLevel(parmsId ?? _context.FirstParmsId);
        SecretKey key = RequireSecretKey();
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * level.Ring.Words);
        Span<ulong> second = words.AsSpan(level.Ring.Words);
        using ISampleSource source = _samples();
        source.Uniform(level.Ring, second);
        ZeroEncryption.Symmetric(level, key, second, source, words.AsSpan(0, level.Ring.Words));
        return new Ciphertext(level, 1.0, words);
    }

    /// <summary>Encrypts under the secret key into the form that is stored and sent at half the size.</summary>
    /// <param name="plaintext">What to encrypt.</param>
    /// <param name="type">The generator that expands the seed.</param>
    /// <exception cref="CkksMismatchException">The plaintext is of another context.</exception>
    /// <exception cref="InvalidParametersException">A generator that cannot be expanded here.</exception>
    /// <exception cref="InvalidOperationException">The encryptor has no secret key.</exception>
    public SeededCiphertext EncryptSymmetricSeeded(Plaintext plaintext, PrngType type = PrngType.Blake2xb)
    {
        ContextData level = _context.RequireDataLevel(plaintext.ParmsId);
        SecretKey key = RequireSecretKey();
        using ISampleSource source = _samples();
        (ulong[] first, UniformRandomGeneratorInfo seed) = ZeroEncryption.Seeded(level, key, type, source);
        level.Ring.Add(first, plaintext.Data);
        return new SeededCiphertext(level, plaintext.Scale, first, seed);
    }

    private static Ciphertext WithMessage(Ciphertext zero, Plaintext plaintext)
    {
        zero.Level.Ring.Add(zero.Polynomial(0), plaintext.Data);
        zero.Become(zero.Level, plaintext.Scale, zero.Words);
        return zero;
    }

    private SecretKey RequireSecretKey() => _secretKey ?? throw new InvalidOperationException("the encryptor was made without the secret key; use Encrypt or give it one");
}
