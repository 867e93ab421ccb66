using Fed.Crypto.Ckks;

namespace Fed.Benchmarks.Crypto;

/// <summary>CKKS with slots as SEAL does it, beside SEAL's figures for the same degree and number of primes.</summary>
internal static class SealRows
{
    /// <summary>SEAL's microseconds of one set.</summary>
    private sealed record SealFigures(double Encode, double Encrypt, double Symmetric, double Add, double MultiplyPlain, double? Rescale, double Decrypt, double Decode, double Save, double Load, double LoadSeeded);

    // Columns d2, e and d1 of the measurements (docs/crypto.md). SEAL's e has primes of 60, 40 and 40 bits.
    private static readonly SealFigures D2 = new(181, 1349, 548, 16.1, 56, 207, 45.4, 307, 3.5, 17, 238);
    private static readonly SealFigures E = new(446, 2797, 1071, 33.8, 115, 429, 92, 657, 7.8, 35.8, 446);
    private static readonly SealFigures D1 = new(128, 1074, 360, 8.1, 27.9, null, 22.5, 111, 1.8, 8.6, 124);

    // What primes below 2^50 owe: no slower than SEAL. Wider ones have no vector transform in .NET.
    private const double Fast = 1, Wide = 2.5;

    public static void Measure(CryptoTable table)
    {
        Measure(table, 4096, [36, 36, 37], Math.Pow(2, 30), D2, Fast);
        Measure(table, 8192, [49, 49, 49], Math.Pow(2, 40), E, Fast);
        Measure(table, 4096, [54, 55], Math.Pow(2, 40), D1, Wide);
        Measure(table, 8192, [60, 40, 40], Math.Pow(2, 40), E, Wide);
    }

    private static void Measure(CryptoTable table, int n, int[] bits, double scale, SealFigures seal, double factor)
    {
        string set = $"{{{string.Join(',', bits)}}} N={n}";
        CkksContext context = new(new EncryptionParameters(n, CoeffModulus.Create(n, bits)));
        using KeyGenerator keys = new(context);
        CkksEncoder encoder = new(context);
        Encryptor encryptor = new(context, keys.CreatePublicKey(), keys.SecretKey);
        Evaluator evaluator = new(context);
        Decryptor decryptor = new(context, keys.SecretKey);
        Random random = new(1);
        double[] numbers = [.. Enumerable.Range(0, encoder.SlotCount).Select(_ => (2 * random.NextDouble()) - 1)];
        Plaintext plaintext = encoder.Encode(numbers, scale), weight = encoder.Encode(0.25, 1 << 10);
        Ciphertext ciphertext = encryptor.Encrypt(plaintext), sum = ciphertext.Clone();
        long values = numbers.Length, bytes = ciphertext.SaveSize();
        byte[] saved = ciphertext.Save(), seeded = encryptor.EncryptSymmetricSeeded(plaintext).Save();
        MemoryStream stream = new(saved.Length);

        void Row(string name, Action operation, double? figure, bool owed, long wire = 0) =>
            table.Time($"{name} {set}", operation, figure, owed ? figure * factor : null, values, wire);

        Row("encode", () => encoder.Encode(numbers, scale), seal.Encode, owed: true);
        Row("encrypt", () => encryptor.Encrypt(plaintext), seal.Encrypt, owed: true, bytes);
        Row("encrypt symmetric", () => encryptor.EncryptSymmetric(plaintext), seal.Symmetric, owed: false, bytes);
        Row("encrypt symmetric, seeded", () => encryptor.EncryptSymmetricSeeded(plaintext), seal.Symmetric, owed: false, seeded.Length);
        Row("add in place", () => evaluator.AddInPlace(sum, ciphertext), seal.Add, owed: true);
        Row("multiply_plain", () => evaluator.MultiplyPlain(ciphertext, weight), seal.MultiplyPlain, owed: false);
        if (seal.Rescale is { } rescale) Row("rescale_to_next", () => evaluator.RescaleToNext(ciphertext), rescale, owed: false);
        Row("decrypt", () => decryptor.Decrypt(ciphertext), seal.Decrypt, owed: true);
        Row("decode", () => encoder.Decode(plaintext, numbers), seal.Decode, owed: false);
        Row("save", () => { stream.Position = 0; ciphertext.Save(stream); }, seal.Save, owed: false, bytes);
        Row("load", () => Ciphertext.Load(context, saved), seal.Load, owed: false, bytes);
        Row("load seeded", () => Ciphertext.Load(context, seeded), seal.LoadSeeded, owed: false, seeded.Length);
    }
}
