using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Sampling;

/// <summary>Streams against OpenSSL (<c>openssl enc -aes-256-ctr</c> with a zero IV over zeros), BLAKE2b against RFC 7693 and CPython's hashlib, the expansion against a Python program over OpenSSL's bytes.</summary>
public sealed class StreamKnownAnswerTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [Fact]
    public void Counter_mode_gives_the_bytes_of_OpenSSL_however_it_is_read()
    {
        byte[] whole = new byte[100_000], pieces = new byte[100_000];
        using AesCtrStream one = new(Seed), many = new(Seed);
        one.Fill(whole);
        for (int at = 0, size = 1; at < pieces.Length; at += size, size = (size * 5 % 9973) + 1) many.Fill(pieces.AsSpan(at, Math.Min(size, pieces.Length - at)));
        Assert.Equal("f29000b62a499fd0a9f39a6add2e7780f05d76ae4ab99fe5a6f69b3148c2363d0ebcb5deb52c83bd08a8a935182c9199", Convert.ToHexStringLower(whole.AsSpan(0, 48)));
        Assert.Equal("866c55619ea4f5704c25f2c7c5b93b1ebeea0b112c978ed5545435b766e4211c", Convert.ToHexStringLower(SHA256.HashData(whole)));
        Assert.Equal(whole, pieces);
    }

    [Theory]
    [InlineData(0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")]
    [InlineData(1, "e88bd757ad5b9bedf372d8d3f0cf6c962a469db61a265f6418e1ffed86da29ec")]
    [InlineData(127, "c9ae3859964b35f04c54b36d33cf299d7290ee621005d28e51598a943560aaaa")]
    [InlineData(128, "f0501d06597880592bc49234eef100ec1ff349058d0e9d9b753504e24af86dd6")]
    [InlineData(129, "a34a4e1e03c541dfbf3099c4b6c143c022ced65c28bd7e8a10e0a098461aecf0")]
    [InlineData(255, "f2d64a40e9412a3414161ff6250075225418fd7c271c1123e162e1bca0de9f93")]
    [InlineData(256, "d93ebb9c802f5630ab22516fd82b6c21bc8bd551d531349b715f046ed11ed871")]
    [InlineData(1000, "d62b6c768ce1afc8367e0498ab2f8e3f7c178c35b1429f14c4604b545d200f52")]
    public void BLAKE2b_256_of_every_block_count_is_that_of_hashlib(int length, string expected) =>
        Assert.Equal(expected, Hash([.. Enumerable.Range(0, length).Select(static i => (byte)((7 * i) + 3))], 32));

    [Fact]
    public void BLAKE2b_512_of_abc_is_that_of_RFC_7693() =>
        Assert.Equal(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            Hash(Encoding.ASCII.GetBytes("abc"), 64));

    [Theory]
    [InlineData(1024, new[] { 27 }, "8be2293def0c30b82c6c978f8250e922038af5d42d5a732ce040e30ba0a085a7")]
    [InlineData(4096, new[] { 36, 36, 37 }, "5b57c7cd3f81e6eed0e80006ace56dfce6f996e4249821433ac79237e3fd19bd")]
    [InlineData(8192, new[] { 49, 49, 49, 49 }, "8c52f71bfdda8dac48f690d4db582e1490d31b23ffb6ab8384b95b04648f16e0")]
    public void A_seed_and_a_label_expand_to_the_polynomial_of_the_definition(int n, int[] bits, string expected)
    {
        RnsRing ring = new(n, PrimeSearch.Create(n, bits));
        ulong[] poly = new ulong[ring.Words];
        Expansion.Uniform(Seed, "fedactors/test", ring, poly);
        Assert.Equal(expected, Hash(poly));
    }

    /// <summary>2^32 + 15: nearly half of the candidates are refused, so that a wrong order of replacements shows.</summary>
    [Fact]
    public void A_modulus_just_above_a_power_of_two_expands_to_the_residues_of_the_definition()
    {
        ulong[] residues = new ulong[1000];
        using AesCtrStream stream = Expansion.Stream(Seed, "fedactors/test");
        Sampler.Uniform(stream, (1UL << 32) + 15, residues);
        Assert.Equal("78d14df8c785f35a3524e99c03174454a1eec955b0b6c79917b5905e93fe3490", Hash(residues));
    }

    [Fact]
    public void Labels_separate_the_streams_of_one_seed()
    {
        byte[] a = new byte[64], b = new byte[64];
        using AesCtrStream first = Expansion.Stream(Seed, "a"), second = Expansion.Stream(Seed, "b");
        first.Fill(a);
        second.Fill(b);
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void Fresh_streams_differ()
    {
        byte[] a = new byte[64], b = new byte[64];
        using AesCtrStream first = AesCtrStream.Fresh(SystemEntropy.Instance), second = AesCtrStream.Fresh(SystemEntropy.Instance);
        first.Fill(a);
        second.Fill(b);
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void A_disposed_stream_gives_nothing_more()
    {
        AesCtrStream ours = new(Seed);
        Blake2xbStream seals = new(new byte[64]);
        ours.Dispose();
        seals.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ours.Fill(new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => seals.Fill(new byte[1]));
    }

    [Fact]
    public void Seeds_of_a_wrong_length_are_refused_by_both_lengths()
    {
        Assert.Contains("32 bytes, this one has 31", Assert.Throws<ArgumentException>(static () => new AesCtrStream(new byte[31])).Message, StringComparison.Ordinal);
        Assert.Contains("64 bytes, this one has 32", Assert.Throws<ArgumentException>(static () => new Blake2xbStream(new byte[32])).Message, StringComparison.Ordinal);
    }

    private static string Hash(byte[] message, int length)
    {
        byte[] digest = new byte[length];
        Blake2b.HashData(message, digest);
        return Convert.ToHexStringLower(digest);
    }

    private static string Hash(ulong[] words) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(words.AsSpan())));
}
