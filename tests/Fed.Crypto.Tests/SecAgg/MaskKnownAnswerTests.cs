using System.Security.Cryptography;
using Fed.Crypto.SecAgg.Masks;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Published vectors: NIST SP 800-38A F.5.5 (AES-256-CTR), RFC 5903 8.1 (ECDH on P-256), RFC 5869 A.1 to A.3 (HKDF), the GCM specification's test cases 14 and 16 (AES-256).</summary>
public sealed class MaskKnownAnswerTests
{
    public static TheoryData<bool> Implementations => AesNiMaskCipher.IsSupported ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Counter_mode_gives_the_keystream_of_SP_800_38A_F_5_5(bool fast)
    {
        byte[] key = Hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        byte[] plain = Hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        byte[] cipher = Hex("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
        const ulong Prefix = 0xf0f1f2f3f4f5f6f7, Block = 0xf8f9fafbfcfdfeff;
        byte[] keystream = new byte[64];
        using MaskCipher masks = fast ? new AesNiMaskCipher(key, Prefix) : new PortableMaskCipher(key, Prefix);
        masks.ApplyBlocks(RingWidth.Ring32, subtract: false, Block, keystream);   // added to zeros
        Assert.Equal(cipher, plain.Zip(keystream, static (p, k) => (byte)(p ^ k)).ToArray());
    }

    [Fact]
    public void Agreement_gives_the_point_and_secret_of_RFC_5903()
    {
        byte[] i = Hex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"), r = Hex("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
        byte[] secret = Hex("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
        using AgreementKey first = new(i), second = new(r);
        Assert.Equal(Hex("04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"), first.Public());
        Assert.Equal(Hex("04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"), second.Public());
        byte[] expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, [], "info"u8.ToArray());
        byte[] one = new byte[32], two = new byte[32];
        first.Derive(second.Public(), "info"u8, one);
        second.Derive(first.Public(), "info"u8, two);
        Assert.Equal(expected, one);
        Assert.Equal(expected, two);
    }

    [Theory]
    [InlineData("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")]
    [InlineData("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")]
    public void Key_derivation_gives_the_answers_of_RFC_5869(string ikm, string salt, string info, string okm)
    {
        byte[] key = new byte[okm.Length / 2];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Hex(ikm), key, Hex(salt), Hex(info));
        Assert.Equal(Hex(okm), key);
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919")]
    [InlineData(
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b")]
    public void Authenticated_encryption_gives_the_answers_of_the_GCM_specification(string key, string nonce, string plain, string associated, string cipher, string tag)
    {
        using AesGcm gcm = new(Hex(key), 16);
        byte[] encrypted = new byte[plain.Length / 2], made = new byte[16];
        gcm.Encrypt(Hex(nonce), Hex(plain), encrypted, made, Hex(associated));
        Assert.Equal(Hex(cipher), encrypted);
        Assert.Equal(Hex(tag), made);
    }

    private static byte[] Hex(string digits) => Convert.FromHexString(digits);
}
