using System.Collections.Concurrent;
using System.Text.Json;
using Fed.Crypto.Ckks;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>One folder of SEAL's vectors: its context, keys and files.</summary>
internal sealed class SealSet
{
    private static readonly ConcurrentDictionary<string, SealSet> Sets = new(StringComparer.Ordinal);

    private SealSet(string name)
    {
        Name = name;
        Meta = JsonDocument.Parse(Read("meta.json")).RootElement;
        Context = new CkksContext(EncryptionParameters.Load(Read("parms.bin")));
        SecretKey = SecretKey.Load(Context, Read("secret_key.bin"));
        PublicKey = PublicKey.Load(Context, Read("public_key.bin"));
    }

    public static TheoryData<string> Names { get; } = ["n4096_54_55", "n4096_36_36_37", "n8192_60_40_60"];

    public string Name { get; }

    public JsonElement Meta { get; }

    public CkksContext Context { get; }

    public SecretKey SecretKey { get; }

    public PublicKey PublicKey { get; }

    public double Scale => Meta.GetProperty("scale").GetDouble();

    /// <summary>Numbers of the inputs that this set has: v0, v1 and perhaps v2.</summary>
    public IEnumerable<int> Inputs => Enumerable.Range(0, 3).Where(k => Has($"v{k}_input.json"));

    public static SealSet Get(string name) => Sets.GetOrAdd(name, static n => new SealSet(n));

    public bool Has(string file) => File.Exists(Path.Combine(SealVectors.Root, Name, file));

    public byte[] Read(string file) => SealVectors.Read(Name, file);

    public double[] Numbers(string file) => JsonSerializer.Deserialize<double[]>(Read(file))!;

    public Ciphertext Ciphertext(string file) => Fed.Crypto.Ckks.Ciphertext.Load(Context, Read(file));

    public Plaintext Plaintext(string file) => Fed.Crypto.Ckks.Plaintext.Load(Context, Read(file));

    /// <summary>Largest difference of what a ciphertext decodes to and what it should.</summary>
    public double Error(Ciphertext ciphertext, ReadOnlySpan<double> expected) => Error(new Decryptor(Context, SecretKey), ciphertext, expected);

    public double Error(Decryptor decryptor, Ciphertext ciphertext, ReadOnlySpan<double> expected)
    {
        double[] decoded = new CkksEncoder(Context).Decode(decryptor.Decrypt(ciphertext));
        double error = 0;
        for (int i = 0; i < decoded.Length; i++) error = Math.Max(error, Math.Abs(decoded[i] - (i < expected.Length ? expected[i] : 0)));
        return error;
    }
}
