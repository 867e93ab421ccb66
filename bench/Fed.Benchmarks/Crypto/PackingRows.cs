using System.Runtime.InteropServices;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Benchmarks.Crypto;

/// <summary>Integers in coefficients: encode and encrypt in one pass, open and decode, bytes on the wire, memory for a long vector.</summary>
/// <remarks>SEAL's figures are those of {54,55} at N=4096, 2048 slots: encode and encrypt, symmetric encode and encrypt, decrypt and decode.</remarks>
internal static class PackingRows
{
    private const double SealPublic = (128 + 1074) / 2048.0, SealSymmetric = (128 + 360) / 2048.0, SealOpen = (22.5 + 111) / 2048.0;
    private const double SealPublicBytes = 32.1, SealSymmetricBytes = 16.1;

    private const int Ciphertexts = 4;   // of a timed vector: as many as a small model has

    public static void Measure(CryptoTable table)
    {
        PackingLayout silo = Layout(PackingProfile.SiloThreshold, 16, Ciphertexts, underPublicKey: true), shared = Layout(PackingProfile.FastSymmetric, 16, Ciphertexts);
        using RlweSecretKey siloSecret = RlweSecretKey.Generate(silo.Profile.Ring, SystemEntropy.Instance), sharedKey = RlweSecretKey.Generate(shared.Profile.Ring, SystemEntropy.Instance);
        RlwePublicKey siloKey = RlwePublicKey.Generate(siloSecret, SystemEntropy.Instance);

        int words = silo.Schema.Length, bytes = Ciphertexts * new PackedFormat(silo, siloKey.Id.AsSpan()).Bytes(PackedForm.Ciphertext);
        byte[] vector = Words(words);
        table.TimePerValue(
            "encode, public-key encrypt, pack: silo-threshold 6x22",
            () =>
            {
                using SumEncryptor encryptor = new(silo, siloKey, SystemEntropy.Instance, RingWidth.Ring32, static (_, _) => { });
                encryptor.Write(vector);
            },
            words,
            SealPublic,
            goal: 0.10,
            bytes);

        byte[] ciphertext = [];
        words = shared.Schema.Length;
        vector = Words(words);
        bytes = Ciphertexts * new PackedFormat(shared, sharedKey.Id.AsSpan()).Bytes(PackedForm.SeededCiphertext);
        table.TimePerValue(
            "encode, symmetric encrypt, pack: fast-symmetric 4x22",
            () =>
            {
                using SumEncryptor encryptor = new(shared, sharedKey, SystemEntropy.Instance, RingWidth.Ring32, (_, made) => ciphertext = ciphertext.Length == 0 ? made.ToArray() : ciphertext);
                encryptor.Write(vector);
            },
            words,
            SealSymmetric,
            goal: 0.04,
            bytes);
        SumAccumulator sum = new(shared, sharedKey.Id.AsSpan());
        sum.Add(ciphertext);
        byte[] closed = new byte[sum.SumBytes];
        sum.Close(closed);
        long[] opened = new long[words / Ciphertexts];
        using SumOpener opener = new(shared, sharedKey);
        table.TimePerValue("unpack, open, decode: fast-symmetric 4x22", () => opener.Open(closed, opened), opened.Length, SealOpen);

        Size(table, "contribution, silo-threshold, 16-bit values, 64 silos", PackingProfile.SiloThreshold, 16, PackedForm.Masked, SealPublicBytes, 4.2);
        Size(table, "contribution, silo-threshold, 27-bit values (33-bit fields)", PackingProfile.SiloThreshold, 27, PackedForm.Masked, SealPublicBytes, 6.2);
        Size(table, "decryption share, silo-threshold, 16-bit values", PackingProfile.SiloThreshold, 16, PackedForm.Share, null, 4.2);
        Size(table, "seeded ciphertext, fast-symmetric, 16-bit values", PackingProfile.FastSymmetric, 16, PackedForm.SeededCiphertext, SealSymmetricBytes, 3.3);
        Memory(table, siloKey);
    }

    /// <summary>Everything that encrypting and summing a vector of ten million values allocates, buffers that were already given back included: no peak can be higher.</summary>
    private static void Memory(CryptoTable table, RlwePublicKey key)
    {
        const int Values = 10_000_000;
        PackingLayout layout = Create(PackingProfile.SiloThreshold, 16, Values, underPublicKey: true);
        byte[] vector = Words(Values);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        SumAccumulator sum = new(layout, key.Id.AsSpan());
        byte[] closed = new byte[sum.SumBytes];
        using SumEncryptor encryptor = new(layout, key, SystemEntropy.Instance, RingWidth.Ring32, (_, ciphertext) =>
        {
            sum.Add(ciphertext);
            sum.Add(ciphertext);
            sum.Close(closed);
        });
        encryptor.Write(vector);
        encryptor.Complete();
        table.Add(new CryptoFigure("allocated to encrypt and sum 10,000,000 values", (GC.GetTotalAllocatedBytes(precise: true) - before) / 1e6, "MB", Goal: 100));
    }

    private static void Size(CryptoTable table, string name, PackingProfile profile, int bits, PackedForm form, double? seal, double goal)
    {
        PackingLayout layout = Layout(profile, bits, ciphertexts: 1);
        double bytes = (double)new PackedFormat(layout, new byte[32]).Bytes(form) * layout.Ciphertexts / layout.Schema.Length;
        table.Add(new CryptoFigure(name, bytes, "B/value", seal, goal, BytesPerValue: bytes));
    }

    /// <summary>A vector that fills some ciphertexts.</summary>
    private static PackingLayout Layout(PackingProfile profile, int bits, int ciphertexts, bool underPublicKey = false) =>
        Create(profile, bits, ciphertexts * profile.N * Create(profile, bits, values: 1, underPublicKey).Runs[0].Fields, underPublicKey);

    private static PackingLayout Create(PackingProfile profile, int bits, int values, bool underPublicKey = false) => PackingLayout.Create(
        profile,
        VectorSchema.Create(new Segment("w", [values], SegmentKind.Statistic, bits, 0, GridRounding.Nearest, Weighted: true)),
        new PackingJob(Summands: 64, KeyHolders: 64, Rounds: 100, Attempts: 3) { UnderPublicKey = underPublicKey });

    private static byte[] Words(int count)
    {
        int[] words = new int[count];
        Random random = new(1);
        for (int i = 0; i < count; i++) words[i] = random.Next(-32767, 32768);
        return MemoryMarshal.AsBytes(words.AsSpan()).ToArray();
    }
}
