using System.Globalization;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Tests.Ckks.Wire;

/// <summary>
/// Damaged objects of every kind: a loader answers with an object that is whole or with <see cref="SealFormatException"/>, and takes no more memory than the
/// context's largest object and a constant. <c>./test.sh fuzz crypto</c> runs a million of them, the plain run a part.
/// </summary>
public sealed class SealFuzzTests
{
    private const int ConstantBytes = 64 << 10;   // an exception with its message and trace, the buffers of a decoder and of a seed's generator

    private static readonly int ObjectsPerKind = int.Parse(Environment.GetEnvironmentVariable("FED_FUZZ_OBJECTS") ?? "30000", CultureInfo.InvariantCulture) / Kinds.Count() + 1;

    private static IEnumerable<string> Kinds => ["parameters", "plaintext", "secret key", "public key", "seeded public key", "ciphertext", "seeded ciphertext", "seed", "small ciphertext", "zlib ciphertext", "zlib seeded"];

    public static TheoryData<string> KindNames => [.. Kinds];

    [Theory]
    [MemberData(nameof(KindNames))]
    public void A_damaged_object_is_whole_or_refused_and_memory_is_bounded(string kind)
    {
        SealSet set = SealSet.Get("n4096_54_55");
        Target target = Make(kind, set);
        byte[] donor = set.Read("v0_ct_sym_seeded.bin");
        Assert.Equal(target.Original, Whole(target, target.Original)!.Save(target.Options));
        ByteMutator mutator = new(seed: kind.Length * 7919);
        int refused = 0;
        for (int i = 0; i < ObjectsPerKind; i++)
        {
            ReadOnlySpan<byte> bytes = mutator.Mutate(target.Original, donor);
            long before = GC.GetAllocatedBytesForCurrentThread();
            SealObject? loaded = Load(target, bytes, i);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= target.LargestBytes + ConstantBytes, $"object {i} of '{kind}' took {allocated} bytes; the largest object of the context has {target.LargestBytes}");
            if (loaded is null) refused++;
            // What passed is an object like any other: saved and loaded again it is the same.
            else if (i % 16 == 0) Assert.Equal(loaded.Save(), Whole(target, loaded.Save())!.Save());
        }
        Assert.InRange(refused, ObjectsPerKind / 2, ObjectsPerKind);   // a residue may change and stay below its prime; most damage shows
    }

    private static SealObject? Load(Target target, ReadOnlySpan<byte> bytes, int index)
    {
        try
        {
            return target.Load(bytes);
        }
        catch (SealFormatException)
        {
            return null;
        }
        catch (Exception e)
        {
            Assert.Fail($"object {index} of '{target.Kind}' ended in {e}");
            throw;
        }
    }

    private static SealObject? Whole(Target target, byte[] bytes) => Load(target, bytes, -1);

    private static Target Make(string kind, SealSet set)
    {
        CkksContext small = new(new EncryptionParameters(1024, CoeffModulus.Create(1024, 27)));   // one prime: the smallest there is
        using KeyGenerator keys = new(small);
        Encryptor encryptor = new(small, keys.CreatePublicKey());
        SealSaveOptions plain = SealSaveOptions.Default, zlib = new() { Compression = SealCompression.Zlib };
        long largest = set.SecretKey.SaveSize() * 2;
        Plaintext number = new CkksEncoder(small).Encode([1.0, -2.0], 1 << 20);
        byte[] seeded = set.Read("v0_ct_sym_seeded.bin");
        return kind switch
        {
            "parameters" => new(kind, set.Read("parms.bin"), plain, 2048, static b => EncryptionParameters.Load(b)),
            "plaintext" => new(kind, set.Read("v0_plain.bin"), plain, largest, b => Plaintext.Load(set.Context, b)),
            "secret key" => new(kind, set.Read("secret_key.bin"), plain, largest, b => SecretKey.Load(set.Context, b)),
            "public key" => new(kind, set.Read("public_key.bin"), plain, largest, b => PublicKey.Load(set.Context, b)),
            "seeded public key" => new(kind, set.Read("public_key_seeded.bin"), plain, largest, b => SeededPublicKey.Load(set.Context, b)),
            "ciphertext" => new(kind, set.Read("v0_ct_pk.bin"), plain, largest, b => Ciphertext.Load(set.Context, b)),
            "seeded ciphertext" => new(kind, seeded, plain, largest, b => SeededCiphertext.Load(set.Context, b)),
            "seed" => new(kind, seeded[^81..], plain, 2048, static b => UniformRandomGeneratorInfo.Load(b)),
            "small ciphertext" => new(kind, encryptor.Encrypt(number).Save(), plain, 20_000, b => Ciphertext.Load(small, b)),
            "zlib ciphertext" => new(kind, encryptor.Encrypt(number).Save(zlib), zlib, 20_000, b => Ciphertext.Load(small, b)),
            _ => new(kind, SeededCiphertext.Load(set.Context, seeded).Save(zlib), zlib, largest, b => SeededCiphertext.Load(set.Context, b)),
        };
    }

    private delegate SealObject Loader(ReadOnlySpan<byte> bytes);

    private sealed record Target(string Kind, byte[] Original, SealSaveOptions Options, long LargestBytes, Loader Load);
}
