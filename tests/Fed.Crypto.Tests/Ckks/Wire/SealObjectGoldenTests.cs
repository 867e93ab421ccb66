using System.IO.Compression;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ckks.Wire;
using Fed.Crypto.Ring;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Ckks.Wire;

/// <summary>Every object that SEAL saved is loaded and saved again (tests/data/seal).</summary>
public sealed class SealObjectGoldenTests
{
    public static TheoryData<string> Folders => ["n4096_54_55", "n4096_36_36_37", "n8192_60_40_60", "multiparty_n4096_54_55", "primitives"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Saving_a_loaded_object_gives_the_same_bytes(string folder)
    {
        int objects = 0;
        foreach ((string file, byte[] bytes, CkksContext context) in Objects(folder))
        {
            Assert.True(bytes.AsSpan().SequenceEqual(Load(file, bytes, context).Save()), $"{folder}/{file}");
            objects++;
        }
        Assert.True(objects >= 5, $"{objects} objects in {folder}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Compressed_objects_come_back_the_same_and_hold_the_same_body(string folder)
    {
        SealSaveOptions zlib = new() { Compression = SealCompression.Zlib };
        foreach ((string file, byte[] bytes, CkksContext context) in Objects(folder).Take(6))
        {
            byte[] compressed = Load(file, bytes, context).Save(zlib);
            Assert.Equal(bytes, Load(file, compressed, context).Save());
            Assert.Equal((ulong)compressed.Length, BitConverter.ToUInt64(compressed, 8));
            using ZLibStream body = new(new MemoryStream(compressed, 16, compressed.Length - 16), CompressionMode.Decompress);
            using MemoryStream plain = new();
            body.CopyTo(plain);
            Assert.Equal(bytes[16..], plain.ToArray());
        }
    }

    [Fact]
    public void Objects_in_one_stream_are_read_one_after_another()
    {
        SealSet set = SealSet.Get("n4096_36_36_37");
        Ciphertext ciphertext = set.Ciphertext("v0_ct_pk.bin");
        using MemoryStream stream = new();
        long written = set.Context.Parameters.Save(stream) + ciphertext.Save(stream, new SealSaveOptions { Compression = SealCompression.Zlib }) + set.SecretKey.Save(stream) + ciphertext.Save(stream);
        Assert.Equal(stream.Length, written);
        stream.Position = 0;
        Assert.Equal(set.Context.KeyParmsId, EncryptionParameters.Load(stream).ParmsId);
        Assert.Equal(ciphertext.Save(), Ciphertext.Load(set.Context, stream).Save());
        Assert.Equal(set.SecretKey.Save(), SecretKey.Load(set.Context, stream).Save());
        Assert.Equal(ciphertext.Save(), Ciphertext.Load(set.Context, stream).Save());
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void The_minor_version_is_written_in_every_header_and_read_back()
    {
        SealSet set = SealSet.Get("n4096_54_55");
        for (byte minor = 0; minor <= SealSaveOptions.VersionMinorMax; minor++)
        {
            byte[] bytes = SeededCiphertext.Load(set.Context, set.Read("v0_ct_sym_seeded.bin")).Save(new SealSaveOptions { VersionMinor = minor });
            Assert.Equal([minor, minor, minor], new[] { bytes[4], bytes[16 + 73 + 4], bytes[^(81 - 4)] });
            Assert.Equal(set.Read("v0_ct_sym_expanded.bin"), Ciphertext.Load(set.Context, bytes).Save());
        }
        Assert.Throws<ArgumentOutOfRangeException>(static () => new SealSaveOptions { VersionMinor = 5 });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new SealSaveOptions { Compression = SealCompression.Zstd });
    }

    [Fact]
    public void Sizes_are_the_ones_of_the_format()
    {
        SealSet set = SealSet.Get("n4096_54_55");
        Assert.Equal(33 + (24 * 3), set.Context.Parameters.SaveSize());
        Assert.Equal(88 + (8 * 4096), set.Plaintext("v0_plain.bin").SaveSize());
        Assert.Equal(113 + (8 * 2 * 4096), set.Ciphertext("v0_ct_pk.bin").SaveSize());
        Assert.Equal(194 + (8 * 4096), SeededCiphertext.Load(set.Context, set.Read("v0_ct_sym_seeded.bin")).SaveSize());
        Assert.Equal(88 + (8 * 2 * 4096), set.SecretKey.SaveSize());
    }

    [Fact]
    public void Single_moduli_arrays_and_seeds_have_their_own_objects()
    {
        Modulus prime = SealSet.Get("n4096_54_55").Context.KeyContextData.Ring.Moduli[0];
        using MemoryStream stream = new();
        SealFormat.Save(stream, prime);
        Assert.Equal(24, stream.Length);
        Assert.Equal(SealSet.Get("n4096_54_55").Read("parms.bin")[33..57], stream.ToArray());   // the first Modulus inside the parameters
        Assert.Equal(prime, SealFormat.LoadModulus(stream.ToArray()));

        stream.SetLength(0);
        SealFormat.Save(stream, [1UL, 2UL, ulong.MaxValue]);
        Assert.Equal(24 + 24, stream.Length);
        Assert.Equal(new[] { 1UL, 2UL, ulong.MaxValue }, SealFormat.LoadArray(stream.ToArray(), countMax: 3));
        Assert.Throws<SealFormatException>(() => SealFormat.LoadArray(stream.ToArray(), countMax: 2));

        byte[] seed = SealSet.Get("n4096_54_55").Read("v0_ct_sym_seeded.bin")[^81..];
        UniformRandomGeneratorInfo info = UniformRandomGeneratorInfo.Load(seed);
        Assert.Equal(PrngType.Blake2xb, info.Type);
        Assert.Equal(seed, info.Save());
    }

    private static IEnumerable<(string File, byte[] Bytes, CkksContext Context)> Objects(string folder)
    {
        SealSet set = SealSet.Get(folder.StartsWith('n') ? folder : "n4096_54_55");
        foreach (string path in Directory.GetFiles(Path.Combine(SealVectors.Root, folder), "*.bin").Order(StringComparer.Ordinal))
        {
            string file = Path.GetFileName(path);
            bool isRandomBytes = file.Contains("seed00to3f", StringComparison.Ordinal) || file == "crs_seed.bin";
            if (!isRandomBytes) yield return (file, File.ReadAllBytes(path), set.Context);
        }
    }

    private static SealObject Load(string file, byte[] bytes, CkksContext context) => file switch
    {
        _ when file.EndsWith("parms.bin", StringComparison.Ordinal) => EncryptionParameters.Load(bytes),
        _ when file.EndsWith("plain.bin", StringComparison.Ordinal) => Plaintext.Load(context, bytes),
        "public_key_seeded.bin" => SeededPublicKey.Load(context, bytes),
        "public_key.bin" or "collective_pk.bin" or "det_pk.bin" => PublicKey.Load(context, bytes),
        _ when file.Contains("_sk", StringComparison.Ordinal) || file == "secret_key.bin" => SecretKey.Load(context, bytes),
        _ when file.EndsWith("seeded.bin", StringComparison.Ordinal) => SeededCiphertext.Load(context, bytes),
        _ => Ciphertext.Load(context, bytes),
    };
}
