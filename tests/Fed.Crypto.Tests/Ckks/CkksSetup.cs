using System.Collections.Concurrent;
using Fed.Crypto.Ckks;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>A context with keys and all the objects that work under it.</summary>
internal sealed class CkksSetup
{
    private static readonly ConcurrentDictionary<string, CkksSetup> Setups = new(StringComparer.Ordinal);

    private CkksSetup(int n, int[] bits)
    {
        Context = new CkksContext(new EncryptionParameters(n, CoeffModulus.Create(n, bits)));
        KeyGenerator keys = new(Context, SeededSampleSource.Sequence(n + bits.Sum()));
        SecretKey = keys.SecretKey;
        PublicKey = keys.CreatePublicKey();
        Encoder = new CkksEncoder(Context);
        Encryptor = new Encryptor(Context, PublicKey, SecretKey);
        Evaluator = new Evaluator(Context);
        Decryptor = new Decryptor(Context, SecretKey);
        // Room for numbers up to 2^8 in the lowest level, and a little beyond.
        Scale = Math.ScaleB(1, Math.Min(40, Context.LastContextData.TotalCoeffModulusBitCount - 14));
    }

    /// <summary>Degrees and primes of every kind: one prime and several, narrow and wide, with and without the vector transform.</summary>
    public static (int Degree, int[] Bits)[] Kinds { get; } =
    [
        (1024, [27]), (2048, [54]), (2048, [27, 27]), (4096, [36, 36, 37]), (4096, [54, 55]), (4096, [49, 49]), (4096, [40, 30, 39]), (8192, [49, 49, 49]), (8192, [60, 40, 40, 60]),
    ];

    public CkksContext Context { get; }

    public SecretKey SecretKey { get; }

    public PublicKey PublicKey { get; }

    public CkksEncoder Encoder { get; }

    public Encryptor Encryptor { get; }

    public Evaluator Evaluator { get; }

    public Decryptor Decryptor { get; }

    public double Scale { get; }

    /// <summary>A bound of the error of a fresh ciphertext in a slot: N coefficients of at most 10 deviations of errors of size sqrt(21/2)·sqrt(4N/3 + 1).</summary>
    public double ErrorMax => 10 * 3.24 * Math.Sqrt((4.0 / 3 * Context.PolyModulusDegree) + 1) * Math.Sqrt(Context.PolyModulusDegree) * 2 / Scale;

    public static CkksSetup Get((int Degree, int[] Bits) kind) =>
        Setups.GetOrAdd($"{kind.Degree}:{string.Join(',', kind.Bits)}", static (_, k) => new CkksSetup(k.Degree, k.Bits), kind);

    public double[] Numbers(int seed, double range = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Encoder.SlotCount).Select(_ => range * ((2 * random.NextDouble()) - 1))];
    }

    public Ciphertext Encrypt(double[] numbers) => Encryptor.Encrypt(Encoder.Encode(numbers, Scale));

    public double[] Open(Ciphertext ciphertext) => Encoder.Decode(Decryptor.Decrypt(ciphertext));
}
