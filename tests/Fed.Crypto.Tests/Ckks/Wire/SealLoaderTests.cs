using System.Buffers.Binary;
using System.IO.Compression;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ckks.Wire;

namespace Fed.Crypto.Tests.Ckks.Wire;

/// <summary>Every check that a loader makes, one damaged field at a time.</summary>
public sealed class SealLoaderTests
{
    private const int Body = 16, Ntt = Body + 32, Size = Ntt + 1, Degree = Size + 8, Primes = Degree + 8, Scale = Primes + 8, Correction = Scale + 8;
    private const int Array = Correction + 8, Count = Array + 16, Words = Count + 8;

    private static readonly SealSet Set = SealSet.Get("n4096_36_36_37");

    [Theory]
    [InlineData(0, 0x5F, "magic number")]
    [InlineData(2, 0x11, "header size is 17")]
    [InlineData(3, 3, "version 3.4")]
    [InlineData(4, 5, "version 4.5")]
    [InlineData(5, 2, "zstd")]
    [InlineData(5, 3, "compression mode is 3")]
    [InlineData(6, 1, "reserved field is 1")]
    [InlineData(8, 0, "ends before")]
    [InlineData(10, 9, "at most")]
    [InlineData(15, 0xFF, "size")]
    [InlineData(Body, 0x46, "no level of this context")]
    [InlineData(Ntt, 0, "is_ntt_form is 0")]
    [InlineData(Size, 3, "number of polynomials is 3")]
    [InlineData(Degree, 1, "poly_modulus_degree is 4097")]
    [InlineData(Primes, 3, "coeff_modulus_size is 3")]
    [InlineData(Correction, 2, "correction_factor is 2")]
    [InlineData(Array, 0, "magic number")]
    [InlineData(Array + 5, 1, "compressed; only whole objects are")]
    [InlineData(Array + 8, 1, "size of the DynArray")]
    [InlineData(Count, 1, "count is 16385")]
    [InlineData(Words + 7, 0x80, "residue at word 0 is not below")]
    [InlineData(Words + (8 * 16383) + 7, 0x80, "residue at word 16383 is not below")]
    public void A_damaged_byte_of_a_ciphertext_is_named(int offset, byte value, string complaint)
    {
        byte[] bytes = Set.Read("v0_ct_pk.bin");
        Assert.NotEqual(value, bytes[offset]);
        bytes[offset] = value;
        Assert.Contains(complaint, Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_residue_is_one_below_its_prime()
    {
        byte[] bytes = Set.Read("v0_ct_pk.bin");
        foreach ((int word, int prime) in new[] { (0, 0), (4095, 0), (4096, 1), (8191, 1), (8192, 0), (16383, 1) })
        {
            ulong q = Set.Context.FirstContextData.Ring.Moduli[prime].Value;
            byte[] edge = (byte[])bytes.Clone();
            BinaryPrimitives.WriteUInt64LittleEndian(edge.AsSpan(Words + (8 * word)), q - 1);
            Assert.Equal(edge, Ciphertext.Load(Set.Context, edge).Save());
            BinaryPrimitives.WriteUInt64LittleEndian(edge.AsSpan(Words + (8 * word)), q);
            Assert.Contains($"word {word} is not below its prime {q}", Refused(edge), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    public void A_scale_that_is_not_finite_and_positive_is_refused(double scale)
    {
        byte[] bytes = Set.Read("v0_ct_pk.bin");
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(Scale), scale);
        Assert.Contains("the scale is", Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Truncation_at_any_field_and_bytes_behind_the_object_are_refused()
    {
        byte[] bytes = Set.Read("v0_ct_pk.bin");
        foreach (int length in Enumerable.Range(0, Words + 9).Concat([bytes.Length - 8, bytes.Length - 1]))
            Assert.Contains("ends before", Refused(bytes[..length]), StringComparison.Ordinal);
        Assert.Contains("1 bytes follow", Refused([.. bytes, 0]), StringComparison.Ordinal);
        Resize([.. bytes, 0], out byte[] longer);
        Assert.Contains("longer than its content", Refused(longer), StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_of_other_parameters_levels_and_kinds_are_refused()
    {
        SealSet other = SealSet.Get("n4096_54_55");
        Assert.Contains("made under other parameters", Refused(other.Read("v0_ct_pk.bin")), StringComparison.Ordinal);
        Assert.Contains("holds no data", Refused(Set.Read("public_key.bin")), StringComparison.Ordinal);
        Assert.Contains("not at the key level", Assert.Throws<SealFormatException>(() => PublicKey.Load(Set.Context, Set.Read("v0_ct_pk.bin"))).Message, StringComparison.Ordinal);
        Assert.Contains("not at the key level", Assert.Throws<SealFormatException>(() => SecretKey.Load(Set.Context, Set.Read("v0_plain.bin"))).Message, StringComparison.Ordinal);
        Assert.Contains("holds no data", Assert.Throws<SealFormatException>(() => Plaintext.Load(Set.Context, Set.Read("secret_key.bin"))).Message, StringComparison.Ordinal);
        Assert.Contains("both polynomials", Assert.Throws<SealFormatException>(() => SeededCiphertext.Load(Set.Context, Set.Read("v0_ct_pk.bin"))).Message, StringComparison.Ordinal);

        byte[] coefficients = Set.Read("v0_plain.bin");
        coefficients.AsSpan(Body, 32).Clear();
        Assert.Contains("not in NTT form", Assert.Throws<SealFormatException>(() => Plaintext.Load(Set.Context, coefficients)).Message, StringComparison.Ordinal);

        byte[] key = Set.Read("secret_key.bin");
        BinaryPrimitives.WriteDoubleLittleEndian(key.AsSpan(Body + 40), 2);
        Assert.Contains("scale of a key is 2", Assert.Throws<SealFormatException>(() => SecretKey.Load(Set.Context, key)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "prng_type is 0")]
    [InlineData(3, "prng_type is 3")]
    public void A_seed_of_an_unknown_generator_is_refused(byte type, string complaint)
    {
        byte[] bytes = Set.Read("v0_ct_sym_seeded.bin");
        bytes[^65] = type;
        Assert.Contains(complaint, Refused(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, 1, "scheme is 1")]
    [InlineData(17, 1, "poly_modulus_degree 4097")]
    [InlineData(19, 0xFF, "above 131072")]
    [InlineData(25, 0, "coeff_modulus has 0 primes")]
    [InlineData(25, 65, "1 to 64")]
    [InlineData(49, 3, "not an odd prime")]
    [InlineData(56, 0xFF, "at most 60")]
    [InlineData(121, 7, "plain_modulus is 7")]
    public void Parameters_that_cannot_be_are_refused(int offset, byte value, string complaint)
    {
        byte[] bytes = Set.Read("parms.bin");
        bytes[offset] = value;
        Assert.Contains(complaint, Assert.Throws<SealFormatException>(() => EncryptionParameters.Load(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_zlib_stream_is_refused_wherever_the_damage_is()
    {
        byte[] bytes = Set.Ciphertext("v0_ct_pk.bin").Save(new SealSaveOptions { Compression = SealCompression.Zlib });
        Assert.Equal(Set.Read("v0_ct_pk.bin"), Ciphertext.Load(Set.Context, bytes).Save());
        for (int cut = 1; cut <= 64; cut++)
        {
            Resize(bytes[..^cut], out byte[] shorter);
            Assert.Contains("ends before", Refused(shorter), StringComparison.Ordinal);
        }
        Resize([.. bytes, 0], out byte[] trailing);
        Assert.Contains("bytes follow the zlib stream", Refused(trailing), StringComparison.Ordinal);
        byte[] checksum = (byte[])bytes.Clone();
        checksum[^1] ^= 1;
        Assert.Contains("damaged", Refused(checksum), StringComparison.Ordinal);
        byte[] dictionary = (byte[])bytes.Clone();
        (dictionary[16], dictionary[17]) = (0x78, 0xBB);   // asks for a preset dictionary
        Assert.Contains("damaged", Refused(dictionary), StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_bomb_is_refused_within_the_bound_of_memory()
    {
        byte[] body = Bomb(64 << 20);
        byte[] bytes = [.. Set.Read("v0_ct_pk.bin")[..16], .. body];
        bytes[5] = (byte)SealCompression.Zlib;
        Resize(bytes, out byte[] bomb);
        Assert.True(bomb.Length < 131_185);   // small enough that its size alone is no reason to refuse it
        Refused(bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536);

        byte[] Bomb(int length)
        {
            using MemoryStream compressed = new();
            using (ZLibStream zlib = new(compressed, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(new byte[length]);
            return compressed.ToArray();
        }
    }

    [Fact]
    public void A_source_that_fails_is_not_called_a_damaged_object()
    {
        byte[] bytes = Set.Ciphertext("v0_ct_pk.bin").Save(new SealSaveOptions { Compression = SealCompression.Zlib });
        foreach (byte[] whole in new[] { bytes, Set.Read("v0_ct_pk.bin") })
            Assert.Equal("the disk is gone", Assert.Throws<IOException>(() => Ciphertext.Load(Set.Context, new FailingStream(whole[..5000]))).Message);
    }

    private static string Refused(byte[] bytes) => Assert.Throws<SealFormatException>(() => Ciphertext.Load(Set.Context, bytes)).Message;

    private static void Resize(byte[] bytes, out byte[] resized)
    {
        resized = bytes;
        BinaryPrimitives.WriteInt64LittleEndian(resized.AsSpan(8), resized.Length);
    }

    private sealed class FailingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => Position < Length ? base.Read(buffer) : throw new IOException("the disk is gone");
    }
}
