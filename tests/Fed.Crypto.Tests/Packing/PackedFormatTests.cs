using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Packing;

/// <summary>Readers accept exactly what writers make; nothing that a peer sends crashes them, fools them, or makes them allocate.</summary>
public sealed class PackedFormatTests : IDisposable
{
    private readonly PackingLayout _layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((20_000, 16)), new PackingJob(64));
    private readonly RlweSecretKey _key = RlweSecretKey.Generate(PackingProfile.FastSymmetric.Ring, SystemEntropy.Instance);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_header_is_laid_out_as_documented()
    {
        PackedFormat format = new(_layout, _key.Id.AsSpan());
        byte[] bytes = new byte[format.Bytes(PackedForm.Share)];
        format.Write(new PackedHeader(PackedForm.Share, 1, 7), bytes);
        byte[] expected =
        [
            .. "FDPK"u8, 1, 3, 0, 0, .. PackingProfile.FastSymmetric.Hash, .. _layout.Hash, .. _key.Id, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0xC4, 0, 0,
        ];
        Assert.Equal(PackedFormat.HeaderBytes, expected.Length);
        Assert.Equal(expected, bytes[..expected.Length]);
        Assert.Equal(new PackedHeader(PackedForm.Share, 1, 7), format.Read(bytes));
    }

    [Theory]
    [InlineData(0, "begins with 4644504b")]
    [InlineData(4, "version")]
    [InlineData(5, "form")]
    [InlineData(6, "reserved")]
    [InlineData(8, "profile")]
    [InlineData(71, "layout")]
    [InlineData(72, "key")]
    [InlineData(107, "index")]
    [InlineData(108, "ciphertexts")]
    [InlineData(113, "summands")]
    [InlineData(116, "payload bytes")]
    public void A_header_that_differs_anywhere_is_refused_by_name(int offset, string named)
    {
        byte[] bytes = Ciphertext();
        bytes[offset] ^= 0x40;
        Assert.Contains(named, Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_too_few_or_too_many_are_refused()
    {
        byte[] bytes = Ciphertext();
        for (int length = 0; length < bytes.Length; length += 97) Refused(bytes[..length]);
        Refused([.. bytes, 0]);
        Refused([]);
    }

    [Fact]
    public void A_residue_that_is_not_below_its_prime_is_refused_and_leaves_the_sum_as_it_was()
    {
        (long[] vector, byte[] bytes) = (PackedSum.Vector(_layout.Schema, 1), Ciphertext());
        byte[] expanded = Sum(bytes);
        SumAccumulator accumulator = new(_layout, _key.Id.AsSpan());
        foreach (byte[] valid in (byte[][])[bytes, expanded])
        {
            accumulator.Add(valid);
            byte[] bad = [.. valid];
            bad.AsSpan(PackedFormat.HeaderBytes + 700, 60).Fill(0xFF);
            Assert.Contains("not below its prime", Assert.Throws<SealFormatException>(() => accumulator.Add(bad)).Message, StringComparison.Ordinal);
        }
        Assert.Equal(2, accumulator.Summands);
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        (int first, int count) = _layout.ValuesOf(0);
        long[] opened = new long[count];
        using SumOpener opener = new(_layout, _key);
        opener.Open(sum, opened);
        Assert.Equal(vector.AsSpan(first, count).ToArray().Select(static v => 2 * v), opened);
    }

    [Fact]
    public void What_does_not_belong_to_the_sum_is_refused()
    {
        byte[][] ciphertexts = [.. PackedSum.Encrypt(_layout, _key, PackedSum.Vector(_layout.Schema, 1))];
        SumAccumulator accumulator = new(_layout, _key.Id.AsSpan());
        Assert.Throws<InvalidOperationException>(() => accumulator.Close(new byte[accumulator.SumBytes]));
        accumulator.Add(ciphertexts[0]);
        byte[] sum = Sum(ciphertexts[0]);
        sum[112] = 2;
        Assert.Equal("a ciphertext that says it sums 2 vectors: 1 expected", Assert.Throws<SealFormatException>(() => accumulator.Add(sum)).Message);
        Assert.Equal("a ciphertext of index 1: index 0 is being summed", Assert.Throws<SealFormatException>(() => accumulator.Add(ciphertexts[1])).Message);
        for (int i = 1; i < 64; i++) accumulator.Add(ciphertexts[0]);
        Assert.Equal("64 + 1 summands: the layout holds at most 64", Assert.Throws<CapacityExceededException>(() => accumulator.Add(ciphertexts[0])).Message);

        PackedFormat format = new(_layout, _key.Id.AsSpan());
        byte[] share = new byte[format.Bytes(PackedForm.Share)];
        format.Write(new PackedHeader(PackedForm.Share, 0, 1), share);
        Assert.Equal("a Share is no summand of a Ciphertext", Assert.Throws<SealFormatException>(() => accumulator.Add(share)).Message);
    }

    private byte[] Ciphertext() => PackedSum.Encrypt(_layout, _key, PackedSum.Vector(_layout.Schema, 1))[0];

    private byte[] Sum(byte[] ciphertext)
    {
        SumAccumulator accumulator = new(_layout, _key.Id.AsSpan());
        accumulator.Add(ciphertext);
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        return sum;
    }

    private string Refused(byte[] bytes)
    {
        SumAccumulator accumulator = new(_layout, _key.Id.AsSpan());
        string message = Assert.Throws<SealFormatException>(() => accumulator.Add(bytes)).Message;
        Assert.Equal(0, accumulator.Summands);
        return message;
    }
}
