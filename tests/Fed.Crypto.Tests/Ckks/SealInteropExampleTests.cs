using Fed.Crypto.Ckks;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>The example of docs/crypto.md, line by line.</summary>
public sealed class SealInteropExampleTests
{
    [Fact]
    public void The_documented_example_gives_the_documented_slots()
    {
        EncryptionParameters parms = new(8192, CoeffModulus.Create(8192, 49, 49, 49));
        CkksContext context = new(parms);                              // refuses what is below 128 bits
        using KeyGenerator keygen = new(context);
        CkksEncoder encoder = new(context);
        Encryptor encryptor = new(context, keygen.CreatePublicKey(), keygen.SecretKey);
        Evaluator evaluator = new(context);
        double scale = Math.Pow(2, 40);

        Ciphertext a = encryptor.Encrypt(encoder.Encode([1.5, 2.5], scale));
        byte[] wire = encryptor.EncryptSymmetricSeeded(encoder.Encode([10.0, 20.0], scale)).Save();
        Ciphertext b = Ciphertext.Load(context, wire);                 // a seed is expanded
        Ciphertext mean = evaluator.WeightedSum([a, b], [0.5, 0.5], weightScale: context.FirstContextData.Ring.Moduli[^1].Value);
        evaluator.RescaleToNextInPlace(mean);                          // back to a scale of 2^40
        double[] slots = encoder.Decode(new Decryptor(context, keygen.SecretKey).Decrypt(mean));   // 5.75, 11.25, 0, 0, ...

        Assert.Equal(scale, mean.Scale);
        Assert.Equal(4096, slots.Length);
        double[] expected = [5.75, 11.25, 0, 0];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], slots[i], 1e-6);
    }
}
